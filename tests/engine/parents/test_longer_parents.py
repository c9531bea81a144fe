"""Parents that were trained for more epochs than are needed."""

import shutil
import time

import pytest
import torch

from explorer.engine.inline import InlineEngine
from explorer.errors import RunBusy
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from explorer.runs.status import State
from tests.engine.parents.chains import DBN, DEEP, RBM, after_epoch, asking, shipping, tree


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


def test_a_parent_that_more_was_asked_of_passes_the_epoch_that_is_needed(
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
