"""What an epoch takes, tried: of every kind, without a trace."""

import itertools

import pytest
import torch

from explorer.data.catalogue import CATALOGUE, load
from explorer.engine import trial
from explorer.engine.trial import seconds_of_an_epoch
from explorer.models.registry import KINDS
from tests.contract.tiny import tiny


@pytest.fixture
def clock(monkeypatch):
    """Each look at the clock is a second after the one before."""
    ticks = itertools.count()
    monkeypatch.setattr(trial.time, "perf_counter", lambda: float(next(ticks)))


@pytest.mark.parametrize("kind", KINDS)
def test_steps_of_a_second_make_an_epoch_of_as_many_and_one_of_figures(kind, clock):
    config = tiny(kind)
    rows = len(config.training_rows(load(config.dataset)))
    assert config.images_per_epoch == rows
    assert seconds_of_an_epoch(config) == pytest.approx(rows / config.batch_size + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_some_images_suffice_for_a_trial(kind, monkeypatch):
    """Fewer than the data set has, as of MNIST."""
    config = tiny(kind)
    monkeypatch.setattr(trial, "IMAGES", len(load(config.dataset).test) // 2)
    assert seconds_of_an_epoch(config) > 0


def test_of_large_batches_a_part_is_tried(clock, monkeypatch):
    config = tiny("rbm")
    monkeypatch.setattr(trial, "STEP_COST", 9 * config.cost(CATALOGUE[config.dataset].shape))
    assert seconds_of_an_epoch(config.model_copy(update={"batch_size": 100})) == pytest.approx(
        config.images_per_epoch / 9 + 1
    )


def test_a_trial_leaves_chance_and_threads_as_they_are():
    before = torch.get_rng_state(), torch.get_num_threads()
    assert seconds_of_an_epoch(tiny("vae")) > 0
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]
