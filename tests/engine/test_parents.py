"""Models built on others: their runs are trained first, inside the same training, and read where they are trained."""

import shutil
import threading
import time
from pathlib import Path

import pytest
import torch

from explorer.engine import progress as progress_module
from explorer.engine.checkpoint import Checkpointer
from explorer.engine.dask import DaskEngine
from explorer.engine.inline import InlineEngine
from explorer.engine.progress import Progress
from explorer.errors import RunBusy, StoreNotWritable, TrainingFailed
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs import status as status_module
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.status import State
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors

TOY = {"dataset": "bars-and-stripes", "batch_size": 70}
RBM = RBMConfig(**TOY, hidden_units=4, persistent=True, momentum=0.5, epochs=4)  # 4: an epoch that is kept only if last
DBN = DBNConfig(**TOY, first=RBM, hidden_units=(5,), persistent=True, momentum=0.5, epochs=4)
DEEP = FineTunedDBNConfig(
    **TOY, base=DBN.model_copy(update={"hidden_units": (5, 4), "lower_epochs": 4, "epochs": 4}), epochs=3
)
DIVERGING = RBMConfig(dataset="bars-and-stripes", hidden_units=4, learning_rate=10, weight_decay=1, epochs=20)

LONG = {"dataset": "bars-and-stripes", "batch_size": 1, "cd_k": 8}  # epochs of about a second
SLOW_RBM = RBMConfig(**LONG, hidden_units=8, epochs=2)
SLOW_DBN = DBNConfig(**LONG, first=SLOW_RBM, hidden_units=(6,), epochs=2)
SLOW = FineTunedDBNConfig(**LONG, base=SLOW_DBN, epochs=2)

STOP_SECONDS = 1.5
TRAIN = "import sys; from explorer.engine.job import train_on_worker; train_on_worker(*sys.argv[1:])"
TRAIN_TOGETHER = """
import os, pathlib, sys, time
from explorer.engine.job import train_on_worker
meeting = pathlib.Path(sys.argv[3])
(meeting / f"ready-{os.getpid()}").touch()
while not (meeting / "go").exists():
    time.sleep(0.001)
train_on_worker(sys.argv[1], sys.argv[2])
"""


def asking(config, epochs):
    return config.model_copy(update={"epochs": epochs})


def tree(folder):
    """Everything about the files below a folder that a write would change."""
    return {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in folder.rglob("*")}


def ids(store):
    return {run.id for run in store}


def shipping(library, tmp_path):
    """An engine that trains what `library` then finds among the shipped runs."""
    return InlineEngine(Library(Store(library.shipped.folder), Store(tmp_path / "none", shipped=True)))


def after_epoch(monkeypatch, config, epoch, act):
    """Do something once, when an epoch of a config's run has just been kept."""
    keep = Checkpointer.keep

    def wrapped(self, reached, *rest):
        keep(self, reached, *rest)
        if self._paths.folder.name == run_id(config) and reached == epoch:
            monkeypatch.setattr(Checkpointer, "keep", keep)
            act()

    monkeypatch.setattr(Checkpointer, "keep", wrapped)


@pytest.fixture(scope="session")
def in_one_go(tmp_path_factory, new_library):
    """A library in which the models were trained one by one, each after what it is built on."""
    library = new_library(tmp_path_factory.mktemp("chains"))
    for config in (*ancestors(DEEP), DEEP, *ancestors(SLOW), SLOW):
        InlineEngine(library).submit(config)
    return library


@pytest.fixture
def assert_same_chain(in_one_go, assert_same_bits):
    """Hold a model and all that it is built on against those trained undisturbed."""

    def compare(library, config):
        for each in (*ancestors(config), config):
            assert_same_bits(library.find(each), in_one_go.find(each))

    return compare


