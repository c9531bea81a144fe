"""The worker's side of a run's status: a heartbeat, and a flag to stop."""

from __future__ import annotations

import contextlib
import threading
import time
from types import TracebackType
from typing import Any

from explorer.errors import StoreNotWritable
from explorer.runs.files import write_atomically
from explorer.runs.paths import RunPaths
from explorer.runs.status import HEARTBEAT_SECONDS, Status, write_outcome, write_status
from explorer.runs.store import Store

STOP_CHECK_SECONDS = 0.2
TURN_SECONDS = 3.0  # after which an automatic training makes way for another one
UNWATCHED_SECONDS = 30.0  # after which it ends, if no page shows it any more


class StopRequested(Exception):
    """Somebody asked for the training to stop. Never leaves the job."""


class Progress:
    """Writes the status of a run every second while it is open, so that others see it is alive.

    `within` is the progress of the run for whose sake this one is trained: a stop of that one stops both.
    """

    def __init__(self, paths: RunPaths, status: Status, within: Progress | None = None) -> None:
        self._paths = paths
        self._within = within
        self._status = status
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._next_stop_check = 0.0
        self._begun = time.monotonic()
        self._waiting: set[str] = set()  # what waited for a worker at the last look
        self._stopping = False  # a stop that was seen counts, even if it is withdrawn before all have ended

    def __enter__(self) -> Progress:
        write_status(self._paths, self._status)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join()

    @property
    def status(self) -> Status:
        """The status as last updated."""
        return self._status

    def update(self, *, write: bool = False, **changes: Any) -> None:
        """Change fields of the status; `write` puts it on disk now, otherwise the next heartbeat does.

        Raises:
            StoreNotWritable: with `write`, when the disk is full or read-only.
        """
        with self._lock:
            self._status = self._status.model_copy(update=changes)
            if write:
                write_status(self._paths, self._status)

    def end(self, **changes: Any) -> None:
        """Change fields of the status to how the training ended, and put it on disk, also on a full one.

        Raises:
            StoreNotWritable: the disk is read-only, or the run is gone.
        """
        with self._lock:
            self._status = self._status.model_copy(update=changes)
            write_outcome(self._paths, self._status)

    def pulse(self) -> None:
        """Check, at most five times a second, whether to stop.

        Raises:
            StopRequested: the stop file exists, nobody asks for the run any more, or it is automatic and makes way.
        """
        now = time.monotonic()
        if now >= self._next_stop_check:
            self._next_stop_check = now + STOP_CHECK_SECONDS
            self._look_for_stop()
        if self._stopping:
            raise StopRequested

    def _look_for_stop(self) -> bool:
        if self._within._look_for_stop() if self._within else self._makes_way():
            write_atomically(self._paths.stop, b"", within=self._paths.folder)  # as if it had been asked of this run
        self._stopping = self._stopping or self._paths.stop.exists() or not self._paths.request.exists()
        return self._stopping

    def _makes_way(self) -> bool:
        """Whether an automatic training is to end: no page shows it, or it has had its turn and others wait."""
        try:
            unwatched = time.time() - self._paths.watched.stat().st_mtime
        except FileNotFoundError:  # somebody has asked for it
            return False
        return unwatched > UNWATCHED_SECONDS or self._others_wait()

    def _others_wait(self) -> bool:
        """Whether another automatic training waits after this one's turn, or at any time one that was asked for.

        What waits has been seen waiting twice: for a moment everything does, also where a worker is free.
        """
        store = Store(self._paths.folder.parent)
        had_its_turn = time.monotonic() - self._begun > TURN_SECONDS
        before, self._waiting = self._waiting, set(store.queue())
        return any(had_its_turn or not store.paths(id_).watched.exists() for id_ in before & self._waiting)

    def watch(self, share: float) -> bool:
        """Note how much is done beyond the epoch that is kept; return whether to stop."""
        if abs(share - self._status.share) > 0.01:
            self.update(share=share)
        try:
            self.pulse()
        except StopRequested:
            return True
        return False

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            with self._lock, contextlib.suppress(StoreNotWritable):  # the job's own next write reports it
                write_status(self._paths, self._status)
