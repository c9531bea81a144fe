"""The engine of tests and scripts: trains in this process, at once."""

from __future__ import annotations

from collections.abc import Callable

from explorer.engine.heavy import measure_all
from explorer.engine.interface import Engine
from explorer.engine.job import train_job
from explorer.errors import RunBusy, TrainingFailed
from explorer.models.config import ModelConfig
from explorer.runs.library import Library
from explorer.runs.limits import check_request
from explorer.runs.run import Run
from explorer.runs.starting import check_starts
from explorer.runs.status import State
from explorer.settings import settings
from explorer.training.device import threads
from explorer.training.loop import EpochRecord


class InlineEngine(Engine):
    """Trains in the calling thread; `submit` returns when the run is trained."""

    def __init__(self, library: Library, on_epoch: Callable[[EpochRecord], None] | None = None) -> None:
        self._library = library
        self._on_epoch = on_epoch

    def measure(self, run: Run) -> None:
        """Measure now whatever heavy figures are missing of a run of the user's own; a shipped one keeps what it has.

        Raises:
            RunBusy: another process measures this run.
            StoreNotWritable: the user's store is read-only or full.
            BrokenFile: a file of the run cannot be read.
        """
        if not run.shipped:
            measure_all(self._library.own, run.id)

    def submit(
        self,
        config: ModelConfig,
        *,
        automatic: bool = False,
        session: str = "",  # noqa: ARG002  (nothing waits)
        gpu: str | None = None,  # noqa: ARG002  (this process has its device)
    ) -> Run:
        """Train now. A run that has the epochs already is only read.

        Raises:
            LimitReached: the training is longer or larger than the settings allow, or the store has no room.
            RunNotFound, SnapshotNotFound, ConfigError: what it starts with is not there, or does not fit.
            StoreNotWritable: the user's store is read-only or full.
            RunBusy: another process trains this run.
            TrainingFailed: training ended with an error, which the message repeats.
        """
        if trained := self._library.trained(config):
            return trained
        check_request(self._library.own, config)
        check_starts(config, self._library)
        run = self._library.request(config, automatic=automatic)
        own, shipped = self._library.own.folder, self._library.shipped.folder
        with threads(settings().threads):
            train_job(str(own), run.id, on_epoch=self._on_epoch, shipped=shipped)
        status = run.status
        if status.state is State.FAILED:
            raise TrainingFailed(f"{run.id} failed after epoch {status.epoch}: {status.error}")
        if status.state not in (State.DONE, State.STOPPED):
            raise RunBusy(f"{run.id} is being trained by another process, which will go on to epoch {config.epochs}.")
        return run

    def describe(self) -> str:
        """Return where work is done."""
        return "in this process"

    def close(self) -> None:
        """Do nothing: there are no workers."""