@pytest.fixture
def training(wait_until):
    """Train in another thread; what failed is seen by its status. A training that hangs fails the test."""
    started = []

    def submit(library, config):
        def work():
            try:
                InlineEngine(library).submit(config)
            except TrainingFailed as error:
                thread.error = error

        thread = threading.Thread(target=work, daemon=True)
        thread.error = None
        started.append((thread, library, config))
        thread.start()
        return thread

    def finish(thread, seconds=30):
        thread.join(seconds)
        assert not thread.is_alive()
        return thread.error

    submit.finish = finish
    yield submit
    for thread, library, config in started:
        if thread.is_alive() and config in library:
            library.own.request_stop(run_id(config))
        thread.join(10)


@pytest.fixture
def soon_stale(monkeypatch):
    monkeypatch.setattr(status_module, "STALE_AFTER_SECONDS", 0.3)


# What is trained


def test_a_model_and_all_that_it_is_built_on_are_trained_in_order_each_once(library, assert_same_chain):
    seen = []
    run = InlineEngine(library, lambda record: seen.append(record.epoch)).submit(DEEP)
    family = [library.find(config) for config in (*ancestors(DEEP), DEEP)]
    assert [each.kind for each in family] == ["rbm", "dbn", "dbn", "fine-tuned-dbn"]
    assert ids(library.own) == {each.id for each in family}
    assert [each.status.state for each in family] == [State.DONE] * 4
    assert [each.epochs for each in family] == [4, 4, 4, 3]
    assert [(each.status.attempt, each.status.parent) for each in family] == [(1, "")] * 4
    ends = [each.status.heartbeat for each in family]
    assert ends == sorted(ends)
    assert seen == [1, 2, 3]  # of the model that was asked for
    assert run.status.share == 0.0
    assert_same_chain(library, DEEP)


def test_parents_that_are_there_are_not_touched(library, assert_same_chain):
    engine = InlineEngine(library)
    engine.submit(DEEP.base)
    before = tree(library.own.folder)
    run = engine.submit(DEEP)
    after = tree(library.own.folder)
    assert {path: x for path, x in after.items() if run.paths.folder not in (path, *path.parents)} == before
    assert_same_chain(library, DEEP)


def test_a_model_that_goes_on_needs_its_parents_no_more(library, tmp_path, new_library, assert_same_bits):
    engine = InlineEngine(library)
    engine.submit(DEEP)
    for config in ancestors(DEEP):
        library.own.delete(run_id(config))
    run = engine.submit(asking(DEEP, 5))
    assert ids(library.own) == {run.id}
    assert_same_bits(run, InlineEngine(new_library(tmp_path / "one-go")).submit(asking(DEEP, 5)))


def test_a_parent_deleted_after_its_training_is_trained_again(library, assert_same_chain):
    engine = InlineEngine(library)
    engine.submit(RBM)
    shutil.rmtree(library.find(RBM).paths.folder)
    engine.submit(DBN)
    assert_same_chain(library, DBN)


def test_a_parent_that_was_not_trained_far_enough_goes_on(library, assert_same_chain):
    engine = InlineEngine(library)
    engine.submit(asking(RBM, 2))
    engine.submit(DBN)
    assert library.find(RBM).status.attempt == 2
    assert_same_chain(library, DBN)


def test_parents_by_several_names_are_all_trained(library, monkeypatch):
    other = RBM.model_copy(update={"seed": 1})
    monkeypatch.setattr(DBNConfig, "parents", lambda self: {"below": self.first, "beside": other})
    InlineEngine(library).submit(DBN)
    assert ids(library.own) == {run_id(config) for config in (RBM, other, DBN)}


# Shipped parents


def test_shipped_parents_are_read_where_they_are(library, tmp_path, assert_same_chain):
    shipping(library, tmp_path).submit(DEEP.base)
    before = tree(library.shipped.folder)
    run = InlineEngine(library).submit(DEEP)
    assert ids(library.own) == {run.id}
    assert tree(library.shipped.folder) == before
    assert_same_chain(library, DEEP)


