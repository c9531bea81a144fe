"""Units against what defines them: p(s | x) ∝ exp(T(s)·x − E(s)), summed or integrated number by number."""

import math

import numpy as np
import pytest
import torch

from explorer.models.observation import GREY, Binarized, Standardised
from explorer.models.units import BINARY, Gaussian

INPUTS = torch.tensor([[-1.5, 0.0, 0.4], [2.0, -0.3, 0.1]])
GRID = torch.linspace(-12, 12, 24_001, dtype=torch.double)


def states_of(units):
    """All states of one unit, and what each counts: 0 and 1, or a fine grid."""
    if units is BINARY:
        return torch.tensor([0.0, 1.0], dtype=torch.double), 1.0
    return GRID, float(GRID[1] - GRID[0])


def weights_of(units, x):
    """exp(T(s) x − E(s)) of every state of one unit."""
    s, width = states_of(units)
    told, energy = units.statistic(s[:, None])[:, 0], units.energy(s[:, None])
    return s, torch.exp(told * x - energy) * width


@pytest.mark.parametrize("units", [BINARY, Gaussian(1.0), Gaussian(0.3)], ids=["binary", "normal", "narrow"])
def test_mean_and_normaliser_are_sums_over_all_states(units):
    for row in INPUTS:
        total, means = 0.0, []
        for x in row.tolist():
            s, weights = weights_of(units, x)
            total += math.log(float(weights.sum()))
            means.append(float((s * weights).sum() / weights.sum()))
        assert float(units.log_normaliser(row)) == pytest.approx(total, abs=1e-5)
        np.testing.assert_allclose(units.mean(row), means, atol=1e-5)
        np.testing.assert_allclose(units.input_for(units.mean(row)), row, atol=1e-5)


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("variance", [1.0, 0.25])
def test_normal_states_are_spread_by_their_variance_around_their_means(variance, in_place):
    units = Gaussian(variance)
    means = torch.tensor([[-1.0, 0.5]]).repeat(40_000, 1)
    out = means if in_place else torch.empty_like(means)
    states = units.sampler(means.numel(), "cpu")(means, torch.Generator().manual_seed(0), out)
    assert states is out
    error = 5 * math.sqrt(variance / 40_000)
    np.testing.assert_allclose(states.mean(dim=0), [-1.0, 0.5], atol=error)
    np.testing.assert_allclose(states.var(dim=0), [variance] * 2, atol=5 * variance * math.sqrt(2 / 40_000))


def test_a_learned_variance_is_a_parameter_and_a_fixed_one_is_not():
    assert Gaussian(0.5).state() == {}
    assert Gaussian(0.5, learned=True).state()["log_variance"].item() == pytest.approx(math.log(0.5))


def test_standardised_pixels_have_mean_0_and_variance_1_in_training():
    data = torch.randint(256, (50, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    data[:, 0] = 0  # black in every image
    sees = Standardised()
    sees.fit(data)
    seen = sees.observe(data, torch.Generator())
    assert float(seen.mean()) == pytest.approx(0, abs=1e-6)
    assert float(seen.var(correction=0)) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(sees.picture(seen), data / 255, atol=1e-6)
    np.testing.assert_allclose(sees.mean(data), seen.mean(dim=0), atol=1e-6)
    assert sees.state()["pixel_std"].item() == pytest.approx(float((data / 255).std(correction=0)), rel=1e-5)


def test_images_of_one_grey_value_are_left_unscaled():
    sees = Standardised()
    sees.fit(torch.full((4, 9), 51, dtype=torch.uint8))
    assert sees.observe(torch.full((1, 9), 102, dtype=torch.uint8), torch.Generator()).tolist() == [
        pytest.approx([0.2] * 9)
    ]


def test_binary_observations_are_told_from_grey_ones():
    assert [Binarized(mode).binary for mode in ("sample", "threshold", "none")] == [True, True, False]
    assert not GREY.binary
    assert not Standardised().binary
