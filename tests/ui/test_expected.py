"""How long a training is expected to take: tried where it is trained, judged by earlier runs where it is not."""

import threading

import pytest

from explorer.engine import trial
from explorer.errors import DataMissing
from explorer.models.rbm import RBMConfig
from explorer.ui import expected
from explorer.ui.expected import expected_seconds
from tests.ui.rbms import SMALL

CONFIG = RBMConfig.from_values(SMALL | {"cd_k": 2})


@pytest.fixture
def tried(monkeypatch):
    """The configs that were tried; an epoch of each takes as many seconds as it has hidden units."""
    found = []

    def seconds(config):
        found.append(config)
        return float(config.hidden_units)

    monkeypatch.setattr(trial, "seconds_of_an_epoch", seconds)
    monkeypatch.setattr(expected, "on_cpu_here", lambda: True)
    expected._trial.cache.clear()
    yield found
    expected._trial.cache.clear()


def test_the_epochs_that_are_missing_take_as_long_as_they_were_tried(library, tried):
    assert expected_seconds([(CONFIG, 0)]) == CONFIG.hidden_units * CONFIG.epochs
    assert expected_seconds([(CONFIG, 1)]) == CONFIG.hidden_units * (CONFIG.epochs - 1)
    assert expected_seconds([(CONFIG, CONFIG.epochs)]) == 0


def test_what_is_as_much_work_is_tried_once(library, tried):
    others = [CONFIG.model_copy(update=change) for change in ({"seed": 3}, {"learning_rate": 0.01}, {"epochs": 7})]
    seconds = expected_seconds([(each, 0) for each in (CONFIG, *others)])
    assert seconds == CONFIG.hidden_units * (3 * CONFIG.epochs + 7)
    assert tried == [CONFIG]
    expected_seconds([(CONFIG.model_copy(update={"cd_k": 9}), 0), (CONFIG.model_copy(update={"batch_size": 7}), 0)])
    assert len(tried) == 3


def test_until_a_trial_has_ended_earlier_runs_are_judged_by(library, tried, monkeypatch):
    may_end = threading.Event()

    def slow(config):
        may_end.wait(60)
        return 1000.0

    monkeypatch.setattr(trial, "seconds_of_an_epoch", slow)
    monkeypatch.setattr(expected, "PATIENCE", 0.05)
    by_runs = expected_seconds([(CONFIG, 0)])
    assert 0 < by_runs < 1000
    may_end.set()
    monkeypatch.setattr(expected, "PATIENCE", 60)
    assert expected_seconds([(CONFIG, 0)]) == 1000 * CONFIG.epochs


@pytest.mark.parametrize(
    "error", [DataMissing("mnist is not on this machine"), RuntimeError("can't allocate memory"), MemoryError()]
)
def test_where_a_trial_fails_earlier_runs_are_judged_by(library, tried, monkeypatch, error):
    def fail(config):
        raise error

    by_trial = expected_seconds([(CONFIG, 0)])
    monkeypatch.setattr(trial, "seconds_of_an_epoch", fail)
    expected._trial.cache.clear()
    assert expected_seconds([(CONFIG, 0)]) not in (None, by_trial)
