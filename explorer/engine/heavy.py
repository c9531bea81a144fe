"""Heavy figures: measured of kept snapshots apart from training, wherever and whenever, with the same bits.

They are computed on the CPU by one thread, from the snapshot and from random numbers of its epoch alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from explorer.analysis.measures import Measures, Pulse, TestBed
from explorer.data.catalogue import load
from explorer.engine.tensorboard import EventWriter
from explorer.errors import ExplorerError, RunBusy, RunNotFound
from explorer.models.interface import Model
from explorer.models.registry import kind_of
from explorer.plots.tiles import png
from explorer.runs.figures import add_figures, figures_of
from explorer.runs.files import write_atomically
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.training.device import make_reproducible, threads
from explorer.training.memory import keep_freed_memory
from explorer.training.randomness import Stream, generator

PICTURES = "pictures"
LOWEST_PRIORITY = 19
PATIENCE = 0.5  # seconds that a worker waits for another process, say of a second server, which measures the same run


class Overtaken(Exception):
    """A training waits, so measuring ends; it begins anew when none does."""


@dataclass(frozen=True)
class Missing:
    """A measurement of one snapshot that is still to be done: its name, and of which metrics."""

    epoch: int
    name: str
    metrics: tuple[str, ...]


def missing_figures(run: Run) -> Iterator[Missing]:
    """Yield what is still to be measured of a run's snapshots, the newest first, what takes long after all else.

    Pictures of all; no figures of epoch 0: an untrained model's likelihood tells nothing and takes as long.

    Raises:
        BrokenFile: the run's config, metrics or figures cannot be read.
    """
    heavy = _measures(run).heavy(run.config)
    rows: dict[int, dict[str, Any]] = {row["epoch"]: row for row in run.light_rows()}  # of older runs with all figures
    there = {epoch: figures_of(run.paths, epoch) for epoch in reversed(run.snapshots)}
    for long in (False, True):
        for epoch, names in there.items():
            if not long and PICTURES not in names and not run.paths.preview(epoch).exists():
                yield Missing(epoch, PICTURES, ())
            for each in heavy if epoch else ():
                measured = each.name in names or not rows.get(epoch, {}).keys().isdisjoint(each.metrics)
                if each.long is long and not measured:
                    yield Missing(epoch, each.name, each.metrics)


def measure_next(store: Store, id_: str, pulse: Pulse = lambda: None, patience: float = 0) -> bool:
    """Do one measurement of a run's snapshots, the first that is missing; return whether more are.

    False also where the run is gone: there is nothing to do then.

    Raises:
        RunBusy: another process measures this run, and did not end a measurement within so many seconds.
        StoreNotWritable: the disk is full or read-only.
        BrokenFile: a file of the run cannot be read.
        DataError: the run's data set cannot be read.
    """
    try:
        run = store.run(id_)
        with store.figures_lock(id_, patience):
            missing = missing_figures(run)
            if (first := next(missing, None)) is None:
                return False
            add_figures(run.paths, first.epoch, first.name, _measured(run, first, pulse))
            more = next(missing, None) is not None
    except RunNotFound:
        return False
    except ExplorerError:
        if id_ in store:
            raise
    if id_ not in store:  # deleted meanwhile: what was written after that goes, too
        shutil.rmtree(store.paths(id_).folder, ignore_errors=True)
        return False
    return more


def measure_on_worker(store_folder: str, id_: str) -> bool:
    """Do one measurement as a worker's task; return whether there is more to do, now or when no training waits."""
    store = Store(Path(store_folder))
    begun = store.last_request()

    def pulse() -> None:
        if store.last_request() != begun:
            raise Overtaken

    try:
        return _in_the_background(partial(measure_next, store, id_, pulse, PATIENCE))
    except (Overtaken, RunBusy):
        return True


def _in_the_background(work: Callable[[], bool]) -> bool:
    """Do some work in a thread to which the system gives what time all others leave: pages, and other trainings.

    In one of its own, since an ordinary user can lower a thread's priority, but not raise it again.
    """

    def at_lowest_priority() -> bool:
        if sys.platform == "linux":  # elsewhere priorities are those of whole processes
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
        return work()

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="measuring") as pool:
        return pool.submit(at_lowest_priority).result()


def measure_all(store: Store, id_: str) -> None:
    """Measure all that is missing of a run, in this process; errors as of `measure_next`."""
    while measure_next(store, id_):
        pass


def _measured(run: Run, missing: Missing, pulse: Pulse) -> dict[str, float]:
    keep_freed_memory()
    make_reproducible()
    config, measures = run.config, _measures(run)
    images, draws = load(config.dataset), generator(config.seed, missing.epoch, Stream.HEAVY)
    bed = TestBed(config, images.shape, torch.tensor(images.train), torch.tensor(images.test), draws)
    with threads(1), closing(EventWriter(run.paths.figure_events, within=run.paths.folder)) as events:
        model = run.model(missing.epoch)
        if missing.name == PICTURES:
            _draw(model, measures, bed, missing.epoch, run.paths, events)
            return {}
        (heavy,) = (each for each in measures.heavy(config) if each.name == missing.name)
        figures = heavy.measure(model, bed, pulse)
        events.scalars(missing.epoch, figures)
        return figures


def _draw(model: Model, measures: Measures, bed: TestBed, epoch: int, paths: RunPaths, events: EventWriter) -> None:
    """Write the distributions and pictures of a snapshot, the first also as the run's preview."""
    pictures = measures.pictures(model, bed)
    events.snapshot(epoch, measures.histograms(model, bed), pictures)
    for picture in list(pictures.values())[:1]:
        write_atomically(paths.preview(epoch), png(*picture), within=paths.folder)


def _measures(run: Run) -> Measures:
    found: Measures = kind_of(run.kind).load("measures")
    return found
