"""The models that a model is built on: read where they are trained, trained first where they are not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from explorer.data.catalogue import CATALOGUE, load
from explorer.engine.progress import Progress
from explorer.errors import ParentFailed, RunBusy, RunNotFound, StoreNotWritable
from explorer.models.config import ModelConfig
from explorer.models.interface import Learner, Model
from explorer.models.registry import kind_of
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.runs.starting import start_of
from explorer.runs.status import State, Status, is_outstanding, read_request, read_status
from explorer.runs.tensors import write_tensors
from explorer.training.device import pick_device
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

WAIT_SECONDS = 0.3  # between two looks at a parent that another worker trains

Attempt = Callable[[Run], None]  # trains a run in this worker, as a part of the training that needs it


def parent_models(config: ModelConfig, library: Library, progress: Progress, attempt: Attempt) -> dict[str, Model]:
    """Return the trained models that a config is built on, by name, on the CPU.

    What is missing is trained now, each parent as a run of its own, which its own page shows; if another worker trains
    it already, this waits. A stop of the training that needs it stops it, too.

    Raises:
        StopRequested: the training that needs them is to stop.
        ParentFailed: a parent failed, was stopped by somebody else, or vanished.
    """
    automatic = library.own.paths(run_id(config)).automatic.exists()
    parents = config.parents().items()
    if config.origin:  # whose weights take the place of all that these would give
        return {name: parent.new_model(CATALOGUE[parent.dataset].shape) for name, parent in parents}
    return {name: _Parent(parent, library, progress, attempt, automatic).model() for name, parent in parents}


def begin(learner: Learner, data: Tensor, config: ModelConfig, parents: Mapping[str, Model], library: Library) -> None:
    """Bring an untrained learner to the epoch at which its run begins.

    With another run's weights it starts as that one's snapshot has them: as the run itself kept them before, or else as
    a model is read that another one is built on (`Run.exact_model`).

    Raises:
        RunNotFound, SnapshotNotFound, ConfigError: see `start_of`.
        BrokenFile: the snapshot cannot be read.
    """
    learner.prepare(data, parents)
    if origin := config.origin:
        id_ = run_id(config)
        own = library.own.run(id_) if id_ in library.own else None
        run = own if own and origin.epoch in own.snapshots else start_of(config, library)
        if run:
            learner.model.load_state(run.exact_model(origin.epoch).state())


class _Parent:
    """One model that another training needs, at the epoch that its config says."""

    def __init__(
        self, config: ModelConfig, library: Library, progress: Progress, attempt: Attempt, automatic: bool
    ) -> None:
        self._config, self._library, self._progress, self._attempt = config, library, progress, attempt
        self._automatic = automatic  # as what it is trained for
        self._id = run_id(config)
        self._name = f"The {kind_of(config.kind).short} that it is built on, {self._id},"

    def model(self) -> Model:
        run = self._library.kept(self._config) or self._trained()
        return run.exact_model(self._config.epochs)

    def _trained(self) -> Run:
        """Have the parent trained as far as it is needed, and return its run."""
        shown = self._progress.status.parent  # if this one is needed for another parent
        self._progress.update(parent=self._id, write=True)
        try:
            run = self._requested()
            while (kept := self._library.kept(self._config)) is None:
                self._progress.pulse()
                self._advance(run)
        finally:
            self._progress.update(parent=shown, share=0.0, write=True)
        return kept

    def _requested(self) -> Run:
        """Return the run in the own store: one that has the epochs, but lacks a snapshot of the last, or a request."""
        if self._library.trained(self._config):
            run = self._library.adopt(self._config)
            if run.epochs >= self._config.epochs:  # else the own one was begun before, and the shipped one has them
                return run
        return self._library.request(self._config, automatic=self._automatic)

    def _advance(self, run: Run) -> None:
        """Bring the parent nearer to the epoch that is needed, or wait a moment for whoever does so already."""
        try:
            with self._library.own.training_lock(self._id):
                if self._library.kept(self._config):  # from whoever held the lock until now
                    return
                if run.epochs >= self._config.epochs:
                    self._replay(run)
                elif is_outstanding(read_request(run.paths), read_status(run.paths)):
                    self._attempt(run)
                else:
                    raise self._failure(run.status)
        except RunBusy:
            time.sleep(WAIT_SECONDS)
        except (RunNotFound, StoreNotWritable):
            if self._id in self._library.own:
                raise
            raise ParentFailed(f"{self._name} was deleted meanwhile. Train again, and leave it there.") from None

    def _failure(self, status: Status) -> ParentFailed:
        if status.state is State.FAILED:
            return ParentFailed(f"{self._name} failed after epoch {status.epoch}: {status.error}")
        reached = f"{status.epoch} of {self._config.epochs} epochs"
        return ParentFailed(f"{self._name} was stopped after {reached}. Train again to go on from there.")

    def _replay(self, run: Run) -> None:
        """Keep a snapshot that a longer run lacks, by training its first epochs again, without measuring."""
        config, device = self._config, pick_device()
        images = load(config.dataset)
        draws = generator(config.seed, 0, Stream.TRAINING, device)
        learner = config.new_learner(images.shape, draws)
        data = torch.tensor(config.training_rows(images), device=device)
        begin(learner, data, config, parent_models(config, self._library, self._progress, self._attempt), self._library)
        places = {"seed": config.seed, "batch_size": config.batch_size, "reached": config.first_epoch}
        records = train_epochs(learner, data, **places, generator=draws, watch=self._progress.watch)
        for record in records:
            if record.epoch == config.epochs:
                arrays = {name: tensor.cpu().numpy() for name, tensor in learner.model.state().items()}
                write_tensors(run.paths.snapshot(config.epochs), arrays, config.epochs, within=run.paths.folder)
                return
        self._progress.pulse()  # which raises: the watch has ended the training
