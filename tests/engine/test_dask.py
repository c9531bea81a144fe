import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time

import dask
import psutil
import pytest
from dask.utils import parse_timedelta

from explorer.engine.dask import DaskEngine, cluster
from explorer.engine.dask import engine as engine_module
from explorer.engine.dask.measuring import Measurements
from explorer.engine.inline import InlineEngine
from explorer.errors import EngineError, LimitReached, RunBusy, RunNotFound, StoreNotWritable
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State
from explorer.runs.store import Store
from explorer.settings import settings
from tests.engine import gates
from tests.engine.parents.chains import SHORT_DBN, SHORT_RBM

pytestmark = pytest.mark.workers

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=3)


def seeded(config, seed):
    """The same work as another run, for tests that share a cluster and its store."""
    return config.model_copy(update={"seed": seed})


def worker_pid(run):
    return int(run.status.worker.rpartition(":")[2])


@pytest.fixture(scope="module")
def engine(module_environment, new_library, tmp_path_factory):
    """An engine with a cluster of its own, of one worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "TOUCH_SECONDS", 0.1)
        patch.setattr(Measurements, "ask", lambda *_: None)  # which takes the worker's time between trainings
        engine = DaskEngine(new_library(tmp_path_factory.mktemp("dask")))
        engine.start()
        yield engine
        engine.close()
    assert multiprocessing.active_children() == []


@pytest.fixture
def wait_for(wait_until):
    def wait(run, state):
        wait_until(lambda: run.status.state is state)
        return run

    return wait


def test_an_idle_cluster_seldom_looks_after_itself(engine, wait_until):
    """By default twice a second, each of which takes a millisecond or two."""

    def pauses(dask_worker):
        return {name: each.callback_time for name, each in dask_worker.periodic_callbacks.items()}

    def seconds_between_heartbeats():
        return [each["heartbeat"] / 1000 for each in engine._connected().run(pauses).values()]

    wait_until(lambda: seconds_between_heartbeats() == [cluster.HEARTBEAT_SECONDS])
    assert cluster.HEARTBEAT_SECONDS >= 2


STRANGER = """
import sys
from distributed import Client, Security

address = sys.argv[1]
for security in (None, Security(require_encryption=False), Security.temporary()):
    for protocol in ("tls://", "tcp://"):
        try:
            Client(address.replace("tls://", protocol), security=security, timeout=2, set_as_default=False)
        except Exception as error:
            print("refused", type(error).__name__)
        else:
            print("taken in")
