"""The chain of runs that a DBN is built on, and what is to be trained of it."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.status import State
from tests.pages import address, button, offer, problems
from tests.stores import begun
from tests.ui.dbn.dbns import DEEP, FINE_TUNED, NEW, PLAIN, chain_of, dbn, fine_tuned

# the chain of runs


def test_the_chain_of_a_trained_model_is_ready(open_page):
    assert chain_of(open_page(PLAIN)) == ["RBM: 2 epochs", "DBN: 3 epochs"]
    assert chain_of(open_page(FINE_TUNED["8"])) == ["RBM: 2 epochs", "DBN: 3 epochs", "Fine-tuned DBN: 3 epochs"]


def test_models_of_one_kind_in_a_chain_are_told_apart(open_page):
    assert chain_of(open_page(FINE_TUNED["8-6"])) == [
        "RBM: 2 epochs", "DBN 8: 2 epochs", "DBN 8-6: 3 epochs", "Fine-tuned DBN: 3 epochs",
    ]  # fmt: skip


def test_the_links_of_the_chain_lead_to_the_runs(open_page):
    links = [link.proto for link in open_page(DEEP).get("page_link") if link.proto.label.startswith(("RBM:", "DBN"))]
    rbm, below, own = links
    assert (rbm.page, below.page, own.page) == ("rbm", "dbn", "dbn")
    for link, config in ((rbm, DEEP.first), (below, DEEP.parents()["below"]), (own, DEEP)):
        given = dict(part.split("=") for part in link.query_string.split("&"))
        assert run_id(type(config).from_values(given)) == run_id(config)
        assert given["epochs"] == str(config.epochs)


def test_an_rbm_has_no_chain(page):
    assert chain_of(page("pages/rbm.py", **address(PLAIN.first))) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.RUNNING, "in training"),
        (State.QUEUED, "waits for a worker"),
        (State.FAILED, "1 of 3 epochs, failed"),
        (State.STOPPED, "1 of 3 epochs, stopped"),
        (State.INTERRUPTED, "1 of 3 epochs, interrupted"),
    ],
)
def test_the_chain_says_how_far_each_model_is(open_page, library, state, words):
    own = dbn(seed=1)  # on an RBM that is trained
    begun(library.own, own, state, 1)
    test = open_page(own)
    assert not test.exception
    assert chain_of(test) == ["RBM: 2 epochs", f"DBN: {words}"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "2 epochs to train"),
        (State.RUNNING, "in training"),
        (State.QUEUED, "waits for a worker"),
        (State.FAILED, "1 of 2 epochs, failed"),
        (State.STOPPED, "1 of 2 epochs, stopped"),
        (State.INTERRUPTED, "1 of 2 epochs, interrupted"),
    ],
)
def test_the_chain_says_how_far_a_model_it_is_built_on_is(open_page, library, state, words):
    if state:
        begun(library.own, NEW.first, state, 1)
    test = open_page(NEW)
    assert not test.exception
    assert chain_of(test) == [f"RBM: {words}", "DBN: 3 epochs to train"]


def test_while_the_rbm_is_trained_the_others_wait_for_it(open_page, library):
    above = fine_tuned(NEW)
    begun(library.own, NEW.first, State.RUNNING, 1, seconds_per_epoch=0.5, device="cpu")
    begun(library.own, NEW, State.RUNNING, parent=run_id(NEW.first))
    begun(library.own, above, State.RUNNING, parent=run_id(NEW))
    test = open_page(above)
    assert chain_of(test) == ["RBM: in training", "DBN: waits for the RBM", "Fine-tuned DBN: waits for the RBM"]
    assert any(button.label == "Stop" for button in test.button)
    assert "**RBM** · Epoch **1** of 2" in " ".join(bar.proto.text for bar in test.get("progress"))
    assert problems(test) == []


def test_a_model_that_was_killed_while_it_waited_is_interrupted(open_page, library):
    begun(library.own, NEW, State.INTERRUPTED, parent=run_id(NEW.first))
    assert chain_of(open_page(NEW)) == ["RBM: 2 epochs to train", "DBN: 0 of 3 epochs, interrupted"]


# the estimate


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (dbn(cd_k=5), ""),
        (NEW, " First the RBM."),
        (fine_tuned(PLAIN, cd_k=5), ""),
        (fine_tuned(dbn(cd_k=5)), " First the DBN."),
        (fine_tuned(NEW), " First the RBM and the DBN."),
        (fine_tuned(dbn(cd_k=5, hidden_units=(8, 6))), " First the DBN 8 and the DBN 8-6."),
    ],
)
def test_the_estimate_names_what_is_trained_first(open_page, config, words):
    test = open_page(config)
    said = offer(test)
    assert said.startswith("3 epochs from epoch 0, about **")
    assert said.endswith(f"**.{words}")
    assert any(button.label == "Train 3 epochs" for button in test.button)


def test_what_goes_on_needs_no_other_model(open_page, nothing_trained):
    library = Library.open()
    InlineEngine(library).submit(PLAIN)
    library.own.delete(run_id(PLAIN.first))
    test = open_page(PLAIN, epochs=5)
    assert "First the" not in offer(test)
    assert any(button.label == "Train on to epoch 5" for button in test.button)


def test_below_a_trained_model_nothing_is_missing(open_page, nothing_trained):
    library = Library.open()
    InlineEngine(library).submit(PLAIN)
    library.own.delete(run_id(PLAIN.first))
    test = open_page(fine_tuned(PLAIN))
    assert "First the" not in offer(test)
    assert chain_of(test) == ["RBM: not kept, not needed", "DBN: 3 epochs", "Fine-tuned DBN: 3 epochs to train"]


def test_training_from_the_page_trains_the_whole_chain(open_page, inline, library):
    above = fine_tuned(NEW)
    test = open_page(above)
    button(test, "Train 3 epochs").click().run()
    assert problems(test) == []
    for config in (NEW.first, NEW, above):
        assert library.own.run(run_id(config)).epochs == config.epochs
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs", "Fine-tuned DBN: 3 epochs"]
