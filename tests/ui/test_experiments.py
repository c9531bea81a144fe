"""An experiment's text stays while settings are changed, and never stands over another run's pictures."""

import pytest

from explorer.models.rbm import RBMConfig
from explorer.presets.preset import Preset
from tests.pages import charts, press, problems, texts
from tests.ui.rbms import SMALL

NEW = SMALL | {"seed": 5}
PAIR = Preset("A pair", "Two values of k.", settings=NEW | {"cd_k": 2}, pinned=NEW, view="Weights")
TRAINED = Preset("Trained?", "Nine units.", settings=SMALL, view="Weights")


@pytest.fixture(autouse=True)
def _experiments(monkeypatch):
    monkeypatch.setattr("explorer.presets.rbm.PRESETS", (PAIR, TRAINED))


def labels(test):
    return [each.label for each in test.button]


def test_an_experiment_nobody_has_trained_is_one_button_and_no_picture(page, inline, library):
    test = page("pages/rbm.py", preset=PAIR.name)
    assert [label for label in labels(test) if label.startswith("Train")] == ["Train both"]
    assert "nearest" not in texts(test)
    assert not charts(test)
    assert not test.get("bidi_component")
    test = press(test, "Train both")
    assert all(RBMConfig(**values) in library for values in (PAIR.settings, PAIR.pinned))
    assert "Unpin" in labels(test)
    assert problems(test) == []


def test_one_that_is_half_trained_offers_the_other_half(page, inline):
    inline.submit(RBMConfig(**PAIR.pinned))
    test = page("pages/rbm.py", preset=PAIR.name)
    assert [label for label in labels(test) if label.startswith("Train")] == ["Train 3 epochs"]
    assert "nearest" not in texts(test)


def test_its_text_stays_when_settings_are_changed_and_a_button_leads_back(page):
    test = page("pages/rbm.py", preset=TRAINED.name)
    assert [each.value for each in test.success] == ["**Trained?** Nine units."]
    test.select_slider(key="rbm.cd_k").set_value(2).run()
    assert not test.success
    assert any("now with CD-k" in each.label for each in test.expander)
    assert "Nine units." in texts(test)
    test = press(test, "Back to the experiment")
    assert [each.value for each in test.success] == ["**Trained?** Nine units."]
    assert test.session_state["page state of rbm"].values["cd_k"] == 1


def test_a_link_made_after_the_change_shows_the_same(page):
    test = page("pages/rbm.py", preset=TRAINED.name)
    test.select_slider(key="rbm.cd_k").set_value(2).run()
    again = page("pages/rbm.py", **test.session_state["page state of rbm"].address())
    assert "Back to the experiment" in labels(again)
