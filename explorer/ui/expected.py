"""How long trainings will take that a page offers."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig
from explorer.runs.estimate import seconds_to_train
from explorer.runs.ids import kind_in
from explorer.ui.shelf.services import library

Training = tuple[ModelConfig, int]  # and the epoch that it has reached


def expected_seconds(trainings: Iterable[Training]) -> float | None:
    """Return the expected seconds of trainings one after the other; None if one of them is unknown.

    Those that are as much work as another take as long as that one: each estimate reads the status of many runs.
    """
    runs = list(library())
    known: dict[tuple[object, ...], float | None] = {}
    total = 0.0
    for config, reached in trainings:
        work = _work(config, reached)
        if work not in known:
            known[work] = seconds_to_train(config, reached, [run for run in runs if kind_in(run.id) == config.kind])
        seconds = known[work]
        if seconds is None:
            return None
        total += seconds
    return total


def _work(config: ModelConfig, reached: int) -> tuple[object, ...]:
    """Return all of a training that its time is judged by."""
    cost = config.cost(CATALOGUE[config.dataset].shape)
    return config.kind, config.dataset, cost, config.epochs, config.keeps_between, reached
