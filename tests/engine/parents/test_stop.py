"""A stop ends the training of a whole chain, which goes on from there."""

import shutil
import time

import pytest

from explorer.engine import progress as progress_module
from explorer.engine.checkpoint import Checkpointer
from explorer.engine.inline import InlineEngine
from explorer.engine.progress import Progress
from explorer.runs.ids import run_id
from explorer.runs.status import State
from tests.engine.parents.chains import DBN, RBM, SHORT, SHORT_DBN, SHORT_RBM, STAGES, STOP_SECONDS, after_epoch, asking


@pytest.mark.parametrize("stage", [0, 1, 2], ids=["the RBM trains", "the DBN trains", "the fine-tuning trains"])
def test_a_stop_ends_the_whole_chain_soon_and_it_goes_on_bit_for_bit(
    library, training, held, gate, wait_until, assert_same_chain, stage
):
    held(STAGES[stage], 1)
    thread = training(library, SHORT)
    run = wait_until(lambda: SHORT in library and library.find(SHORT))
    active = wait_until(lambda: STAGES[stage] in library and library.find(STAGES[stage]))
    wait_until(lambda: 1 in active.snapshots and active.status.share > 0)
    for waiting, first in zip(STAGES[stage + 1 :], STAGES[stage:], strict=False):
        waits = library.find(waiting).status
        assert (waits.state, waits.epoch, waits.parent) == (State.RUNNING, 0, run_id(first))
    library.own.request_stop(run.id)
    asked = time.process_time()
    wait_until(lambda: run.status.state is State.STOPPED)
    assert time.process_time() - asked < STOP_SECONDS
    assert training.finish(thread) is None
    for config in STAGES[stage:]:
        if config in library:
            status = library.find(config).status
            assert (status.state, status.error, status.parent) == (State.STOPPED, None, "")
    assert active.epochs == 1
    gate.unlink()
    assert not list(library.own.folder.rglob("stop"))
    assert InlineEngine(library).submit(SHORT).status.state is State.DONE
    assert active.status.attempt == 2
    assert_same_chain(library, SHORT)


def test_a_stop_while_another_trains_the_parent_leaves_that_alone(
    library, training, held, gate, wait_until, assert_same_chain
):
    held(SHORT_RBM, 0)
    other = training(library, SHORT_RBM)
    parent = wait_until(lambda: SHORT_RBM in library and library.find(SHORT_RBM))
    wait_until(lambda: 0 in parent.snapshots)
    thread = training(library, SHORT_DBN)
    run = wait_until(lambda: SHORT_DBN in library and library.find(SHORT_DBN))
    wait_until(lambda: run.status.parent == parent.id)
    library.own.request_stop(run.id)
    asked = time.process_time()
    wait_until(lambda: run.status.state is State.STOPPED)
    assert time.process_time() - asked < STOP_SECONDS
    assert parent.status.state is State.RUNNING
    gate.unlink()
    assert training.finish(thread) is None
    assert training.finish(other) is None
    assert (parent.status.state, parent.status.attempt) == (State.DONE, 1)
    InlineEngine(library).submit(SHORT_DBN)
    assert_same_chain(library, SHORT_DBN)


def test_a_stop_while_epochs_are_trained_again_that_a_parent_lacks(library, training, held, wait_until):
    parent = InlineEngine(library).submit(asking(SHORT_RBM, 1))
    longer = parent.status.model_copy(update={"epoch": 6})  # as if all but the first snapshots had been deleted
    parent.paths.status.write_text(longer.model_dump_json())
    config = SHORT_DBN.model_copy(update={"first": asking(SHORT_RBM, 4)})
    held(config, 0)
    thread = training(library, config)
    run = wait_until(lambda: config in library and library.find(config))
    wait_until(lambda: run.status.parent == parent.id and run.status.share > 0)
    library.own.request_stop(run.id)
    asked = time.process_time()
    wait_until(lambda: run.status.state is State.STOPPED)
    assert time.process_time() - asked < STOP_SECONDS
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


def test_a_parent_that_somebody_else_stops_ends_the_child_with_a_word(
    library, training, held, gate, wait_until, assert_same_chain
):
    held(SHORT_RBM, 1)
    thread = training(library, SHORT)
    parent = wait_until(lambda: SHORT_RBM in library and library.find(SHORT_RBM))
    wait_until(lambda: 1 in parent.snapshots)
    library.own.request_stop(parent.id)
    error = str(training.finish(thread))
    assert f"The RBM that it is built on, {parent.id}, was stopped after 1 of 2 epochs." in error
    assert f"The DBN that it is built on, {run_id(SHORT_DBN)}, failed after epoch 0: " in error
    states = [library.find(config).status.state for config in STAGES]
    assert states == [State.STOPPED, State.FAILED, State.FAILED]
    gate.unlink()
    InlineEngine(library).submit(SHORT)
    assert_same_chain(library, SHORT)


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
def test_a_child_that_is_deleted_takes_the_training_of_its_parent_with_it(library, training, held, wait_until):
    held(SHORT_RBM, 1)
    thread = training(library, SHORT_DBN)
    parent = wait_until(lambda: SHORT_RBM in library and library.find(SHORT_RBM))
    wait_until(lambda: 1 in parent.snapshots)
    [child] = [run for run in library.own if run.kind == "dbn"]
    shutil.rmtree(child.paths.folder, ignore_errors=True)
    gone = time.process_time()
    wait_until(lambda: parent.status.state is State.STOPPED)
    assert time.process_time() - gone < STOP_SECONDS
    assert training.finish(thread) is None
