"""How long a training will take, judged by the runs there are."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig
from explorer.runs.run import Run


def seconds_per_epoch(config: ModelConfig, runs: Iterable[Run]) -> float | None:
    """Return the expected seconds of one epoch, scaled from the most similar amount of work measured; None without any.

    Runs of this machine come before shipped ones.
    """
    wanted = _work(config)
    measured = [
        (run.shipped, abs(_work(other) - wanted), run.status.seconds_per_epoch * wanted / _work(other))
        for run, other in ((run, run.config) for run in runs)
        if run.status.seconds_per_epoch
    ]
    return min(measured)[2] if measured else None


def _work(config: ModelConfig) -> float:
    data = CATALOGUE[config.dataset]
    return data.n_train * (config.cost(data.n_pixels) + 20_000)  # the constant: what an image costs beside arithmetic