def test_a_shipped_parent_of_half_precision_gives_its_exact_weights_from_its_resume_state(
    library, tmp_path, assert_same_bits, in_one_go
):
    run = shipping(library, tmp_path).submit(RBM)
    arrays, epoch = read_tensors(run.paths.snapshot(4))
    write_tensors(run.paths.snapshot(4), arrays, epoch, half=True)
    assert not torch.equal(run.model(4).W, in_one_go.find(RBM).model(4).W)
    assert_same_bits(InlineEngine(library).submit(DBN), in_one_go.find(DBN))


@pytest.mark.parametrize("kept", [True, False], ids=["with its state", "without its state"])
def test_a_shipped_parent_that_is_too_short_is_trained_on_in_the_own_store(library, tmp_path, assert_same_chain, kept):
    shipped = shipping(library, tmp_path).submit(asking(RBM, 2))
    if not kept:
        shipped.paths.resume.unlink()
    before = tree(library.shipped.folder)
    InlineEngine(library).submit(DBN)
    assert ids(library.own) == {run_id(RBM), run_id(DBN)}
    assert tree(library.shipped.folder) == before
    assert_same_chain(library, DBN)


@pytest.mark.parametrize("epochs", [4, 9], ids=["as long as needed", "longer"])
def test_a_parent_that_was_begun_and_left_does_not_keep_from_the_shipped_one(
    library, tmp_path, in_one_go, assert_same_bits, epochs
):
    shipped = shipping(library, tmp_path).submit(asking(RBM, epochs))
    assert (4 in shipped.snapshots) is (epochs == 4)
    library.own.request(RBM)
    library.own.request_stop(run_id(RBM))
    assert_same_bits(InlineEngine(library).submit(DBN), in_one_go.find(DBN))
    assert library.own.run(run_id(RBM)).epochs == (0 if epochs == 4 else 4)  # without its snapshot it is trained


# Parents that are longer


@pytest.mark.parametrize("place", ["own", "shipped"])
def test_an_epoch_that_a_longer_parent_lacks_is_trained_again(
    library, tmp_path, in_one_go, assert_same_bits, training, place
):
    engine = InlineEngine(library) if place == "own" else shipping(library, tmp_path)
    longer = engine.submit(asking(RBM, 9))
    assert 4 not in longer.snapshots
    before = tree(longer.paths.folder)
    assert training.finish(training(library, DBN)) is None
    assert_same_bits(library.find(DBN), in_one_go.find(DBN))
    parent = library.own.run(longer.id)
    assert torch.equal(parent.model(4).W, in_one_go.find(RBM).model(4).W)
    assert (parent.epochs, parent.status.state, parent.status.attempt) == (9, State.DONE, 1)
    after = tree(longer.paths.folder)
    added = {longer.paths.snapshot(4)} if place == "own" else set()
    changed = {path for path in after if after[path] != before.get(path)} - {longer.paths.lock, longer.paths.snapshots}
    assert changed == added
    assert library.find(DBN).status.parent == ""


@pytest.mark.parametrize("state", [State.STOPPED, State.FAILED])
def test_what_became_of_a_longer_parent_later_does_not_matter(
    library, monkeypatch, in_one_go, assert_same_bits, training, state
):
    def end():
        if state is State.STOPPED:
            library.own.request_stop(run_id(RBM))
            time.sleep(0.25)
        else:
            raise ZeroDivisionError

    after_epoch(monkeypatch, RBM, 6, end)
    training.finish(training(library, asking(RBM, 30)))
    parent = library.find(RBM)
    assert (parent.status.state, parent.epochs, 4 in parent.snapshots) == (state, 6, False)
    assert training.finish(training(library, DBN)) is None
    assert_same_bits(library.find(DBN), in_one_go.find(DBN))
    assert parent.status.state is state


def test_what_is_missing_below_a_longer_parent_is_trained_too(library, in_one_go, assert_same_bits):
    engine = InlineEngine(library)
    base = engine.submit(asking(DEEP.base, 6))
    assert 4 not in base.snapshots
    for config in ancestors(DEEP.base):
        shutil.rmtree(library.find(config).paths.folder)
    assert_same_bits(engine.submit(DEEP), in_one_go.find(DEEP))
    assert [library.find(config).status.state for config in ancestors(DEEP)] == [State.DONE] * 3