"""


def test_a_stranger_is_not_let_into_the_workers_of_this_machine(engine):
    """Whoever reaches a scheduler can have it run any program."""
    address = engine._connected().scheduler.address
    assert address.startswith("tls://127.0.0.1:")
    command = [sys.executable, "-c", STRANGER, address]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert [line.split()[0] for line in found.stdout.splitlines()] == ["refused"] * 6, found.stdout
    assert cluster.count_workers(engine._connected()) == 1


@pytest.fixture
def held(engine, gate):
    """Submit a config whose training, or that of a parent, stands still on the worker when it has so many epochs."""

    def submit(config, epoch, parent=None):
        engine._connected().run(gates.hold, run_id(parent or config), epoch, gate)
        return engine.submit(config)

    return submit


def test_of_two_runs_the_second_waits_and_then_both_are_done(engine, six, held, gate, wait_until, wait_for):
    first = held(seeded(six, 1), 0)
    wait_until(lambda: first.status.state is State.RUNNING)
    second = engine.submit(seeded(TINY, 1))
    assert second.status.state is State.QUEUED
    assert first.status.state is State.RUNNING
    gate.unlink()
    wait_for(first, State.DONE)
    wait_for(second, State.DONE)
    assert (first.epochs, second.epochs) == (6, 3)
    assert first.status.worker == second.status.worker
    assert engine.describe() == "1 worker, this machine"


def test_what_began_by_itself_makes_way_for_what_is_asked_for(engine, wait_for):
    automatic = engine.submit(seeded(TINY, 21).model_copy(update={"epochs": 5_000}), automatic=True)
    wait_for(automatic, State.RUNNING)
    wait_for(engine.submit(seeded(TINY, 22)), State.DONE)
    assert automatic.status.state is State.STOPPED
    assert 0 < automatic.epochs < 5_000


def test_a_waiting_run_still_waits_when_requests_have_grown_stale(engine, six, held, wait_for, monkeypatch):
    monkeypatch.setattr("explorer.runs.status.STALE_AFTER_SECONDS", 1.0)
    first = held(seeded(six, 2), 0)
    second = engine.submit(seeded(TINY, 2))
    asked = time.monotonic()
    while time.monotonic() < asked + 1.5:
        assert second.status.state is State.QUEUED
        time.sleep(0.1)
    engine._library.own.request_stop(first.id)
    wait_for(first, State.STOPPED)
    wait_for(second, State.DONE)


def test_of_one_session_so_many_wait_and_others_are_asked_for_too(engine, six, held, gate, wait_for, clean_settings):
    clean_settings(queue=1)
    running = wait_for(held(seeded(six, 10), 0), State.RUNNING)
    waiting = [engine.submit(seeded(TINY, 10), session="a")]
    with pytest.raises(LimitReached, match=r"^2 trainings that wait: at most 1 \(EXPLORER_QUEUE\)"):
        engine.submit(seeded(TINY, 11), session="a")
    waiting.append(engine.submit(seeded(TINY, 11), session="b"))
    waiting.append(engine.submit(seeded(TINY, 12), session="a", automatic=True))  # its own session stops it
    gate.unlink()
    for run in (running, *waiting):
        wait_for(run, State.DONE)
    assert wait_for(engine.submit(seeded(TINY, 13), session="a"), State.DONE).epochs == 3


def test_the_same_config_asked_for_twice_is_one_run(engine, six, held, gate, wait_for):
    config = seeded(six, 3).model_copy(update={"epochs": 2})
    first, second = held(config, 0), engine.submit(config.model_copy(update={"epochs": 3}))
    assert first.paths == second.paths
    last = engine.submit(seeded(TINY, 3))  # done when whatever was sent for the first is done
    gate.unlink()
    wait_for(last, State.DONE)
    assert (first.status.state, first.epochs, first.status.attempt) == (State.DONE, 3, 1)


def test_scheduler_and_workers_are_quiet_while_there_is_nothing_to_do(engine):
    def settings_there():
        return {name: dask.config.get(name) for name in cluster.CONFIGURATION if ".scheduler." not in name}

    expected = {name: x for name, x in cluster.CONFIGURATION.items() if ".scheduler." not in name}
    assert list(engine._connected().run(settings_there).values()) == [expected]
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    before = [sum(each.cpu_times()[:2]) for each in processes]
    time.sleep(3)
    taken = [sum(each.cpu_times()[:2]) for each in processes]
    assert sum(taken) - sum(before) < 0.3  # a tenth of a core, of which these tests take the most


def test_a_killed_worker_may_take_its_time_to_start_again(engine):
    """Dask ends for good what has not come back in time, by default 15 s; then everything would wait for ever."""
    assert parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout")) > 3600


def test_what_is_trained_is_read_at_once(engine, wait_for):
    run = wait_for(engine.submit(seeded(TINY, 4)), State.DONE)
    before = run.status
    assert engine.submit(seeded(TINY, 4)).paths == run.paths
    assert run.status == before


def test_a_stop_in_the_queue_and_a_stop_in_training(engine, six, held, wait_until, wait_for):
    config = seeded(six, 5)
    first = held(config, 1)
    again = engine.submit(config)  # by somebody else
    waiting = engine.submit(seeded(TINY, 5))
    engine._library.own.request_stop(waiting.id)
    assert waiting.status.state is State.STOPPED
    wait_until(lambda: 1 in first.snapshots)
    engine._library.own.request_stop(first.id)
    wait_for(first, State.STOPPED)
    last = engine.submit(seeded(TINY, 6))
    wait_for(last, State.DONE)
    assert (waiting.status.state, waiting.status.attempt, waiting.epochs) == (State.STOPPED, 0, 0)
    assert (again.status.state, again.status.attempt) == (State.STOPPED, 1)  # not begun again by the second wish
    assert wait_for(engine.submit(seeded(TINY, 5)), State.DONE).epochs == 3


def test_a_run_deleted_while_it_waits_stays_deleted(engine, six, held, wait_until, wait_for):
    first = held(seeded(six, 8), 0)
    wait_until(lambda: 0 in first.snapshots)
    waiting = engine.submit(seeded(TINY, 8))
    with pytest.raises(RunBusy):
        engine._library.own.delete(first.id)
    engine._library.own.delete(waiting.id)
    engine._library.own.request_stop(first.id)
    wait_for(engine.submit(seeded(TINY, 9)), State.DONE)
    assert first.status.state is State.STOPPED
    assert not waiting.paths.folder.exists()


def test_a_worker_that_cannot_see_the_store_is_an_outcome(library):
    class Lost:
        """What dask returns of a job whose worker looked for the run in vain."""

        status = "error"

        def exception(self):
            return RunNotFound("The worker on elsewhere finds no run.")

    engine = DaskEngine(library)
    run = library.request(TINY)
    engine._finished(library.own.folder, engine_module._Sent(run.id, "", None), 1, 0, Lost())
    assert run.status.state is State.FAILED
    assert "elsewhere" in run.status.error
    assert library.request(TINY).status.state is State.QUEUED
    engine.close()


def test_a_run_whose_worker_is_killed_is_resumed_by_itself(
    engine, held, kill, wait_until, wait_for, new_library, tmp_path, assert_same_bits
):
    """And the parent that it was waiting for: the next worker knows no gate."""
    run = held(SHORT_DBN, 1, SHORT_RBM)
    parent = wait_until(lambda: SHORT_RBM in engine._library and engine._library.find(SHORT_RBM))
    wait_until(lambda: 1 in parent.snapshots and run.status.parent == parent.id)
    killed = worker_pid(run)
    kill(killed)
    seen = set()
    wait_until(lambda: seen.update([run.status.state, parent.status.state]) or run.status.state is State.DONE)
    assert seen <= {State.RUNNING, State.QUEUED, State.INTERRUPTED, State.DONE}
    assert (run.status.attempt, parent.status.attempt) == (2, 2)
    assert worker_pid(run) == worker_pid(parent) != killed
    in_one_go = new_library(tmp_path)
    assert_same_bits(run, InlineEngine(in_one_go).submit(SHORT_DBN))
    assert_same_bits(parent, in_one_go.find(SHORT_RBM))


def test_a_run_that_kills_its_workers_fails_with_a_reason(engine, six, held, kill, wait_until, wait_for, monkeypatch):
    monkeypatch.setattr(engine_module, "MAX_ATTEMPTS", 1)
    run = held(seeded(six, 7), 1)
    wait_until(lambda: 1 in run.snapshots)
    kill(worker_pid(run))
    wait_for(run, State.FAILED)
    assert "worker died" in run.status.error
    assert run.model().W.isfinite().all()
    monkeypatch.undo()
    assert wait_for(engine.submit(seeded(TINY, 7)), State.DONE).epochs == 3


def test_a_worker_may_take_so_much_memory(engine):
    nanny = engine._cluster.workers[0]
    assert nanny.memory_manager.memory_limit == settings().worker_bytes_of(1)
    assert nanny.memory_manager.memory_terminate_fraction == 1.0
    [stages] = engine._client.run(stages_before_the_end).values()
    assert stages == (False, False, False)
    again = nanny.config["distributed"]["worker"]["memory"]  # of a worker that takes the place of one that died
    assert [again[stage] for stage in ("target", "spill", "pause")] == [False, False, False]


def stages_before_the_end(dask_worker):
    manager = dask_worker.memory_manager
    return manager.memory_target_fraction, manager.memory_spill_fraction, manager.memory_pause_fraction


def test_a_run_that_takes_too_much_memory_fails_at_once(engine, six, held, wait_until, wait_for, monkeypatch):
    run = held(seeded(six, 9), 1)
    wait_until(lambda: 1 in run.snapshots)
    monkeypatch.setattr(engine._cluster.workers[0].memory_manager, "memory_limit", 1)
    wait_for(run, State.FAILED)
    megabytes = settings().worker_bytes_of(1) / 1e6
    assert run.status.error == (
        f"Its worker took more memory than it may: at most {megabytes:,.0f} MB (EXPLORER_WORKER_MB). "
        "Try a smaller batch, or a smaller model."
    )
    assert (run.status.attempt, run.model().W.isfinite().all()) == (1, True)


def test_a_run_that_only_waited_on_a_worker_that_dies_does_not_fail(engine, six, held, kill, wait_for, monkeypatch):
    monkeypatch.setattr(engine_module, "MAX_ATTEMPTS", 1)
    deadly = wait_for(held(seeded(six, 8), 0), State.RUNNING)
    innocent = engine.submit(seeded(TINY, 8))
    kill(worker_pid(deadly))
    wait_for(deadly, State.FAILED)
    assert wait_for(innocent, State.DONE).status.attempt == 1


def test_a_store_that_cannot_be_written_is_told_at_once(engine, tmp_path):
    (tmp_path / "file").write_text("in the way")
    broken = Library(Store(tmp_path / "file" / "runs"), Store(tmp_path / "none", shipped=True))
    unwritable = DaskEngine(broken)
    unwritable._client, unwritable._cluster = engine._client, None  # saves the start of a cluster
    try:
        with pytest.raises(StoreNotWritable):
            unwritable.submit(TINY)
    finally:
        unwritable._client = None
        unwritable.close()


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def scheduler(start, free_port):
    """Start a scheduler as a process of its own, always at the same address."""

    def run():
        return start(
            "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", free_port, "--no-dashboard"
        )

    run.address = f"tcp://127.0.0.1:{free_port}"
    return run


@pytest.fixture
def listening(free_port):
    """Whether the scheduler's port is open."""

    def check():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", free_port)) == 0

    return check


