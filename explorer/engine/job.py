"""What a worker executes: train one run as far as it was asked for, and always leave an outcome on disk.

It runs in any process that can import the explorer and reach the store's folder.
"""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import torch

from explorer.data.catalogue import load
from explorer.engine.checkpoint import Checkpointer
from explorer.engine.keeping import Keeper, target_of
from explorer.engine.measuring import Measuring
from explorer.engine.parents import begin, parent_models
from explorer.engine.progress import Progress, StopRequested
from explorer.engine.tensorboard import EventWriter
from explorer.errors import ExplorerError, RunBusy, RunNotFound, StoreNotWritable
from explorer.models.interface import Model
from explorer.runs.library import Library
from explorer.runs.limits import RoomWatch
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.status import State, Status, is_outstanding, read_request, read_status
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.training.device import describe, make_reproducible, pick_device
from explorer.training.loop import EpochRecord, train_epochs
from explorer.training.memory import is_out_of_memory, keep_freed_memory
from explorer.training.randomness import Stream, generator

OnEpoch = Callable[[EpochRecord], None]


def train_on_worker(store_folder: str, id_: str) -> None:
    """Do `train_job` with as many threads as the worker's own settings say; Dask would have it use one."""
    torch.set_num_threads(settings().threads_per_worker)
    train_job(store_folder, id_)


def train_job(store_folder: str, id_: str, on_epoch: OnEpoch | None = None, *, shipped: Path | None = None) -> None:
    """Train a run until no more epochs are asked for. Returns at once if another worker is training it.

    The models that it is built on are trained first, where neither the store nor the folder of shipped runs has them.
    The outcome is in the run's status: done, stopped, or failed with the error and its traceback.

    Raises:
        RunNotFound: the store, as seen from here, does not hold the run.
        StoreNotWritable: the outcome itself could not be written.
    """
    keep_freed_memory()
    make_reproducible()
    store = Store(Path(store_folder))
    library = Library(store, Store(shipped or settings().trained, shipped=True))
    if id_ not in store:
        raise RunNotFound(
            f"The worker on {platform.node()} finds no run {id_} in {store.folder}. "
            "Every worker has to reach the store at this path."
        )
    paths = store.paths(id_)
    while is_outstanding(read_request(paths), read_status(paths)):
        # The request is read again after the lock is released: whoever asked for more meanwhile found the run busy.
        try:
            with store.training_lock(id_):
                _attempt(store.run(id_), library, on_epoch)
        except RunBusy:
            return


def _attempt(run: Run, library: Library, on_epoch: OnEpoch | None = None, within: Progress | None = None) -> None:
    """Train up to the target and write the outcome down; `within` is the training that needs this one."""
    earlier = run.status
    status = Status(
        state=State.RUNNING,
        epoch=earlier.epoch,
        target=earlier.target,
        seconds_per_epoch=earlier.seconds_per_epoch,
        figures_seconds=earlier.figures_seconds,
        training_seconds=earlier.training_seconds,
        attempt=earlier.attempt + 1,
        worker=f"{platform.node()}:{os.getpid()}",
    )
    progress = Progress(run.paths, status, within)
    try:
        with progress:
            outcome = _outcome(run, library, progress, on_epoch)
    except StoreNotWritable as error:  # of the first status
        outcome = {"state": State.FAILED, "error": str(error)}
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()  # what this training took is free for others, in other processes too
    # The heartbeat has ended, so nothing overwrites the outcome.
    settled = None
    try:
        settled = _settled(run.paths, outcome["state"])
    finally:
        progress.end(share=0.0, settled=settled, **outcome)


def _settled(paths: RunPaths, state: object) -> float | None:
    """Return which request has ended in a stop or an error, or None if there is nothing, or something newer, to do."""
    if state is State.DONE:
        return None
    request = read_request(paths)
    if state is State.STOPPED:
        try:
            paths.stop.unlink()
        except FileNotFoundError:  # withdrawn by a newer request while the training was ending
            return None
    return request.submitted if request else None


def _outcome(run: Run, library: Library, progress: Progress, on_epoch: OnEpoch | None) -> dict[str, object]:
    try:
        _train(run, library, progress, on_epoch)
    except StopRequested:
        return {"state": State.STOPPED}
    except ExplorerError as error:
        return {"state": State.FAILED, "error": str(error)}
    except Exception as error:  # a defect of ours, or of the machine: the outcome still has to be on disk
        failed: dict[str, object] = {"state": State.FAILED, "traceback": traceback.format_exc()}
        if is_out_of_memory(error):
            return failed | _remedy(run.settings.get("batch_size"), str(error))
        return failed | {"error": f"{type(error).__name__}: {error}"}
    return {"state": State.DONE}


def _remedy(batch_size: object, reason: str) -> dict[str, object]:
    """Return how to get by with less memory: with half the batch size, which is most of what a training takes."""
    if not isinstance(batch_size, int) or batch_size < 2:
        return {"error": f"The GPU is out of memory. Close what else uses it, or choose a smaller model. ({reason})"}
    half = batch_size // 2
    words = f"The GPU is out of memory at batch size {batch_size}. Try {half}, or a smaller model. ({reason})"
    return {"error": words, "smaller_batch": half}


def _train(run: Run, library: Library, progress: Progress, on_epoch: OnEpoch | None) -> None:
    """Train until the target is reached.

    Raises:
        StopRequested: the run is to stop; everything up to the last whole epoch is kept.
        ExplorerError: see the message.
    """
    config = run.config
    device = pick_device()
    progress.update(device=describe(device))
    images = load(config.dataset)
    parents = _parents(run, library, progress)
    draws = generator(config.seed, 0, Stream.TRAINING, device)
    learner = config.new_learner(images.shape, draws)
    data = torch.tensor(config.training_rows(images), device=device)
    measuring = Measuring(config, images, learner, device)
    checkpoint = Checkpointer(run.paths, learner, first=config.first_epoch, keeps_between=config.keeps_between)
    reached = checkpoint.restore()
    events = EventWriter(run.paths.tensorboard, -1 if reached is None else reached, within=run.paths.folder)
    room = RoomWatch(library.own)
    with closing(Keeper(run, progress, measuring, checkpoint, events, room)) as keeper:
        if reached is None:
            begin(learner, data, config, parents, library)
            reached = config.first_epoch
            keeper.keep(EpochRecord(reached, 0.0, {}))
        progress.update(epoch=checkpoint.kept, target=target_of(run), write=True)
        places = {"seed": config.seed, "batch_size": config.batch_size, "reached": reached}
        records = train_epochs(learner, data, **places, generator=draws, watch=keeper.watch)
        for record in _up_to_target(run, records, reached):
            whole = keeper.keep(record)
            if on_epoch:
                on_epoch(whole)


def _up_to_target(run: Run, records: Iterator[EpochRecord], reached: int) -> Iterator[EpochRecord]:
    """Yield the epochs after the one reached, up to the last one asked for, which may change meanwhile.

    Raises:
        StopRequested: the run is to stop.
    """
    while reached < target_of(run):
        record = next(records, None)
        if record is None:
            raise StopRequested
        reached = record.epoch
        yield record


def _parents(run: Run, library: Library, progress: Progress) -> dict[str, Model]:
    """Return the trained models that a run starts from; one that goes on has taken from them what it needs."""
    if run.can_go_on:
        return {}
    return parent_models(run.config, library, progress, lambda parent: _attempt(parent, library, within=progress))