def test_a_parent_that_somebody_asked_more_of_passes_the_epoch_that_is_needed(
    library, in_one_go, assert_same_bits, training
):
    library.request(asking(RBM, 6))
    assert training.finish(training(library, DBN)) is None
    assert library.find(RBM).epochs == 6
    assert_same_bits(library.find(DBN), in_one_go.find(DBN))


def test_a_parent_that_somebody_asks_more_of_meanwhile(library, monkeypatch, in_one_go, assert_same_bits, training):
    busy = []

    def ask():
        with pytest.raises(RunBusy):
            InlineEngine(library).submit(asking(RBM, 6))
        busy.append(True)

    after_epoch(monkeypatch, RBM, 2, ask)
    assert training.finish(training(library, DBN)) is None
    parent = library.find(RBM)
    assert busy == [True]
    assert (parent.status.state, parent.epochs, parent.status.attempt) == (State.DONE, 6, 1)
    assert_same_bits(library.find(DBN), in_one_go.find(DBN))


# Stop and go on

STAGES = [SLOW_RBM, SLOW_DBN, SLOW]


@pytest.mark.parametrize("stage", [0, 1, 2], ids=["the RBM trains", "the DBN trains", "the fine-tuning trains"])
def test_a_stop_ends_the_whole_chain_within_a_second_and_it_goes_on_bit_for_bit(
    library, training, wait_until, assert_same_chain, stage
):
    thread = training(library, SLOW)
    run = wait_until(lambda: SLOW in library and library.find(SLOW))
    active = wait_until(lambda: STAGES[stage] in library and library.find(STAGES[stage]))
    wait_until(lambda: 1 in active.snapshots and active.status.share > 0)
    for waiting, first in zip(STAGES[stage + 1 :], STAGES[stage:], strict=False):
        waits = library.find(waiting).status
        assert (waits.state, waits.epoch, waits.parent) == (State.RUNNING, 0, run_id(first))
    library.own.request_stop(run.id)
    asked = time.monotonic()
    wait_until(lambda: run.status.state is State.STOPPED, 5)
    assert time.monotonic() - asked < STOP_SECONDS
    assert training.finish(thread) is None
    for config in STAGES[stage:]:
        if config in library:
            status = library.find(config).status
            assert (status.state, status.error, status.parent) == (State.STOPPED, None, "")
    assert active.epochs == 1
    assert not list(library.own.folder.rglob("stop"))
    assert InlineEngine(library).submit(SLOW).status.state is State.DONE
    assert active.status.attempt == 2
    assert_same_chain(library, SLOW)


def test_a_stop_while_another_trains_the_parent_leaves_that_alone(library, training, wait_until, assert_same_chain):
    other = training(library, SLOW_RBM)
    parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM))
    wait_until(lambda: 0 in parent.snapshots)
    thread = training(library, SLOW_DBN)
    run = wait_until(lambda: SLOW_DBN in library and library.find(SLOW_DBN))
    wait_until(lambda: run.status.parent == parent.id)
    library.own.request_stop(run.id)
    asked = time.monotonic()
    wait_until(lambda: run.status.state is State.STOPPED, 5)
    assert time.monotonic() - asked < STOP_SECONDS
    assert parent.status.state is State.RUNNING
    assert training.finish(thread) is None
    assert training.finish(other) is None
    assert (parent.status.state, parent.status.attempt) == (State.DONE, 1)
    InlineEngine(library).submit(SLOW_DBN)
    assert_same_chain(library, SLOW_DBN)


