"""Heavy figures: measured of kept snapshots apart from training, wherever and whenever, with the same bits.

They are computed on the CPU by one thread, from the snapshot and from random numbers of its epoch alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import torch

from explorer.analysis.measures import Heavy, Measures, Pulse, TestBed
from explorer.data.catalogue import load
from explorer.errors import RunBusy, RunNotFound, StoreNotWritable
from explorer.models.registry import kind_of
from explorer.runs.figures import add_figures, figures_of
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.training.device import make_reproducible, threads
from explorer.training.memory import keep_freed_memory
from explorer.training.randomness import Stream, generator


class Overtaken(Exception):
    """A training waits, so measuring ends; it begins anew when none does."""


def missing_figures(run: Run) -> Iterator[tuple[int, Heavy]]:
    """Yield the epoch and the measurement of all heavy figures that a run lacks, of the newest snapshot first.

    None of epoch 0: an untrained model's likelihood tells nothing and takes as long.

    Raises:
        BrokenFile: the run's config, metrics or figures cannot be read.
    """
    measures: Measures = kind_of(run.kind).load("measures")
    wanted = measures.heavy(run.config)
    rows = {row["epoch"]: row for row in run.light_rows()} if wanted else {}  # older runs have all figures there
    for epoch in reversed(run.snapshots):
        there = figures_of(run.paths, epoch) if epoch else {}
        for heavy in wanted:
            if epoch and heavy.name not in there and rows.get(epoch, {}).keys().isdisjoint(heavy.metrics):
                yield epoch, heavy


def measure_next(store: Store, id_: str, pulse: Pulse = lambda: None) -> bool:
    """Do one measurement of a run's snapshots, the first that is missing; return whether more are.

    False also where another process measures this run, and where the run is gone: there is nothing to do then.

    Raises:
        StoreNotWritable: the disk is full or read-only.
        BrokenFile: a file of the run cannot be read.
        DataMissing, DataDamaged: the run's data set cannot be read.
    """
    try:
        run = store.run(id_)
        with store.figures_lock(id_):
            missing = missing_figures(run)
            if (first := next(missing, None)) is None:
                return False
            epoch, heavy = first
            add_figures(run.paths, epoch, heavy.name, _measured(run, epoch, heavy, pulse))
            return next(missing, None) is not None
    except (RunBusy, RunNotFound):
        return False
    except StoreNotWritable:
        if id_ not in store:  # deleted meanwhile
            return False
        raise


def measure_on_worker(store_folder: str, id_: str) -> bool:
    """Do one measurement as a worker's task; return whether there is more to do, now or when no training waits."""
    store = Store(Path(store_folder))
    begun = store.last_request()

    def pulse() -> None:
        if store.last_request() != begun:
            raise Overtaken

    try:
        return measure_next(store, id_, pulse)
    except Overtaken:
        return True


def measure_all(store: Store, id_: str) -> None:
    """Measure all that is missing of a run, in this process; errors as of `measure_next`."""
    while measure_next(store, id_):
        pass


def _measured(run: Run, epoch: int, heavy: Heavy, pulse: Pulse) -> dict[str, float]:
    keep_freed_memory()
    make_reproducible()
    config = run.config
    images = load(config.dataset)
    train, test = _bytes_of(config.dataset)
    draws = generator(config.seed, epoch, Stream.HEAVY)
    with threads(1):
        return heavy.measure(run.model(epoch), TestBed(config, images.shape, train, test, draws), pulse)


@lru_cache(maxsize=1)
def _bytes_of(dataset: str) -> tuple[torch.Tensor, torch.Tensor]:
    images = load(dataset)
    return torch.tensor(images.train), torch.tensor(images.test)
