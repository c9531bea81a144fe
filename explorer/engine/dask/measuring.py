"""What workers measure when no training waits: one measurement of one snapshot at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from explorer.engine.dask.cluster import MEASURES, count_measuring, memory_reached, outgrew_memory
from explorer.engine.heavy import measure_on_worker
from explorer.runs.run import Run

MAX_ATTEMPTS = 3  # of one task, when workers die under it
BELOW_TRAININGS = -1_000_000  # a priority
DIED = (
    f"Its worker died {MAX_ATTEMPTS} times, perhaps for lack of memory. The run is measured again when it has more "
    "epochs, or when the explorer has been started anew."
)


@dataclass
class _Wanted:
    """A run that lacks figures, and the task that measures the next of them, once that is sent."""

    run: Run
    epochs: int = 0  # that the run had when it was asked for
    asked: int = 0  # when it was asked for last
    sent: int = 0  # when it had been asked for last before the task was sent
    task: Future[bool] | None = None
    attempt: int = 1


class Measurements:
    """The runs whose heavy figures are to be measured, the one asked for last first; for each one task at a time.

    No more are sent than there are workers that measure: what waits there would begin before the next task of a run
    that was asked for later.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._client: Client | None = None  # to which everything is sent
        self._wanted: dict[str, _Wanted] = {}  # by id
        self._asked = 0
        self._deadly: dict[str, int] = {}  # by id: the epochs of a run that was given up, since workers died of it
        self.troubles: dict[str, str] = {}  # by id: why a run could not be measured, until it could

    def ask(self, client: Client, run: Run, workers: int | None = None) -> None:
        """Measure what a run lacks, before what was asked for earlier; one that kills workers not before it is longer.

        workers: how many of them measure, where the scheduler has just told.

        Raises:
            BrokenFile: the run's status cannot be read.
        """
        epochs = run.epochs
        if self._deadly.get(run.id) == epochs:
            return
        with self._lock:
            if client is not self._client:  # what was sent to an earlier one is lost with it
                self._wanted.clear()
                self._client = client
            self._asked += 1
            wanted = self._wanted.setdefault(run.id, _Wanted(run))
            wanted.asked, wanted.epochs = self._asked, epochs
        self._send(client, workers)

    def pending(self, run: Run) -> bool:
        """Whether the run is measured now, or waits for that."""
        return run.id in self._wanted and self._client is not None and self._client.status == "running"

    def _send(self, client: Client, workers: int | None = None) -> None:
        """Send what comes next, whenever something has ended: so a training comes in between."""
        workers = workers or _count(client)
        with self._lock:
            waiting = [wanted for wanted in self._wanted.values() if wanted.task is None]
            free = workers - (len(self._wanted) - len(waiting))
            for wanted in sorted(waiting, key=lambda wanted: -wanted.asked)[: max(0, free)]:
                wanted.sent = wanted.asked
                wanted.task = client.submit(
                    measure_on_worker,
                    str(wanted.run.paths.folder.parent.absolute()),
                    wanted.run.id,
                    key=f"{wanted.run.id}-figures-{uuid4().hex[:8]}",
                    pure=False,
                    priority=BELOW_TRAININGS,
                    resources={MEASURES: 1} if client.cluster else None,
                )
                wanted.task.add_done_callback(partial(self._ended, wanted))

    def _ended(self, wanted: _Wanted, task: Future[bool]) -> None:
        more, error = False, None
        try:
            more = task.result()
        except Exception as caught:  # whatever happened to the worker
            error = caught
        too_large = isinstance(error, KilledWorker) and outgrew_memory(task.client, error.last_worker.address)
        with self._lock:
            if self._wanted.get(wanted.run.id) is not wanted:
                return
            if task.status == "cancelled" or task.client.status != "running":
                self._wanted.clear()  # the scheduler is gone; whoever shows a run asks again
                return
            wanted.task = None
            if too_large or (isinstance(error, KilledWorker) and wanted.attempt == MAX_ATTEMPTS):
                self._give_up(wanted, str(memory_reached()) if too_large else DIED)
                self._deadly[wanted.run.id] = wanted.epochs
            else:
                self._note(wanted, more, error)
        self._send(task.client)

    def _note(self, wanted: _Wanted, more: bool, error: Exception | None) -> None:
        """Go on with a run, begin its measurement again, or leave the run."""
        id_ = wanted.run.id
        if isinstance(error, KilledWorker):
            wanted.attempt += 1
        elif error is None:
            wanted.attempt = 1
            self.troubles.pop(id_, None)
            if not more and wanted.asked == wanted.sent:  # else it may have come further meanwhile
                del self._wanted[id_]
        else:
            self._give_up(wanted, str(error))

    def _give_up(self, wanted: _Wanted, reason: str) -> None:
        del self._wanted[wanted.run.id]
        self.troubles[wanted.run.id] = reason


def _count(client: Client) -> int:
    """Return how many workers measure; one where the scheduler does not answer."""
    try:
        return count_measuring(client)
    except (OSError, TimeoutError):
        return 1