def test_a_stop_while_epochs_are_trained_again_that_a_parent_lacks(library, training, wait_until):
    parent = InlineEngine(library).submit(asking(SLOW_RBM, 1))
    longer = parent.status.model_copy(update={"epoch": 600})  # as if all but the first snapshots had been deleted
    parent.paths.status.write_text(longer.model_dump_json())
    config = SLOW_DBN.model_copy(update={"first": asking(SLOW_RBM, 400)})
    thread = training(library, config)
    run = wait_until(lambda: config in library and library.find(config))
    wait_until(lambda: run.status.parent == parent.id and run.status.share > 0)
    library.own.request_stop(run.id)
    asked = time.monotonic()
    wait_until(lambda: run.status.state is State.STOPPED, 5)
    assert time.monotonic() - asked < STOP_SECONDS
    assert training.finish(thread) is None
    assert (run.epochs, run.snapshots, run.status.parent, run.status.share) == (0, [], "", 0.0)
    assert (parent.status.state, parent.snapshots) == (State.DONE, [0, 1])


def test_a_stop_at_the_very_start_of_a_parent_is_a_stop_and_no_failure(library, monkeypatch, assert_same_chain):
    monkeypatch.setattr(progress_module, "STOP_CHECK_SECONDS", 60.0)  # the child has just looked, and looks no more
    enter = Progress.__enter__

    def stop_now(self):
        if self._paths.folder.name == run_id(RBM):
            library.own.request_stop(run_id(DBN))
        return enter(self)

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "__enter__", stop_now)
        run = InlineEngine(library).submit(DBN)
    assert (run.status.state, run.status.error) == (State.STOPPED, None)
    assert library.find(RBM).status.state is State.STOPPED
    InlineEngine(library).submit(DBN)
    assert_same_chain(library, DBN)


def test_a_stop_that_is_withdrawn_while_the_parent_ends_is_no_failure(library, monkeypatch, assert_same_chain):
    close = Checkpointer.close

    def asked_again(self):
        close(self)
        monkeypatch.setattr(Checkpointer, "close", close)
        library.request(DBN)  # the engine's job for this request would find the run busy

    def stop():
        monkeypatch.setattr(Checkpointer, "close", asked_again)
        library.own.request_stop(run_id(DBN))
        time.sleep(0.25)

    after_epoch(monkeypatch, RBM, 2, stop)
    run = InlineEngine(library).submit(DBN)
    assert (run.status.state, run.status.error, run.status.attempt) == (State.DONE, None, 2)
    assert library.find(RBM).status.attempt == 2
    assert_same_chain(library, DBN)


def test_a_parent_that_somebody_else_stops_ends_the_child_with_a_word(library, training, wait_until, assert_same_chain):
    thread = training(library, SLOW)
    parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM))
    wait_until(lambda: 1 in parent.snapshots)
    library.own.request_stop(parent.id)
    error = str(training.finish(thread))
    assert f"The RBM that it is built on, {parent.id}, was stopped after 1 of 2 epochs." in error
    assert f"The DBN that it is built on, {run_id(SLOW_DBN)}, failed after epoch 0: " in error
    states = [library.find(config).status.state for config in STAGES]
    assert states == [State.STOPPED, State.FAILED, State.FAILED]
    InlineEngine(library).submit(SLOW)
    assert_same_chain(library, SLOW)


def test_a_parent_withdrawn_from_the_queue_ends_the_child_with_a_word(library, training, wait_until):
    InlineEngine(library).submit(asking(RBM, 2))
    with library.own.training_lock(run_id(RBM)):  # somebody deletes or looks after it
        thread = training(library, DBN)
        run = wait_until(lambda: DBN in library and library.find(DBN))
        wait_until(lambda: run.status.parent)
        wait_until(lambda: library.find(RBM).status.state is State.QUEUED)
        library.own.request_stop(run_id(RBM))
    assert "was stopped after 2 of 4 epochs" in str(training.finish(thread))
    assert run.status.state is State.FAILED


