"""How long trainings will take that a page offers."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Condition

from cachetools import TTLCache, cached

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig
from explorer.runs.estimate import seconds_to_train
from explorer.runs.ids import kind_in
from explorer.runs.limits import check_config
from explorer.runs.lineage import chain
from explorer.settings import settings
from explorer.ui.chain import missing
from explorer.ui.shelf.services import library
from explorer.ui.workers import on_cpu_here

Training = tuple[ModelConfig, int]  # and the epoch that it has reached
Work = tuple[object, ...]

PATIENCE = 1.0  # seconds that a page waits for trials; what they find later, it says when it is drawn the next time
VALID_SECONDS = 600.0  # of a trial: the machine may have been busy with something else

_TRIALS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="trial")


def expected_seconds(trainings: Iterable[Training]) -> float | None:
    """Return the expected seconds of trainings one after the other; None if one of them is unknown.

    What an epoch takes is tried where this machine trains on its CPU; elsewhere, and until a trial has ended, earlier
    runs are judged by. Those that are as much work as another take as long as that one.
    """
    trainings = list(trainings)
    trials = {_work(config): _trial(config) for config, _ in trainings} if on_cpu_here() else {}
    wait(trials.values(), PATIENCE)
    found = {work: trial.result() for work, trial in trials.items() if trial.done()}
    runs = list(library())
    known: dict[Work, float | None] = {}
    total = 0.0
    for config, reached in trainings:
        work = (*_work(config), config.epochs, config.keeps_between, reached)
        if work not in known:
            epoch = found.get(_work(config))
            alike = [] if epoch else [run for run in runs if kind_in(run.id) == config.kind]
            known[work] = epoch * (config.epochs - reached) if epoch else seconds_to_train(config, reached, alike)
        seconds = known[work]
        if seconds is None:
            return None
        total += seconds
    return total


def seconds_of_all(configs: Iterable[ModelConfig]) -> float | None:
    """Return the expected seconds until all of some configs are trained, and once each, what they are built on.

    None if one is unknown. Where this machine trains on its CPU, its workers share the work.
    """
    needed: dict[ModelConfig, int] = {}
    for config in configs:
        *_, own = links = chain(config, library())
        needed |= {link.config: link.reached for link in (*missing(links), own)}
    seconds = expected_seconds(needed.items())
    workers = settings().worker_count if on_cpu_here() else 1
    return None if seconds is None else seconds / max(1, min(workers, len(needed)))


def _work(config: ModelConfig) -> Work:
    """Return all that an epoch's time depends on."""
    cost = config.cost(CATALOGUE[config.dataset].shape)
    return config.kind, config.dataset, cost, config.images_per_epoch, config.batch_size


@cached(TTLCache(256, VALID_SECONDS), key=_work, condition=Condition())
def _trial(config: ModelConfig) -> Future[float | None]:
    return _TRIALS.submit(_tried, config)


def _tried(config: ModelConfig) -> float | None:
    from explorer.engine.trial import seconds_of_an_epoch

    try:
        check_config(config)
        return seconds_of_an_epoch(config)
    except (ExplorerError, RuntimeError, MemoryError):  # no data set, which the page offers, or too large for a trial
        return None