@pytest.fixture
def worker(start, scheduler):
    def run():
        return start(
            "-m", "distributed.cli.dask_worker", scheduler.address, "--host", "127.0.0.1", "--no-dashboard",
            "--nthreads", "1", "--no-nanny",
        )  # fmt: skip

    return run


def test_a_scheduler_elsewhere_that_dies_and_comes_back(
    library, scheduler, listening, worker, kill, wait_until, wait_for, monkeypatch
):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 20)  # a slow start of processes is not what is tested
    first, _ = scheduler(), worker()
    wait_until(listening)
    engine = DaskEngine(library, scheduler.address)
    try:
        assert engine.describe() == f"scheduler {scheduler.address}, not connected"
        done = wait_for(engine.submit(TINY), State.DONE)
        assert done.epochs == 3
        assert engine.describe() == f"1 worker, scheduler {scheduler.address}"

        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
        os.kill(first.pid, signal.SIGSTOP)
        assert engine.describe() == f"scheduler {scheduler.address}, which does not answer"
        kill(first.pid)
        first.wait(60)
        asked = time.monotonic()
        with pytest.raises(EngineError, match="No scheduler answers") as caught:
            engine.submit(seeded(TINY, 1))
        assert time.monotonic() - asked < 10
        assert scheduler.address in str(caught.value)
        assert "EXPLORER_SCHEDULER" in str(caught.value)
        assert seeded(TINY, 1) not in library  # nothing is left that waits
        assert engine.submit(TINY).model() is not None  # what is trained can be seen
        assert "not connected" in engine.describe()

        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 20)
        scheduler(), worker()
        wait_until(listening)
        assert wait_for(engine.submit(seeded(TINY, 1)), State.DONE).epochs == 3
    finally:
        engine.close()