@pytest.mark.filterwarnings("ignore:Exception in thread:pytest.PytestUnhandledThreadExceptionWarning")  # TensorBoard's
def test_a_child_that_is_deleted_takes_the_training_of_its_parent_with_it(library, training, wait_until):
    thread = training(library, asking(SLOW_DBN, 2).model_copy(update={"first": asking(SLOW_RBM, 500)}))
    parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM))
    wait_until(lambda: 1 in parent.snapshots)
    [child] = [run for run in library.own if run.kind == "dbn"]
    shutil.rmtree(child.paths.folder, ignore_errors=True)
    gone = time.monotonic()
    wait_until(lambda: parent.status.state is State.STOPPED, 5)
    assert time.monotonic() - gone < STOP_SECONDS
    assert training.finish(thread) is None


# Parents that fail


def test_a_parent_that_diverges_ends_all_that_is_built_on_it_with_what_to_do(library):
    config = DEEP.model_copy(update={"base": DEEP.base.model_copy(update={"first": DIVERGING})})
    with pytest.raises(TrainingFailed, match="try a smaller learning rate") as caught:
        InlineEngine(library).submit(config)
    parent = library.find(DIVERGING)
    assert parent.epochs >= 1
    assert parent.model().W.isfinite().all()
    reason = f"The RBM that it is built on, {parent.id}, failed after epoch {parent.epochs}: In epoch"
    assert reason in str(caught.value)
    statuses = [library.find(each).status for each in (*ancestors(config), config)]
    assert [(status.state, status.traceback) for status in statuses] == [(State.FAILED, None)] * 4
    assert [status.epoch for status in statuses[1:]] == [0, 0, 0]
    assert statuses[1].error.startswith(reason)
    assert all(parent.status.error in status.error for status in statuses)
    with pytest.raises(TrainingFailed):  # and again, with the same outcome
        InlineEngine(library).submit(config)
    assert [library.find(each).status.attempt for each in (*ancestors(config), config)] == [2, 2, 2, 2]


def test_a_defect_in_the_training_of_a_parent_keeps_its_traceback_with_the_parent(
    library, monkeypatch, assert_same_chain
):
    def defect():
        raise ZeroDivisionError("here")

    after_epoch(monkeypatch, RBM, 2, defect)
    with pytest.raises(TrainingFailed, match="ZeroDivisionError: here"):
        InlineEngine(library).submit(DBN)
    assert "in defect" in library.find(RBM).status.traceback
    assert library.find(DBN).status.traceback is None
    InlineEngine(library).submit(DBN)
    assert_same_chain(library, DBN)


@pytest.mark.filterwarnings("ignore:Exception in thread:pytest.PytestUnhandledThreadExceptionWarning")  # TensorBoard's
def test_a_parent_deleted_in_mid_training_ends_the_child_with_a_word(library, monkeypatch, training, assert_same_chain):
    after_epoch(monkeypatch, RBM, 2, lambda: shutil.rmtree(library.find(RBM).paths.folder))
    error = str(training.finish(training(library, DBN)))
    assert f"The RBM that it is built on, {run_id(RBM)}, was deleted meanwhile." in error
    assert library.find(DBN).status.state is State.FAILED
    shutil.rmtree(library.own.paths(run_id(RBM)).folder)  # what its worker still wrote
    InlineEngine(library).submit(DBN)
    assert_same_chain(library, DBN)


@pytest.mark.filterwarnings("ignore:Exception in thread:pytest.PytestUnhandledThreadExceptionWarning")  # TensorBoard's
def test_a_parent_deleted_in_mid_training_can_be_trained_again_over_its_remains(
    library, monkeypatch, training, in_one_go, assert_same_bits
):
    after_epoch(monkeypatch, RBM, 2, lambda: shutil.rmtree(library.find(RBM).paths.folder))
    training.finish(training(library, DBN))
    assert_same_bits(InlineEngine(library).submit(DBN), in_one_go.find(DBN))


