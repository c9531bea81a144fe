"""Parents that fail, are deleted or broken, and disks that are full: the child ends with a word."""

import shutil
from pathlib import Path

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import StoreNotWritable, TrainingFailed
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.status import State, read_request
from tests.engine.parents.chains import DBN, DEEP, DIVERGING, RBM, TOY, after_epoch, asking, shipping

# Parents that fail


def test_a_parent_that_diverges_ends_all_that_is_built_on_it(library):
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


def test_a_defect_in_the_training_of_a_parent_keeps_its_traceback_there(library, monkeypatch, assert_same_chain):
    def defect():
        raise ZeroDivisionError("here")

    after_epoch(monkeypatch, RBM, 2, defect)
    with pytest.raises(TrainingFailed, match="ZeroDivisionError: here"):
        InlineEngine(library).submit(DBN)
    assert "in defect" in library.find(RBM).status.traceback
    assert library.find(DBN).status.traceback is None
    InlineEngine(library).submit(DBN)
    assert_same_chain(library, DBN)


def test_a_parent_deleted_in_mid_training_ends_the_child_with_a_word(library, monkeypatch, training, assert_same_chain):
    after_epoch(monkeypatch, RBM, 2, lambda: shutil.rmtree(library.find(RBM).paths.folder))
    error = str(training.finish(training(library, DBN)))
    assert f"The RBM that it is built on, {run_id(RBM)}, was deleted meanwhile." in error
    assert library.find(DBN).status.state is State.FAILED
    assert not library.own.paths(run_id(RBM)).folder.exists()
    InlineEngine(library).submit(DBN)
    assert_same_chain(library, DBN)


def test_a_parent_deleted_in_mid_training_is_made_again_over_its_remains(
    library, monkeypatch, training, in_one_go, assert_same_bits
):
    after_epoch(monkeypatch, RBM, 2, lambda: shutil.rmtree(library.find(RBM).paths.folder))
    training.finish(training(library, DBN))
    assert_same_bits(InlineEngine(library).submit(DBN), in_one_go.find(DBN))


def test_a_parent_deleted_while_it_is_waited_for_ends_the_child(library, training, wait_until, tmp_path):
    parent = library.request(RBM)
    asked = read_request(parent.paths)
    with library.own.training_lock(run_id(RBM)):
        thread = training(library, DBN)
        run = wait_until(lambda: DBN in library and library.find(DBN))
        wait_until(lambda: run.status.parent == run_id(RBM) and read_request(parent.paths) != asked)
        parent.paths.folder.rename(tmp_path / "deleted")
        assert "was deleted meanwhile" in str(training.finish(thread))
    assert (run.status.state, run.status.parent) == (State.FAILED, "")


def test_a_parent_deleted_while_it_is_read_is_named(library, monkeypatch):
    InlineEngine(library).submit(RBM)
    read = Library.kept

    def delete_then(self, config):
        run = read(self, config)
        if run is not None:
            shutil.rmtree(run.paths.folder)
        return run

    monkeypatch.setattr(Library, "kept", delete_then)
    with pytest.raises(TrainingFailed, match=run_id(RBM)):
        InlineEngine(library).submit(DBN)
    status = library.find(DBN).status
    assert (status.state, status.traceback) == (State.FAILED, None)


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_a_broken_snapshot_of_a_parent_is_named_and_made_again(library, in_one_go, assert_same_bits, damage):
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


def test_a_broken_status_of_a_parent_holds_nothing_up(library):
    engine = InlineEngine(library)
    parent = engine.submit(asking(RBM, 2))
    parent.paths.status.write_text("nonsense")
    assert engine.submit(DBN).status.state is State.DONE
    assert parent.status.state is State.DONE  # written anew


@pytest.mark.parametrize("change", [{"hidden_units": 5}, {"dataset": "mnist-5k"}], ids=["units", "data set"])
def test_a_folder_with_another_model_than_its_name_says_is_an_outcome(library, change):
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
