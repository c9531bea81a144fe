"""What Dask's workers measure: all of it, in the order asked for, whatever happens to a worker, a run or a disk."""

import contextlib
import multiprocessing
import time
from multiprocessing import forkserver

import dask
import pytest
from distributed.client import FutureCancelledError

from explorer.engine import heavy
from explorer.engine.dask import DaskEngine, cluster
from explorer.engine.dask.measuring import Measurements
from explorer.engine.heavy import missing_figures
from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State
from explorer.runs.store import Store
from tests.engine import gates
from tests.forked import LIBRARIES

pytestmark = pytest.mark.workers

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)
ALL = [
    (2, "pictures"), (2, "units"), (1, "pictures"), (1, "units"), (0, "pictures"),
    (2, "likelihood"), (1, "likelihood"),
]  # fmt: skip


def seeded(seed):
    """A setting of a test's own: they share a cluster and its store."""
    return TINY.model_copy(update={"seed": seed})


def done(begun):
    return [(epoch, name) for _, epoch, name, _ in begun]


@pytest.fixture(scope="module")
def new_engine(module_environment):
    """Start an engine with a cluster of its own, of one worker, which has loaded most before it starts."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*LIBRARIES, "distributed"])
    forkserver.ensure_running()
    started = []

    def start(library):
        started.append(DaskEngine(library))
        started[-1].start()
        return started[-1]

    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):  # of workers that follow, too
        yield start
        for engine in started:
            engine.close()
    assert multiprocessing.active_children() == []


@pytest.fixture(scope="module")
def engine(new_engine, new_library, tmp_path_factory):
    """An engine of one worker."""
    return new_engine(new_library(tmp_path_factory.mktemp("dask")))


@pytest.fixture(scope="module")
def gauges(engine, tmp_path_factory):
    """What the engine's worker measures, and any that takes its place."""
    watched = gates.Gauges(tmp_path_factory.mktemp("gauges"))
    engine._connected().register_plugin(watched)
    return watched


@pytest.fixture
def trained(engine):
    """Train settings, and measure nothing."""
    inline = InlineEngine(engine._library)
    return lambda *seeds: [inline.submit(seeded(seed)) for seed in seeds]


@pytest.fixture
def measured(engine, wait_until):
    """Wait until nothing of some runs is measured any more."""

    def wait(*runs):
        wait_until(lambda: not any(map(engine.measures, runs)))

    return wait


@pytest.fixture
def expected(tmp_path, new_library):
    """Return the rows of a setting as they are when it is trained and measured in this process, without the seconds."""
    inline = InlineEngine(new_library(tmp_path / "inline"))

    def rows(config):
        run = inline.submit(config)
        inline.measure(run)
        return without_seconds(run)

    return rows


def without_seconds(run):
    return [{name: x for name, x in row.items() if name != "seconds"} for row in run.metric_rows()]


def test_a_trained_run_gets_all_its_figures_with_the_same_bits(engine, gauges, wait_until, expected):
    run = engine.submit(seeded(1))
    wait_until(lambda: run.status.state is State.DONE and next(missing_figures(run), None) is None)
    rows = without_seconds(run)
    assert ["log_likelihood" in row for row in rows] == [False, True, True]
    assert rows == expected(seeded(1))
    assert done(gauges.begun(run)) == ALL


def test_what_was_asked_for_last_is_measured_first(engine, gauges, trained, measured, wait_until):
    first, second, third = trained(10, 11, 12)
    held = gauges.hold(first)
    engine.measure(first)
    wait_until(lambda: gauges.begun(first))
    for run in (second, third, second):
        engine.measure(run)
    held.unlink()
    measured(first, second, third)
    begun = gauges.begun(first, second, third)
    assert [each[0] for each in begun] == [first.id] + [second.id] * len(ALL) + [third.id] * len(ALL) + [
        first.id
    ] * len(ALL[1:])
    assert [done(gauges.begun(run)) for run in (first, second, third)] == [ALL] * 3


def test_a_training_comes_first_and_the_measurement_begins_anew(
    engine, gauges, trained, measured, gate, wait_until, expected
):
    (run,) = trained(20)
    held = gauges.hold(run)
    engine.measure(run)
    wait_until(lambda: gauges.begun(run))
    engine._connected().run(gates.hold, run_id(seeded(21)), 0, gate)
    training = engine.submit(seeded(21))
    wait_until(lambda: training.status.state is State.RUNNING and training.status.share > 0)
    assert done(gauges.begun(run)) == ALL[:1]
    assert engine.measures(run)
    gate.unlink()
    wait_until(lambda: training.status.state is State.DONE)
    held.unlink()
    measured(run, training)
    assert done(gauges.begun(run)) == ALL[:1] + ALL
    assert without_seconds(run) == expected(seeded(20))
    assert next(missing_figures(training), None) is None


def test_a_run_asked_for_anew_while_it_is_measured_is_measured_once(engine, gauges, trained, measured, wait_until):
    run, other = trained(30, 31)
    held = gauges.hold(run)
    for each in (run, other, run):  # as a page that shows both does whenever it is drawn
        engine.measure(each)
        wait_until(lambda: gauges.begun(run))
    held.unlink()
    measured(run, other)
    assert [done(gauges.begun(each)) for each in (run, other)] == [ALL] * 2


def test_a_run_deleted_while_a_worker_measures_it_stays_deleted(engine, gauges, trained, measured, wait_until):
    run, other = trained(40, 41)
    held = gauges.hold(run)
    engine.measure(run)
    wait_until(lambda: gauges.begun(run))
    engine._library.own.delete(run.id)
    held.unlink()
    engine.measure(other)
    measured(run, other)
    assert not run.paths.folder.exists()
    assert engine.trouble(run) is None
    assert next(missing_figures(other), None) is None


