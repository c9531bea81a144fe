"""What workers measure when no training waits: one measurement of one snapshot at a time."""

from __future__ import annotations

import threading
from functools import partial
from uuid import uuid4

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from explorer.engine.dask.cluster import MEASURES
from explorer.engine.heavy import measure_on_worker
from explorer.runs.run import Run

MAX_ATTEMPTS = 3  # of one task, when workers die under it
BELOW_TRAININGS = -1_000_000  # the priority of the first that is asked for


class Measurements:
    """The runs whose heavy figures are to be measured, the one asked for last first; for each one task at a time."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tasks: dict[str, tuple[int, Future[bool]]] = {}  # by id: when it was asked for, and the task
        self._asked = 0
        self.troubles: dict[str, str] = {}  # by id: why a run could not be measured

    def ask(self, client: Client, run: Run) -> None:
        """Measure what a run lacks, before what was asked for earlier."""
        with self._lock:
            asked, task = self._tasks.get(run.id, (0, None))
            if task and asked == self._asked:  # it is the last already
                return
            self._asked += 1
            self.troubles.pop(run.id, None)
            self._send(client, run, self._asked, attempt=1)
        if task:
            task.cancel()  # where it has not begun

    def pending(self, run: Run) -> bool:
        """Whether a measurement of the run is sent."""
        return run.id in self._tasks

    def _send(self, client: Client, run: Run, asked: int, attempt: int) -> None:
        """Send one measurement; the next one is sent when it has ended, so that a training comes in between."""
        task = client.submit(
            measure_on_worker,
            str(run.paths.folder.parent.absolute()),
            run.id,
            key=f"{run.id}-figures-{uuid4().hex[:8]}",
            pure=False,
            priority=BELOW_TRAININGS + asked,
            resources={MEASURES: 1} if client.cluster else None,
        )
        self._tasks[run.id] = asked, task
        task.add_done_callback(partial(self._ended, run, asked, attempt))

    def _ended(self, run: Run, asked: int, attempt: int, task: Future[bool]) -> None:
        client = task.client
        if task.status == "cancelled" or client.status != "running":  # whoever shows the run asks again
            return
        error = task.exception() if task.status == "error" else None
        again = isinstance(error, KilledWorker) and attempt < MAX_ATTEMPTS
        more = again or (error is None and task.result())
        with self._lock:
            if self._tasks.get(run.id) != (asked, task):
                return
            if more:
                self._send(client, run, asked, attempt + again)
                return
            del self._tasks[run.id]
            if error:
                self.troubles[run.id] = str(error)
