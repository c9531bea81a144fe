"""Bars for runs in training, read from what their workers write."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from explorer.cli.output import console, metrics_of, number
from explorer.errors import RunError
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.runs.status import State

POLL_SECONDS = 0.25
STOP_SECONDS = 15.0  # a worker stops within a second; its last epoch may still have to be measured
GRACE_SECONDS = 30.0  # until a run without a heartbeat is given up: its worker may be replaced
METRICS_IN_BAR = 2
BAR_WIDTH = 15  # characters


class Watched:
    """A run that is waited for until it has the epochs of its config, or has ended without."""

    def __init__(self, library: Library, config: ModelConfig, label: str) -> None:
        self.config = config
        self.label = label
        self.run = library.trained(config) or Run(library.own.paths(run_id(config)).folder)
        self.row: dict[str, float] = {}
        self.first = ""  # how far the model is that it is built on, while that is trained
        self._library = library
        self._alive = time.monotonic()
        self.look()

    def look(self) -> None:
        """Read how far the run has come."""
        self.status = self.run.status
        self.first = self._progress_of_first()
        if self.status.state is not State.INTERRUPTED:
            self._alive = time.monotonic()
        if self.epoch != self.row.get("epoch"):
            rows = [row for row in self.run.metric_rows() if row["epoch"] <= self.config.epochs]
            self.row = rows[-1] if rows else {}

    def _progress_of_first(self) -> str:
        """Tell of the run that has to be trained before this one can go on: the last of those that wait for another."""
        text, status, seen = "", self.status, {self.run.id}
        with contextlib.suppress(RunError):  # whoever trains reports what is broken or gone
            while status.parent not in ("", *seen):
                seen.add(status.parent)
                id_, status = status.parent, self._library.find(status.parent).status
                speed = status.seconds_per_epoch
                text = f"first {id_}: epoch {status.trained}/{status.target}"
                text += f", {number(speed)} s/epoch" if speed is not None else ""
        return text

    @property
    def complete(self) -> bool:
        """Whether the run has the epochs that were asked for."""
        return self.status.epoch >= self.config.epochs

    def ended(self) -> bool:
        """Look again; return whether there is nothing more to wait for."""
        self.look()
        if self.status.state is State.INTERRUPTED:
            return self.complete or time.monotonic() - self._alive > GRACE_SECONDS
        return self.complete or not self.status.state.live

    @property
    def epoch(self) -> int:
        """The last epoch that is kept, as far as it was asked for."""
        return min(self.status.epoch, self.config.epochs)

    def describe(self) -> str:
        """Return epoch, speed and first metrics in one line."""
        metrics = list(metrics_of(self.row).items())[:METRICS_IN_BAR]
        state = [] if self.status.state in (State.RUNNING, State.DONE) else [str(self.status.state)]
        speed = self.status.seconds_per_epoch
        return "  ".join(
            [
                f"epoch {self.epoch}/{self.config.epochs}",
                *state,
                *([self.first] if self.first else []),
                *([f"{number(speed)} s/epoch"] if speed is not None else []),
                *(f"{name} {value}" for name, value in metrics),
            ]
        )


def follow(watched: Sequence[Watched], until: Callable[[], bool]) -> None:
    """Show a bar for each run until `until()`."""
    with _bars(max(len(w.label) for w in watched)) as bars:
        tasks = [bars.add_task(w.label, total=w.config.epochs, text="") for w in watched]
        while True:
            over = until()
            for task, w in zip(tasks, watched, strict=True):
                w.look()
                bars.update(task, completed=min(w.status.epoch + w.status.share, w.config.epochs), text=w.describe())
            if over:
                return
            time.sleep(POLL_SECONDS)


def _bars(width: int) -> Progress:
    """Return a display in which only the texts behind the bars are cut where the terminal is narrow."""
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(min_width=width, no_wrap=True)),
        BarColumn(BAR_WIDTH, table_column=Column(min_width=BAR_WIDTH)),
        TextColumn("{task.fields[text]}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
        TimeElapsedColumn(Column(min_width=7)),
        console=console(),
        expand=True,
    )


def stop(library: Library, watched: Sequence[Watched], until: Callable[[], bool]) -> None:
    """Ask the runs to stop and wait until `until()`, or for long enough."""
    deadline, asked = time.monotonic() + STOP_SECONDS, set[str]()
    while not until() and time.monotonic() < deadline:
        for w in watched:
            w.look()
            if w.status.state.live and not w.complete and w.run.id not in asked:
                with contextlib.suppress(RunError):  # gone, or ended just now
                    library.own.request_stop(w.run.id)
                asked.add(w.run.id)
        time.sleep(POLL_SECONDS)
