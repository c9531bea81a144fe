"""What is kept of a run's epochs while it is trained: figures, snapshots, pictures and how far it has come."""

from __future__ import annotations

import time
from dataclasses import dataclass

from explorer.engine.checkpoint import Checkpointer
from explorer.engine.measuring import Measuring
from explorer.engine.progress import Progress, StopRequested
from explorer.engine.tensorboard import EventWriter
from explorer.runs.limits import RoomWatch
from explorer.runs.run import Run
from explorer.runs.status import read_request
from explorer.training.loop import EpochRecord


@dataclass(frozen=True)
class Keeper:
    """Measures a run's epochs and keeps them on disk; to be closed, whatever the training ends with."""

    run: Run
    progress: Progress
    measuring: Measuring
    checkpoint: Checkpointer
    events: EventWriter
    room: RoomWatch

    def keep(self, record: EpochRecord) -> EpochRecord:
        """Measure and keep an epoch that has ended; return its record with all figures.

        Raises:
            StopRequested: the run is to stop. The epoch is kept nevertheless, unless the request was withdrawn.
            TrainingDiverged: a figure is not finite.
            LimitReached: the store has no room for more. The epoch is kept nevertheless.
        """
        target, started = target_of(self.run), time.perf_counter()
        metrics = record.metrics | self.measuring.each_epoch(record.epoch)
        self.checkpoint.keep(record.epoch, target, {"seconds": record.seconds} | metrics)
        self.events.scalars(record.epoch, metrics)
        if record.epoch > self.checkpoint.first:
            self._count(record, target, time.perf_counter() - started)
        if record.epoch < target and self.checkpoint.is_due(record.epoch, target):
            self.room.look()
        return EpochRecord(record.epoch, record.seconds, metrics)

    def watch(self, share: float) -> bool:
        """Note how much of the epoch is done; return whether to stop."""
        return self.progress.watch(self.checkpoint.ahead + share)

    def _count(self, record: EpochRecord, target: int, between: float) -> None:
        """Tell how far the run is and what an epoch takes; `between` are the seconds spent on figures and files."""
        earlier = self.progress.status
        usual = earlier.figures_seconds
        if not self.checkpoint.is_due(record.epoch, target):
            usual = _mean(usual, between)
        self.progress.update(
            epoch=self.checkpoint.kept,
            target=target,
            share=float(self.checkpoint.ahead),
            seconds_per_epoch=_mean(earlier.seconds_per_epoch, record.seconds),
            figures_seconds=usual,
            training_seconds=earlier.training_seconds + record.seconds + between,
        )

    def close(self) -> None:
        """Write what is not on disk yet, and tell how far the run has come."""
        try:
            self.checkpoint.close()
        finally:
            self.progress.update(epoch=self.checkpoint.kept or 0)
            self.events.close()


def target_of(run: Run) -> int:
    """Return the epochs asked for.

    Raises:
        StopRequested: the request was withdrawn.
    """
    request = read_request(run.paths)
    if request is None:
        raise StopRequested
    return request.epochs


def _mean(mean: float | None, newest: float) -> float:
    """Return the mean of the last values, of which the newest counts most."""
    return newest if mean is None else 0.7 * mean + 0.3 * newest
