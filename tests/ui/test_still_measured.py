"""What a page says of figures that are measured apart from training, and which epoch it goes on showing."""

import time

import pytest

from explorer.models.rbm import RBMConfig
from explorer.runs.status import State, write_status
from explorer.ui import still_measured
from tests.pages import address, charts, texts
from tests.stores import as_of_earlier_versions
from tests.ui.rbms import SMALL

NEW = RBMConfig(**SMALL | {"seed": 7})


class Asked:
    """An engine that notes which runs it is to measure."""

    def __init__(self):
        self.ids, self.trouble_is = [], None

    def measure(self, run):
        self.ids.append(run.id)

    def measures(self, run):
        return run.id in self.ids

    def trouble(self, _run):
        return self.trouble_is


@pytest.fixture
def asked(library, monkeypatch):
    engine = Asked()
    monkeypatch.setattr("explorer.ui.still_measured.engine", lambda: engine)
    return engine


def said(test):
    return [each.value for each in test.caption if "measured" in each.value and ":material" in each.value]


def test_figures_to_come_are_said_asked_for_and_then_drawn(page, inline, asked):
    run = inline.submit(NEW)
    test = page("pages/rbm.py", **address(NEW), view="Training")
    assert said(test) == [":material/hourglass: Still being measured"]
    (note,) = [each for each in test.caption if "Still" in each.value]
    titles = (
        "Log-likelihood (test), Effective chains of AIS, Dead units, Units always on, Free-energy gap of all images"
    )
    assert note.proto.help == f"{titles}; of 3 epochs."
    assert asked.ids == [run.id]
    assert not any("log_likelihood" in name for name in charts(test))
    asked.trouble_is = "No space left"
    assert said(test.run()) == [":material/error: Not all figures could be measured"]
    asked.trouble_is = None
    inline.measure(run)
    time.sleep(0.6)  # what is missing is looked up twice a second
    test = page("pages/rbm.py", **address(NEW), view="Training")
    assert said(test) == []
    assert "Reconstruction error is not likelihood" in texts(test)


def test_a_measurement_that_ended_too_soon_is_asked_for_again(page, inline, asked):
    """It found another process at work, for example, which was then killed."""
    run = inline.submit(NEW)
    still_measured._look(run, {"log_likelihood": 3}, "Training")
    still_measured._look(run, {"log_likelihood": 3}, "Training")
    assert asked.ids == [run.id]


def test_figures_of_earlier_versions_are_drawn_and_not_asked_for(page, inline, asked):
    run = inline.submit(NEW)
    inline.measure(run)
    as_of_earlier_versions(run)
    test = page("pages/rbm.py", **address(NEW), view="Training")
    assert (said(test), asked.ids) == ([], [])
    assert any("log_likelihood" in name for name in charts(test))


def test_a_shipped_run_keeps_what_it_has(page, asked):
    assert said(page("pages/rbm.py", **address(RBMConfig(**SMALL)))) == []
    assert asked.ids == []


def test_a_growing_run_is_followed_by_a_stop_that_has_no_number(page, inline):
    """A browser that knows fewer snapshots than there are reports that stop, too, and so no choice of its user."""
    run = inline.submit(NEW)
    write_status(run.paths, run.status.model_copy(update={"state": State.RUNNING}))
    test = page("pages/rbm.py", **address(NEW))
    (slider,) = [each for each in test.select_slider if each.label == "Epoch shown"]
    assert list(slider.options) == [*map(str, run.snapshots[:-1]), "newest"]
    assert slider.value == "newest"
    slider.set_value(1).run()
    assert test.session_state["page state of rbm"].epoch == 1
    (slider,) = [each for each in test.select_slider if each.label == "Epoch shown"]
    slider.set_value("newest").run()
    assert test.session_state["page state of rbm"].epoch is None


@pytest.mark.parametrize(("asked_for", "taken"), [(3, None), (5, None), (2, 3)])
def test_whoever_chooses_the_last_epoch_follows_the_run(page, asked_for, taken):
    """But not a run that is longer than was asked for: its last epoch is one of many."""
    test = page("pages/rbm.py", **address(RBMConfig(**SMALL)) | {"epochs": asked_for, "epoch": 1})
    (slider,) = [each for each in test.select_slider if each.label == "Epoch shown"]
    slider.set_value(3).run()
    assert test.session_state["page state of rbm"].epoch == taken
