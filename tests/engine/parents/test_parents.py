"""Models built on others: their runs are trained first, inside the same training, and read where they are trained."""

import shutil

import pytest
import torch

from explorer.engine.inline import InlineEngine
from explorer.models.dbn import DBNConfig
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from explorer.runs.status import State
from explorer.runs.tensors import read_tensors, write_tensors
from tests.engine.parents.chains import DBN, DEEP, RBM, asking, ids, shipping, tree

# What is trained


def test_a_model_and_all_its_parents_are_trained_in_order_each_once(library, assert_same_chain):
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
    folders = [run.paths.folder for run in library.own]
    before = [tree(folder) for folder in folders]
    engine.submit(DEEP)
    assert [tree(folder) for folder in folders] == before
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


def test_a_shipped_parent_gives_exact_weights_from_its_resume_state(library, tmp_path, assert_same_bits, in_one_go):
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
def test_a_parent_begun_and_left_does_not_keep_from_the_shipped_one(
    library, tmp_path, in_one_go, assert_same_bits, epochs
):
    shipped = shipping(library, tmp_path).submit(asking(RBM, epochs))
    assert (4 in shipped.snapshots) is (epochs == 4)
    library.own.request(RBM)
    library.own.request_stop(run_id(RBM))
    assert_same_bits(InlineEngine(library).submit(DBN), in_one_go.find(DBN))
    assert library.own.run(run_id(RBM)).epochs == (0 if epochs == 4 else 4)  # without its snapshot it is trained