def test_a_parent_deleted_while_it_is_waited_for_ends_the_child_with_a_word(library, training, wait_until):
    library.request(RBM)
    with library.own.training_lock(run_id(RBM)):
        thread = training(library, DBN)
        run = wait_until(lambda: DBN in library and library.find(DBN))
        wait_until(lambda: run.status.parent == run_id(RBM))
        shutil.rmtree(library.own.paths(run_id(RBM)).folder)
        assert "was deleted meanwhile" in str(training.finish(thread))
    assert (run.status.state, run.status.parent) == (State.FAILED, "")


def test_a_parent_deleted_while_it_is_read_is_named(library, monkeypatch):
    InlineEngine(library).submit(RBM)
    read = Library.kept

    def delete_then(self, config):
        run = read(self, config)
        shutil.rmtree(run.paths.folder)
        return run

    monkeypatch.setattr(Library, "kept", delete_then)
    with pytest.raises(TrainingFailed, match=run_id(RBM)):
        InlineEngine(library).submit(DBN)
    status = library.find(DBN).status
    assert (status.state, status.traceback) == (State.FAILED, None)


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_a_broken_snapshot_of_a_parent_is_named_and_trained_again_when_it_is_deleted(
    library, in_one_go, assert_same_bits, damage
):
    engine = InlineEngine(library)
    parent = engine.submit(asking(RBM, 4))
    engine.submit(asking(RBM, 6))
    path = parent.paths.snapshot(4)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == "truncated" else b"garbage" * 50)
    with pytest.raises(TrainingFailed, match=str(path)):
        engine.submit(DBN)
    status = library.find(DBN).status
    assert (status.state, status.epoch, status.traceback) == (State.FAILED, 0, None)
    path.unlink()  # as the message says
    assert_same_bits(engine.submit(DBN), in_one_go.find(DBN))


def test_a_broken_status_of_a_parent_is_named(library):
    engine = InlineEngine(library)
    parent = engine.submit(asking(RBM, 2))
    parent.paths.status.write_text("nonsense")
    with pytest.raises(TrainingFailed, match=str(parent.paths.status)):
        engine.submit(DBN)
    parent.paths.status.unlink()  # as the message says
    assert engine.submit(DBN).status.state is State.DONE


@pytest.mark.parametrize("change", [{"hidden_units": 5}, {"dataset": "mnist-5k"}], ids=["units", "data set"])
def test_a_folder_that_holds_another_model_than_its_name_says_is_an_outcome(library, change):
    engine = InlineEngine(library)
    other = engine.submit(RBMConfig(**TOY | {"batch_size": 1000} | change, epochs=1))
    other.paths.folder.rename(library.own.paths(run_id(asking(RBM, 1))).folder)
    with pytest.raises(TrainingFailed, match="shape"):
        engine.submit(DBN.model_copy(update={"first": asking(RBM, 1)}))


# The disk


def test_a_parent_that_cannot_be_written_ends_the_child_with_the_reason(library):
    library.own.folder.mkdir(parents=True)
    library.own.paths(run_id(RBM)).folder.write_text("in the way")
    with pytest.raises(TrainingFailed, match=rf"{run_id(RBM)}.*cannot be written: (Not a directory|File exists)"):
        InlineEngine(library).submit(DBN)
    assert library.find(DBN).status.state is State.FAILED


def test_a_disk_that_fills_up_while_the_parent_trains(library, monkeypatch, assert_same_chain):
    rename = Path.replace

    def full(source, target):
        if target.parent.name == run_id(RBM) or target.parent.parent.name == run_id(RBM):
            raise OSError(28, "No space left on device")
        return rename(source, target)

    after_epoch(monkeypatch, RBM, 2, lambda: monkeypatch.setattr(Path, "replace", full))
    with pytest.raises(TrainingFailed, match="No space left on device"):
        InlineEngine(library).submit(DBN)
    assert library.find(DBN).status.state is State.FAILED
    monkeypatch.undo()
    InlineEngine(library).submit(DBN)
    assert_same_chain(library, DBN)


