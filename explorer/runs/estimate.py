"""How long a training will take, judged by the runs there are."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable

from explorer.data.catalogue import CATALOGUE
from explorer.errors import BrokenFile
from explorer.models.config import ModelConfig
from explorer.runs.run import Run
from explorer.runs.schedule import is_snapshot_epoch


def seconds_to_train(config: ModelConfig, reached: int, runs: Iterable[Run]) -> float | None:
    """Return the expected seconds from the epoch reached to `config.epochs`; None without a run to judge by.

    The run with the most similar amount of work is scaled: its epochs, and what it spent on keeping snapshots. Runs of
    this machine come before shipped ones, of which the epochs alone count: they were measured while they were trained.
    """
    wanted = _work(config)
    measured = []
    for run in runs:
        with contextlib.suppress(BrokenFile):  # which the Runs page names
            status, its = run.status, run.config
            if status.seconds_per_epoch:
                ratio = wanted / _work(its)
                measured.append((run.shipped, abs(math.log(ratio)), run.id, ratio, status, its))
    if not measured:
        return None
    shipped, *_, ratio, status, its = min(measured, key=lambda entry: entry[:3])
    epoch = status.seconds_per_epoch or 0.0
    kept = _snapshots(its.first_epoch, status.epoch, keeps_between=its.keeps_between)
    trained = epoch * (status.epoch - its.first_epoch)
    snapshot = 0.0 if shipped else max(0.0, status.training_seconds - trained) / max(1, kept)
    to_keep = _snapshots(reached, config.epochs, keeps_between=config.keeps_between)
    return ratio * epoch * (config.epochs - reached) + snapshot * to_keep


def _snapshots(first: int, last: int, *, keeps_between: bool) -> int:
    """Return how many snapshots are kept after one epoch and up to another."""
    if not keeps_between:
        return int(last > first)
    return sum(is_snapshot_epoch(epoch) for epoch in range(first + 1, last + 1))


def _work(config: ModelConfig) -> float:
    cost = config.cost(CATALOGUE[config.dataset].shape)
    return config.images_per_epoch * (cost + 20_000)  # the constant: what an image costs beside arithmetic