def test_a_disk_that_fills_up_is_named_until_it_has_room_again(engine, disk, tmp_path, measured, wait_until, expected):
    run = InlineEngine(Library(Store(disk / "runs"), Store(tmp_path / "shipped", shipped=True))).submit(seeded(45))
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    engine.measure(run)
    wait_until(lambda: engine.trouble(run))
    assert "No space left on device" in engine.trouble(run)
    assert str(disk) in engine.trouble(run)
    ballast.unlink()
    engine.measure(run)
    measured(run)
    assert engine.trouble(run) is None
    assert without_seconds(run) == expected(seeded(45))
    assert not list(run.paths.folder.rglob("*.tmp"))


def test_two_servers_measure_a_run_of_both_once(engine, gauges, new_engine, trained, measured, wait_until, expected):
    run, other = trained(46, 47)
    second = new_engine(engine._library)
    held = gauges.hold(run)  # on the first one's worker
    engine.measure(run)
    wait_until(lambda: gauges.begun(run))
    second.measure(other)
    second.measure(run)
    engine.measure(other)
    time.sleep(2 * heavy.PATIENCE)
    assert second.measures(run)
    held.unlink()
    measured(run, other)
    wait_until(lambda: not any(map(second.measures, (run, other))))
    for each, seed in ((run, 46), (other, 47)):
        assert [engine.trouble(each), second.trouble(each)] == [None, None]
        assert without_seconds(each) == expected(seeded(seed))
        assert len(list(each.paths.figure_events.iterdir())) == len(ALL)  # a file of each measurement
    second.close()


def test_a_worker_killed_while_it_measures_loses_nothing(engine, gauges, trained, measured, kill, wait_until, expected):
    (run,) = trained(50)
    held = gauges.hold(run)
    engine.measure(run)
    wait_until(lambda: gauges.begun(run))
    kill(gauges.begun(run)[0][-1])
    held.unlink()
    measured(run)
    assert done(gauges.begun(run)) == ALL[:1] + ALL
    assert len({pid for *_, pid in gauges.begun(run)}) == 2
    assert without_seconds(run) == expected(seeded(50))
    assert engine.trouble(run) is None


def test_a_run_that_kills_its_workers_is_given_up_with_a_reason(engine, gauges, trained, measured, wait_until):
    run, other = trained(60, 61)
    deadly = gauges.kill(run)
    engine.measure(other)
    engine.measure(run)
    training = engine.submit(seeded(62))
    wait_until(lambda: engine.trouble(run))
    assert "worker died 3 times" in engine.trouble(run)
    assert done(gauges.begun(run)) == ALL[:1] * 3
    wait_until(lambda: training.status.state is State.DONE)
    measured(other, training)
    assert all(next(missing_figures(each), None) is None for each in (other, training))

    engine.measure(run)  # as its page does whenever it is drawn
    assert not engine.measures(run)
    assert "worker died 3 times" in engine.trouble(run)
    deadly.unlink()
    longer = engine.submit(seeded(60).model_copy(update={"epochs": 3}))
    wait_until(lambda: longer.status.state is State.DONE)
    wait_until(lambda: next(missing_figures(longer), None) is None)
    measured(longer)
    assert engine.trouble(run) is None


class Submitted:
    """A client without a cluster, and the task that was sent to it last."""

    cluster = scheduler = None

    def __init__(self):
        self.status, self.count = "running", 0

    def submit(self, *_arguments, **_options):
        self.count += 1
        self.task = Task(self)
        return self.task


class Task:
    """A task that ends when it is told to."""

    def __init__(self, client):
        self.client, self.status = client, "pending"

    def add_done_callback(self, then):
        self.then = then

    def result(self):
        if self.status == "cancelled":
            raise FutureCancelledError("a task", "the scheduler is lost")
        return self.more

    def end(self, status="finished", *, more=True):
        self.status, self.more = status, more
        self.then(self)


def test_what_is_lost_with_a_scheduler_can_be_asked_for_again(library):
    run, other = (InlineEngine(library).submit(seeded(seed)) for seed in (1, 2))
    measurements, client = Measurements(), Submitted()
    for each in (run, other):
        measurements.ask(client, each)
    client.task.end("cancelled")  # the connection broke
    assert not measurements.pending(run)
    assert not measurements.pending(other)
    measurements.ask(client, run)
    assert (measurements.pending(run), client.count) == (True, 2)
    client.status = "closed"  # of which nobody tells
    assert not measurements.pending(run)
    successor = Submitted()
    measurements.ask(successor, run)
    assert (measurements.pending(run), successor.count, measurements.troubles) == (True, 1, {})
    client.task.end("cancelled")  # late
    assert measurements.pending(run)


def test_a_run_asked_for_during_its_last_measurement_is_looked_at_again(library):
    """It may have grown since that measurement began."""
    run = InlineEngine(library).submit(seeded(1))
    measurements, client = Measurements(), Submitted()
    measurements.ask(client, run)
    measurements.ask(client, run)
    client.task.end(more=False)
    assert (measurements.pending(run), client.count) == (True, 2)
    client.task.end(more=False)
    assert (measurements.pending(run), client.count) == (False, 2)


def test_the_scheduler_is_asked_once_for_each_drawing(library, monkeypatch):
    runs = [InlineEngine(library).submit(seeded(seed)) for seed in (1, 2, 3)]
    asked = []
    monkeypatch.setattr(cluster, "_workers", lambda client: asked.append(client) or [{}, {}])
    engine = DaskEngine(library)
    engine._client = client = Submitted()
    for drawn, run in enumerate([*runs, runs[0]], 1):
        engine.measure(run)
        assert len(asked) == drawn
    assert client.count == 2  # as many as there are workers
    engine._client = None  # none to disconnect
    engine.close()
