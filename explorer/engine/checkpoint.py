"""What of a run in training reaches the disk, and when."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping

import torch

from explorer.errors import BrokenFile
from explorer.models.interface import Learner
from explorer.runs.files import write_atomically
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.schedule import is_snapshot_epoch
from explorer.runs.tensors import Arrays, read_tensors, write_tensors

FLUSH_SECONDS = 0.5  # epochs of a toy take milliseconds; writing each of them would cost more than training
FLUSH_SHARE = 0.1  # of a training's time: the resume state of a large model takes as long to write as an epoch


class Checkpointer:
    """Keeps the learner's state after each epoch; writes it at snapshots, and after half a second.

    The resume file waits until all earlier writes of it come to half a second and a tenth of the training's time at the
    most, except at the end. So a killed training loses what came in half a second, or in ten times what a write takes,
    and the epoch it was in. The epoch in the resume file is the truth about how far a run has come; snapshots and
    metrics are written before it, at once where they are due.
    """

    def __init__(self, paths: RunPaths, learner: Learner, *, first: int = 0, keeps_between: bool = True) -> None:
        """Watch a learner whose run is at `paths`.

        first: the epoch at which the run begins. keeps_between: whether snapshots on the way are kept.
        """
        self._paths = paths
        self.first = first
        self._keeps_between = keeps_between
        self._learner = learner
        self._rows: list[dict[str, float | None]] = []
        self._last: tuple[int, Arrays] | None = None  # the newest whole epoch and the learner's state after it
        self.kept: int | None = None  # the epoch in the resume file
        self._begun = self._flushed = time.monotonic()
        self._flushing = 0.0  # seconds spent on the resume file

    @property
    def ahead(self) -> int:
        """How many whole epochs the learner is ahead of the resume file."""
        return self._last[0] - (self.first if self.kept is None else self.kept) if self._last else 0

    def restore(self) -> int | None:
        """Bring the learner to where the run was left and return that epoch, or None for a run without a start.

        One whose resume file is cut short starts again: it comes to the same weights.

        Raises:
            BrokenFile: the resume file does not fit the learner, or the metrics cannot be read at all.
        """
        if not Run(self._paths.folder).can_go_on:
            return None
        arrays, epoch = read_tensors(self._paths.resume)
        try:
            self._learner.load_state({name: torch.from_numpy(x) for name, x in arrays.items()})
        except ValueError as error:
            raise BrokenFile(
                self._paths.resume, str(error), "Delete this file to train the run from the start."
            ) from error
        self._rows = [row for row in Run(self._paths.folder).light_rows() if row["epoch"] <= epoch]
        self.kept = epoch
        return epoch

    def is_due(self, epoch: int, target: int) -> bool:
        """Whether a snapshot of this epoch is kept: the log-spaced ones, and the last one asked for."""
        return epoch in (self.first, target) or (self._keeps_between and is_snapshot_epoch(epoch))

    def keep(self, epoch: int, target: int, metrics: Mapping[str, float]) -> None:
        """Take the state after an epoch; write it if it is a snapshot or the last write is long ago, and time allows.

        Raises:
            StoreNotWritable: the disk is full or read-only.
        """
        # JSON has no word for what is not finite
        finite = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        self._rows.append({"epoch": epoch} | finite)
        self._last = (epoch, _to_arrays(self._learner.state()))
        due, now = self.is_due(epoch, target), time.monotonic()
        if due:
            self._write_snapshot()
        if (due or now - self._flushed > FLUSH_SECONDS) and self._has_time(now):
            self._flush()
        elif due:
            self._write_metrics()

    def close(self) -> None:
        """Write what is not yet on disk, with a snapshot of the last epoch, wherever training ended.

        Raises:
            StoreNotWritable: the disk is full or read-only.
        """
        if self._last and not self._paths.snapshot(self._last[0]).exists():
            self._write_snapshot()
        if self._last and self._last[0] != self.kept:
            self._flush()

    def _write_snapshot(self) -> None:
        if self._last is None:
            return
        epoch, arrays = self._last
        model = {name: arrays[name] for name in self._learner.model.state()}
        write_tensors(self._paths.snapshot(epoch), model, epoch, within=self._paths.folder)

    def _write_metrics(self) -> None:
        lines = "".join(json.dumps(row) + "\n" for row in self._rows)
        write_atomically(self._paths.metrics, lines.encode(), durable=True, within=self._paths.folder)

    def _has_time(self, now: float) -> bool:
        return self._flushing <= FLUSH_SECONDS + FLUSH_SHARE * (now - self._begun)

    def _flush(self) -> None:
        if self._last is None:
            return
        epoch, arrays = self._last
        started = time.monotonic()
        self._write_metrics()
        write_tensors(self._paths.resume, arrays, epoch, within=self._paths.folder)
        self.kept, self._flushed = epoch, time.monotonic()
        self._flushing += self._flushed - started


def _to_arrays(state: dict[str, torch.Tensor]) -> Arrays:
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in state.items()}
