"""The engine of the app: Dask workers, started here or already running elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from distributed import Client, Future, SpecCluster, fire_and_forget
from distributed.scheduler import KilledWorker

from explorer.engine.dask import cluster
from explorer.engine.dask.measuring import MAX_ATTEMPTS, Measurements
from explorer.engine.interface import Engine
from explorer.engine.job import train_on_worker
from explorer.errors import EngineError, ExplorerError, RunBusy
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.limits import check_queue, check_request
from explorer.runs.lineage import ancestors
from explorer.runs.run import Run
from explorer.runs.starting import check_starts
from explorer.runs.status import State, read_request, read_status, write_outcome
from explorer.runs.store import Store

AUTOMATIC = -1  # the priority of a training that nobody has pressed a button for
MAX_SENT = 10  # times that a run is sent which only waits on workers that die
TOUCH_SECONDS = 2.0  # how often a waiting request is marked as still wanted


class _Sent(NamedTuple):
    """A run that was sent to the workers, who asked for it, and the GPU it was asked for, if any."""

    id: str
    session: str
    gpu: str | None


class DaskEngine(Engine):
    """Sends runs to Dask workers, one run per worker at a time, first come, first served; automatic ones make way.

    Without an address it starts a cluster of its own on this machine, listening on loopback only. What workers measure
    apart from training has a lower priority, the run asked for last first; of several workers one does not measure.
    """

    def __init__(self, library: Library, address: str | None = None) -> None:
        self._library = library
        self._address = address
        self._lock = threading.RLock()  # of cluster and client; held for seconds while connecting
        self._cluster: SpecCluster | None = None
        self._client: Client | None = None
        self._measuring: int | None = None  # workers that measure, as the scheduler told when it was asked last
        self._pending: dict[Future[None], _Sent] = {}  # a run sent twice has two
        self._measurements = Measurements()
        self._closed = threading.Event()
        threading.Thread(target=self._keep_requests_fresh, name="requests", daemon=True).start()

    def start(self) -> None:
        """Connect now instead of at the first submission.

        Raises:
            EngineError: no scheduler answers.
        """
        self._connected()

    def submit(self, config: ModelConfig, *, automatic: bool = False, session: str = "", gpu: str | None = None) -> Run:
        """Ask for the config's epochs and return its run at once; the run goes on when this process's pages close.

        Raises:
            LimitReached: the training is longer or larger than the settings allow, or the store has no room, or too
                many that the session has asked for wait.
            RunNotFound, SnapshotNotFound, ConfigError: what it starts with is not there, or does not fit.
            StoreNotWritable: the user's store is read-only or full.
            EngineError: no scheduler answers.
        """
        if trained := self._library.trained(config):
            return trained
        check_request(self._library.own, config)
        check_starts(config, self._library)
        if not automatic:
            check_queue(self._waiting(session) + 1)
        client = self._connected()  # first, so that nothing is left waiting if there is none
        run = self._library.request(config, automatic=automatic)
        self._send(client, run.paths.folder.parent.absolute(), _Sent(run.id, session, gpu), attempt=1)
        return run

    def measure(self, run: Run) -> None:
        """See to the heavy figures that a run of the user's own lacks when no training waits, before other runs'.

        Raises:
            EngineError: no scheduler answers.
        """
        if not run.shipped and not self._closed.is_set():
            self._measurements.ask(self._connected(), run, self._measuring)

    def measures(self, run: Run) -> bool:
        """Whether figures of the run are being measured, or wait for their turn."""
        return self._measurements.pending(run)

    def trouble(self, run: Run) -> str | None:
        """Return why the run's heavy figures could not be measured, or None."""
        return self._measurements.troubles.get(run.id)

    def describe(self) -> str:
        """Return where work is done, and by how many workers."""
        client = self._client  # without the lock: no page waits while another connects
        place = f"scheduler {self._address}" if self._address else "this machine"
        if client is None or client.status != "running":
            return f"{place}, not connected" if self._address else "no worker started yet"
        try:
            count = cluster.count_workers(client)
        except (OSError, TimeoutError):
            return f"{place}, which does not answer"
        return f"{count} worker{'s' if count != 1 else ''}, {place}"

    def gpus(self) -> list[cluster.Gpu]:
        """Return the GPUs of this machine that workers train on, as far as they have told of them."""
        client = self._client
        if client is None or client.status != "running":
            return []
        try:
            return cluster.gpus(client)
        except (OSError, TimeoutError):
            return []

    def close(self) -> None:
        """Stop the embedded cluster, or leave the scheduler."""
        self._closed.set()
        with self._lock:
            self._disconnect()

    def _connected(self) -> Client:
        with self._lock:
            if self._client is not None and self._client.status == "running":
                # A scheduler that has just died is not noticed at once, and what is sent meanwhile is lost.
                with contextlib.suppress(OSError, TimeoutError):
                    self._measuring = cluster.count_measuring(self._client)
                    return self._client
            self._disconnect()
            if self._closed.is_set():
                raise EngineError("The engine is closed. Start the explorer again.")
            try:
                if self._address:
                    cluster.greet(self._address)
                else:
                    self._cluster = cluster.start_cluster()
                self._client = Client(
                    self._cluster or self._address, timeout=cluster.CONNECT_SECONDS, set_as_default=False
                )
            except (OSError, RuntimeError, TimeoutError, ValueError) as error:
                self._disconnect()
                raise EngineError(
                    f"No scheduler answers at {self._address or 'this machine'} ({error}). Start it, or unset "
                    "EXPLORER_SCHEDULER to train on this machine. What is trained already can be seen without it."
                ) from error
            return self._client

    def _disconnect(self) -> None:
        for resource in (self._client, self._cluster):
            if resource is not None:
                with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                    resource.close()
        self._client = self._cluster = self._measuring = None

    def _waiting(self, session: str) -> int:
        """Return how many trainings that a session has asked for wait for a worker."""
        asked = {sent.id for sent in self._pending.copy().values() if sent.session == session}
        return sum(read_status(self._library.own.paths(id_)).state is State.QUEUED for id_ in asked)

    def _send(self, client: Client, store: Path, sent: _Sent, attempt: int) -> None:
        future = client.submit(
            train_on_worker,
            str(store),
            sent.id,
            key=f"{sent.id}-{uuid4().hex[:8]}",
            pure=False,
            priority=AUTOMATIC if Store(store).paths(sent.id).watched.exists() else 0,
            resources={sent.gpu: 1} if sent.gpu else None,
        )
        fire_and_forget(future)
        self._pending[future] = sent
        future.add_done_callback(partial(self._finished, store, sent, attempt, _begun(Store(store), sent.id)))

    def _finished(self, store: Path, sent: _Sent, attempt: int, begun: int, future: Future[None]) -> None:
        """Send a run again whose worker died; write down what a worker could not.

        To Dask a worker also dies of what waits on it. Such a run had not begun once more than before it was sent.
        """
        self._pending.pop(future, None)
        if self._closed.is_set():
            return
        if future.status != "error":
            self._measure_chain(future.client, Store(store), sent.id)
            return
        error, reason = future.exception(), ""
        if isinstance(error, KilledWorker):
            blamed = _begun(Store(store), sent.id) > begun
            if blamed and cluster.outgrew_memory(future.client, error.last_worker.address):
                reason = str(cluster.memory_reached())
            elif attempt < (MAX_ATTEMPTS if blamed else MAX_SENT):
                with contextlib.suppress(EngineError):  # then the run shows as interrupted and can be continued
                    self._send(self._connected(), store, sent, attempt + 1)
                return
            else:
                reason = f"Its worker died {attempt} times, perhaps for lack of memory. Try a smaller model or batch."
        _write_failure(Store(store), sent.id, reason or str(error))

    def _measure_chain(self, client: Client, store: Store, id_: str) -> None:
        """See to the figures of a run that has ended, and of what it is built on."""
        with contextlib.suppress(ExplorerError):  # deleted or broken by now, which pages say
            for each in (*map(run_id, ancestors(store.run(id_).config)), id_):
                if each in store and client.status == "running":
                    self._measurements.ask(client, store.run(each))

    def _keep_requests_fresh(self) -> None:
        while not self._closed.wait(TOUCH_SECONDS):
            for sent in set(self._pending.copy().values()):
                with contextlib.suppress(OSError):  # withdrawn, deleted, or the disk is read-only
                    os.utime(self._library.own.paths(sent.id).request)


def _begun(store: Store, id_: str) -> int:
    """Return how often a worker has begun to train a run."""
    with contextlib.suppress(ExplorerError):  # deleted meanwhile
        return store.run(id_).status.attempt
    return 0


def _write_failure(store: Store, id_: str, reason: str) -> None:
    if id_ not in store:  # deleted while it waited
        return
    try:
        with store.training_lock(id_):
            run = store.run(id_)
            request = read_request(run.paths)
            failed = {"state": State.FAILED, "error": reason, "settled": request and request.submitted}
            write_outcome(run.paths, run.status.model_copy(update=failed))
    except RunBusy:
        logging.getLogger(__name__).info("%s is trained by another worker", id_)
    except ExplorerError:  # the store itself is out of order: the log is all that is left
        logging.getLogger(__name__).exception("%s failed (%s), and that could not be written", id_, reason)