@pytest.mark.parametrize("place", ["nobody listens", "somebody listens and says nothing", "not an address"])
def test_an_address_at_which_no_scheduler_answers(library, free_port, monkeypatch, place):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    address = "tcp://" if place == "not an address" else f"tcp://127.0.0.1:{free_port}"
    engine = DaskEngine(library, address)
    with socket.socket() as silent:
        if place == "somebody listens and says nothing":
            silent.bind(("127.0.0.1", free_port))
            silent.listen()
        asked = time.monotonic()
        for call in (engine.start, lambda: engine.submit(TINY)):
            with pytest.raises(EngineError, match=address):
                call()
        assert time.monotonic() - asked < 10
    assert TINY not in library
    InlineEngine(library).submit(TINY)
    assert engine.submit(TINY).epochs == 3
    engine.close()


def test_a_closed_engine_starts_no_cluster(library):
    engine = DaskEngine(library)
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.submit(TINY)
    assert engine.describe() == "no worker started yet"


@pytest.mark.parametrize(
    ("gpus", "visible", "threads", "environments"),
    [
        (2, None, None, [{"CUDA_VISIBLE_DEVICES": name, "EXPLORER_THREADS": "8"} for name in "01"]),
        (2, "5,3", None, [{"CUDA_VISIBLE_DEVICES": name, "EXPLORER_THREADS": "8"} for name in "53"]),
        (2, None, 3, [{"CUDA_VISIBLE_DEVICES": name, "EXPLORER_THREADS": "3"} for name in "01"]),
        (0, None, None, [{}] * 4),
    ],
)
def test_each_gpu_has_a_worker_and_an_equal_share_of_the_cores(
    clean_settings, monkeypatch, gpus, visible, threads, environments
):
    monkeypatch.delenv("EXPLORER_THREADS")
    clean_settings(device="auto", workers=4, **({"threads": threads} if threads else {}))
    monkeypatch.setattr("torch.cuda.device_count", lambda: gpus)
    monkeypatch.setattr("explorer.settings.cores", lambda: 16)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert cluster.environments_of_workers() == environments
