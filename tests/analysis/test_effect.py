"""Effects beside seeds' noise, on made figures of which the answer is known."""

import math

import numpy as np
import pytest
from scipy import stats

from explorer.analysis.effect import Effect, band_name, effect, spread


def test_differences_are_paired_by_seed():
    """Seeds differ by hundreds here, the two values by 5 within each: only pairs see that."""
    rng = np.random.default_rng(0)
    before = {seed: 100.0 * seed for seed in range(5)}
    after = {seed: 100.0 * seed + 5 + rng.normal(0, 0.1) for seed in range(5)}
    found = effect(before, after)
    literal = [after[seed] - before[seed] for seed in range(5)]
    assert found.difference == pytest.approx(sum(literal) / 5)
    assert found.standard_error == pytest.approx(stats.sem(literal))
    assert found.exceeds_noise
    assert abs(np.mean(list(after.values())) - np.mean(list(before.values()))) < np.std(list(before.values()))


def test_noise_is_no_effect():
    """Of made studies without an effect, one in 8 with five seeds still exceeds two standard errors (t, 4 degrees)."""
    rng = np.random.default_rng(1)
    found = [effect(dict(enumerate(rng.normal(size=5))), dict(enumerate(rng.normal(size=5)))) for _ in range(2000)]
    false = np.mean([each.exceeds_noise for each in found])
    assert false == pytest.approx(2 * stats.t.sf(2, 4), abs=0.03)


def test_an_effect_of_three_noises_is_found():
    rng = np.random.default_rng(2)
    draws = [rng.normal(size=(2, 5)) for _ in range(500)]
    found = [effect(dict(enumerate(a)), dict(enumerate(b + 3))) for a, b in draws]
    assert np.mean([each.exceeds_noise and each.difference > 0 for each in found]) > 0.9


@pytest.mark.parametrize("seeds", [0, 1, 2])
def test_nothing_is_said_below_three_seeds(seeds):
    figures = {seed: float(seed) for seed in range(seeds)}
    assert effect(figures, {seed: value + 5 for seed, value in figures.items()}) is None


def test_only_seeds_that_have_both_count():
    found = effect({0: 1.0, 1: 2.0, 2: 3.0, 7: 50.0}, {0: 2.0, 1: 3.0, 2: 4.0, 8: -50.0})
    assert found == Effect(1.0, 0.0, 3)
    assert found.exceeds_noise
    assert found.standard_errors == math.inf


def test_equal_figures_are_no_effect():
    same = {0: 1.0, 1: 2.0, 2: 3.0}
    assert not effect(same, same).exceeds_noise
    assert effect(same, same).standard_errors == 0


@pytest.mark.parametrize("seeds", [5, 10])
def test_the_band_of_many_seeds_is_students_interval(seeds):
    values = np.random.default_rng(seeds).normal(3, 2, seeds)
    low, high = stats.t.interval(0.95, seeds - 1, loc=values.mean(), scale=stats.sem(values))
    assert (spread(values).low, spread(values).high) == pytest.approx((low, high))
    assert band_name(seeds) == "a 95 % t-interval of the mean"


def test_the_band_of_few_seeds_is_their_range():
    assert (spread([3.0, 1.0, 2.0]).low, spread([3.0, 1.0, 2.0]).high) == (1.0, 3.0)
    assert band_name(3) == "from the lowest to the highest seed"
    assert band_name(1) == ""
