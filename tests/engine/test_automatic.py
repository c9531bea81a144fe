"""Trainings that nobody pressed a button for: they end when no page shows them, and make way for what waits."""

import os
import time

import pytest

from explorer.engine import progress as progress_module
from explorer.engine.inline import InlineEngine
from explorer.engine.progress import Progress, StopRequested
from explorer.runs.status import State, Status, write_status


@pytest.fixture
def pulse(library, six, monkeypatch):
    """Look whether a training of `six` is to stop, twice in a row; return whether it is."""
    monkeypatch.setattr(progress_module, "STOP_CHECK_SECONDS", 0.0)

    def look(within=None):
        progress = Progress(library.own.run(library.find(six).id).paths, Status(state=State.RUNNING), within)
        try:
            progress.pulse()
            progress.pulse()
        except StopRequested:
            return True
        return False

    return look


def another(six):
    return six.model_copy(update={"seed": 7})


def test_an_automatic_training_goes_on_while_it_is_watched(library, six, pulse):
    run = library.request(six, automatic=True)
    assert not pulse()
    then = time.time() - 1 - progress_module.UNWATCHED_SECONDS
    os.utime(run.paths.watched, (then, then))
    assert pulse()
    library.request(six)  # somebody asks for it
    assert not pulse()


def training(library, config):
    """Ask for a config by itself, and leave its run as if a worker had taken it up."""
    run = library.request(config, automatic=True)
    write_status(run.paths, Status(state=State.RUNNING, target=config.epochs))


def test_it_makes_way_for_another_automatic_one_once_it_has_had_its_turn(library, six, pulse, monkeypatch):
    training(library, six)
    library.request(another(six), automatic=True)
    assert not pulse()
    monkeypatch.setattr(progress_module, "TURN_SECONDS", -1.0)
    assert pulse()
    library.own.request_stop(library.find(another(six)).id)
    library.find(six).paths.stop.unlink()
    assert not pulse()


def test_it_makes_way_for_what_is_asked_for_but_not_for_a_moments_wait(library, six, pulse):
    training(library, six)
    progress = Progress(library.own.run(library.find(six).id).paths, Status(state=State.RUNNING))
    library.request(another(six))
    progress.pulse()
    training(library, another(six))
    progress.pulse()
    library.own.paths(library.find(another(six)).id).status.unlink()
    library.request(another(six))
    assert pulse()


def test_what_was_asked_for_makes_way_for_nobody(library, six, pulse, monkeypatch):
    library.request(six)
    library.request(another(six))
    monkeypatch.setattr(progress_module, "TURN_SECONDS", -1.0)
    assert not pulse()


def test_a_model_that_is_trained_for_another_lasts_as_long_as_that_one(library, six, pulse):
    run = library.request(six, automatic=True)
    os.utime(run.paths.watched, (0, 0))  # no page shows it, but the one that it is trained for
    child = library.request(another(six), automatic=True)
    within = Progress(child.paths, Status(state=State.RUNNING))
    assert not pulse(within)
    os.utime(child.paths.watched, (0, 0))
    assert pulse(within)


def test_the_epochs_are_those_of_a_training_that_was_asked_for(library, six, six_in_one_go, assert_same_bits):
    engine = InlineEngine(library)
    engine.submit(six.model_copy(update={"epochs": 2}), automatic=True)
    run = engine.submit(six, automatic=True)
    assert run.automatic
    assert_same_bits(run, six_in_one_go)
    assert engine.submit(six).automatic  # there is nothing to ask for
