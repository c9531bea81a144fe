"""Training as the controls move: what begins by itself, what does not, and what ends it."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import EngineError
from explorer.models.rbm import RBMConfig
from explorer.runs.status import State, Status, write_status
from tests.pages import button, texts
from tests.ui.rbms import SMALL

MOVED = RBMConfig(**SMALL | {"cd_k": 7})


class Asked:
    """An engine that writes down what it is asked for, and leaves it waiting."""

    def __init__(self, library):
        self.library, self.automatic = library, []

    def submit(self, config, *, automatic=False, session="", gpu=None):  # noqa: ARG002
        run = self.library.request(config, automatic=automatic)
        if automatic:
            self.automatic.append((config.cd_k, config.epochs))
        return run


@pytest.fixture
def asked(library, monkeypatch):
    engine = Asked(library)
    monkeypatch.setattr("explorer.ui.moving.LOOPBACK", ("127.0.0.1",))
    monkeypatch.setattr("explorer.ui.moving.REST_SECONDS", 1e-6)
    monkeypatch.setattr("explorer.ui.asking.engine", lambda: engine)
    return engine


def move(test, cd_k):
    return test.select_slider(key="rbm.cd_k").set_value(cd_k).run()


def state_of(library, cd_k):
    return library.own.run(library.find(RBMConfig(**SMALL | {"cd_k": cd_k})).id).status.state


def test_a_link_begins_nothing_and_a_move_does(page, asked, library):
    test = page("pages/rbm.py", **SMALL | {"cd_k": 5})
    assert asked.automatic == []
    test = move(test, 7)
    assert asked.automatic == [(7, 3)]
    assert state_of(library, 7) is State.QUEUED
    assert any(each.label == "Stop" for each in test.button)
    assert "Shown until then: the nearest run, CD-k" in test.get("progress")[0].proto.text
    assert test.get("bidi_component")  # the pictures of that one


def test_the_next_setting_stops_the_one_before(page, asked, library):
    test = move(page("pages/rbm.py", **SMALL), 7)
    move(test, 10)
    assert asked.automatic == [(7, 3), (10, 3)]
    assert state_of(library, 7) is State.STOPPED
    assert state_of(library, 10) is State.QUEUED


def test_coming_back_goes_on(page, asked, library):
    test = move(page("pages/rbm.py", **SMALL), 7)
    move(move(test, 10), 7)
    assert asked.automatic == [(7, 3), (10, 3), (7, 3)]
    assert state_of(library, 7) is State.QUEUED


def test_what_its_user_stopped_rests_until_another_setting_is_chosen(page, asked, library):
    test = move(page("pages/rbm.py", **SMALL), 7)
    test = button(test, "Stop").click().run()
    assert state_of(library, 7) is State.STOPPED
    test.run()
    assert asked.automatic == [(7, 3)]
    assert "It does not begin by itself any more" in texts(test)
    test = move(test, 10)
    assert asked.automatic == [(7, 3), (10, 3)]
    move(test, 7)
    assert asked.automatic == [(7, 3), (10, 3), (7, 3)]


def test_what_somebody_asked_for_is_not_stopped_by_a_move(page, asked, library):
    test = move(page("pages/rbm.py", **SMALL), 7)
    library.request(MOVED)  # as Train does, here or in another tab
    move(test, 10)
    assert state_of(library, 7) is State.QUEUED


def test_a_failed_run_is_not_tried_again_by_itself(page, asked, library):
    run = library.own.request(MOVED)
    run.paths.request.unlink()
    write_status(run.paths, Status(state=State.FAILED, error="no space"))
    test = move(page("pages/rbm.py", **SMALL), 7)
    assert asked.automatic == []
    assert "What has failed does not begin by itself." in texts(test)


def test_a_trained_setting_needs_nothing(page, asked):
    move(page("pages/rbm.py", **SMALL), 2)
    assert asked.automatic == []


def test_turned_off_nothing_begins_and_what_has_begun_stops(page, asked, library):
    test = move(page("pages/rbm.py", **SMALL), 7)
    switch = next(each for each in test.toggle if each.label == "Train as I move")
    assert switch.value
    test = switch.set_value(False).run()
    assert state_of(library, 7) is State.STOPPED
    move(test, 10)
    assert asked.automatic == [(7, 3)]


def test_where_many_are_served_it_is_off(page, asked, monkeypatch):
    monkeypatch.setattr("explorer.ui.moving.LOOPBACK", ())
    test = page("pages/rbm.py", **SMALL)
    assert not next(each for each in test.toggle if each.label == "Train as I move").value


def test_what_takes_long_waits_for_its_button(page, asked, monkeypatch):
    monkeypatch.setattr("explorer.ui.moving.expected_seconds", lambda _trainings: 40.0)
    test = move(page("pages/rbm.py", **SMALL), 7)
    assert asked.automatic == []
    assert "A first picture takes about 40 s, so it does not begin by itself." in texts(test)
    assert button(test, "Train 3 epochs")


def test_an_engine_that_does_not_answer_is_asked_once(page, asked, monkeypatch):
    def refuse(config, *, automatic=False, session="", gpu=None):
        asked.automatic.append(config.cd_k)
        raise EngineError("No scheduler answers.")

    monkeypatch.setattr(asked, "submit", refuse)
    test = move(page("pages/rbm.py", **SMALL), 7)
    assert asked.automatic == [7]
    assert "No scheduler answers." in texts(test)
    assert asked.automatic == [7]


@pytest.mark.parametrize("label", ["Pin", "Keep"])
def test_a_run_that_began_by_itself_is_kept_by_a_click(page, asked, library, label):
    trained = InlineEngine(library).submit(MOVED, automatic=True)
    assert trained.automatic
    test = move(page("pages/rbm.py", **SMALL), 7)
    assert "Trained as you moved." in texts(test)
    test = button(test, label).click().run()
    assert not trained.automatic
    assert "Trained as you moved." not in texts(test)
    assert asked.automatic == []