def test_in_a_store_that_cannot_be_written_shipped_chains_can_be_read(library, tmp_path):
    shipping(library, tmp_path).submit(DBN)
    library.own.folder.write_text("in the way")
    assert InlineEngine(library).submit(DBN).shipped
    with pytest.raises(StoreNotWritable):
        InlineEngine(library).submit(asking(DBN, 5))


# Processes


def test_a_worker_killed_while_the_parent_trains_leaves_a_chain_that_goes_on(
    library, start, kill, wait_until, soon_stale, assert_same_chain
):
    run = library.request(SLOW)
    worker = start("-c", TRAIN, library.own.folder, run.id)
    parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM))
    wait_until(lambda: 1 in parent.snapshots)
    time.sleep(0.05)  # some way into the next epoch
    kill(worker.pid)
    worker.wait(10)
    family = [library.find(config) for config in STAGES]
    wait_until(lambda: all(each.status.state is State.INTERRUPTED for each in family), 5)
    assert [each.status.parent for each in family] == ["", "", ""]  # nobody trains it now
    assert (parent.epochs < 2, run.epochs) == (True, 0)
    assert InlineEngine(library).submit(SLOW).status.state is State.DONE
    assert [each.status.attempt for each in family] == [2, 2, 2]
    assert_same_chain(library, SLOW)


def test_of_two_children_in_two_processes_one_trains_their_parent(
    library, start, wait_until, tmp_path, assert_same_chain
):
    other = SLOW_DBN.model_copy(update={"seed": 1})
    runs = [library.request(config) for config in (SLOW_DBN, other)]
    both = [start("-c", TRAIN_TOGETHER, library.own.folder, run.id, tmp_path) for run in runs]
    wait_until(lambda: len(list(tmp_path.glob("ready-*"))) == 2)
    (tmp_path / "go").touch()
    wait_until(lambda: all(run.status.parent == run_id(SLOW_RBM) for run in runs))
    assert [process.wait(60) for process in both] == [0, 0], [process.stderr.read() for process in both]
    assert [(run.status.state, run.status.attempt) for run in runs] == [(State.DONE, 1)] * 2
    parent = library.find(SLOW_RBM).status
    assert (parent.state, parent.attempt) == (State.DONE, 1)
    assert_same_chain(library, SLOW_DBN)


def test_a_death_at_any_write_leaves_a_chain_that_goes_on(
    tmp_path, new_library, monkeypatch, soon_stale, assert_same_bits
):
    class Death(BaseException):
        """Ends the process: nothing written afterwards reaches the disk."""

    rename = Path.replace
    short = DBN.model_copy(update={"first": asking(RBM, 1), "epochs": 1})
    reference = InlineEngine(new_library(tmp_path / "one-go")).submit(short)
    survived, deadly = False, 0
    while not survived:
        deadly += 3
        writes = 0

        def replace(source, target):
            nonlocal writes
            writes += 1
            if writes >= deadly:  # noqa: B023  (called within this round only)
                raise Death
            rename(source, target)

        library = new_library(tmp_path / str(deadly))
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            try:
                InlineEngine(library).submit(short)
                survived = True
            except Death:
                pass
        assert_same_bits(InlineEngine(library).submit(short), reference)
        assert library.find(short.first).status.state is State.DONE
    assert deadly > 24  # config, request, status, and three files at each of two epochs, of two runs


def test_a_worker_of_dask_killed_while_the_parent_trains_is_replaced(library, kill, wait_until, assert_same_chain):
    engine = DaskEngine(library)
    try:
        run = engine.submit(SLOW_DBN)
        parent = wait_until(lambda: SLOW_RBM in library and library.find(SLOW_RBM), 60)
        wait_until(lambda: 1 in parent.snapshots, 60)
        assert run.status.parent == parent.id
        kill(int(run.status.worker.rpartition(":")[2]))
        wait_until(lambda: run.status.state is State.DONE, 60)
        assert (parent.status.attempt, run.status.attempt) == (2, 2)
        assert_same_chain(library, SLOW_DBN)
    finally:
        engine.close()
