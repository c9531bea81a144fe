"""The units of DBNs, shown large."""

import pytest

from explorer.runs.ids import run_id
from tests.pages import problems
from tests.ui.dbn.dbns import DBNS, FINE_TUNED, PLAIN, VIEWS, assert_draws, dbn, enter


def is_shown_large(test):
    return any("unit detail current" in element.key for element in test.get("bidi_component"))


@pytest.mark.parametrize("config", [DBNS["12"], FINE_TUNED["8"]], ids=["dbn", "fine-tuned"])
def test_a_unit_is_shown_large(open_page, config):
    test = open_page(config, view=VIEWS[config.kind][0])
    test.number_input(key=f"{config.kind} unit").set_value(7).run()
    assert problems(test) == []
    assert is_shown_large(test)


@pytest.mark.parametrize("name", DBNS)
def test_the_last_unit_of_every_dbn_is_shown_large_at_every_epoch(open_page, name):
    config = DBNS[name]
    for epoch in (0, config.epochs):
        test = open_page(config, view="Weights", epoch=epoch)
        assert not is_shown_large(test)
        test.number_input(key="dbn unit").set_value(config.hidden_units[-1] - 1).run()
        assert problems(test) == []
        assert is_shown_large(test)


def test_units_without_weights_are_shown_large(open_page, inline):
    """All weights of the top RBM are 0: no unit below speaks for or against it."""
    config = dbn(initial_std=0.0)
    inline.submit(config)
    test = open_page(config, view="Weights", epoch=0)
    test.number_input(key="dbn unit").set_value(3).run()
    assert problems(test) == []
    assert is_shown_large(test)


def test_a_unit_that_smaller_layers_do_not_have_is_forgotten(open_page):
    test = open_page(DBNS["12"], view="Weights")
    test.number_input(key="dbn unit").set_value(11).run()
    enter(test, "8")
    assert_draws(test, "Weights")
    assert test.number_input(key="dbn unit").value is None


def test_a_unit_that_the_pinned_one_does_not_have_is_forgotten(open_page):
    test = open_page(DBNS["12"], view="Weights")
    test.number_input(key="dbn unit").set_value(11).run()
    test.session_state["page state of dbn"].pin = run_id(PLAIN)
    test.run()
    assert_draws(test, "Weights")
    assert test.number_input(key="dbn unit").value is None
