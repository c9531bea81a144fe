"""The density of real-valued pixels: by integration over a grid, and against mixtures of normal distributions."""

import itertools
import math

import numpy as np
import pytest
import torch

from explorer.analysis import measures
from explorer.analysis.ais import ais_log_partition, bracket_log_partition
from explorer.analysis.gaussian_rbm_measures import MEASURES
from explorer.analysis.likelihood import enumerable_units, exact_log_partition, log_likelihood
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.rbm import RBM
from explorer.models.units import Gaussian


def random_rbm(n_visible, n_hidden, variance):
    rbm = RBM(n_visible, n_hidden, visible=Gaussian(variance))
    draws = torch.Generator().manual_seed(4)
    for tensor in (rbm.W, rbm.a, rbm.b):
        tensor.normal_(0, 0.7, generator=draws)
    return rbm


def mixture_log_density(rbm, v):
    """log Σ_h p(h) N(v; a + Wh, σ²), with p(h) ∝ exp(bᵀh + ‖a + Wh‖² / 2σ²), in double precision."""
    W, a, b, variance = rbm.W.double(), rbm.a.double(), rbm.b.double(), float(rbm.visible.variance)
    hidden = torch.tensor(list(itertools.product([0.0, 1.0], repeat=rbm.n_hidden)), dtype=torch.double)
    centres = hidden @ W.T + a
    log_p = torch.log_softmax(hidden @ b + centres.square().sum(dim=1) / (2 * variance), dim=0)
    distance = (v.double()[:, None] - centres).square().sum(dim=-1)
    normal = -distance / (2 * variance) - rbm.n_visible / 2 * math.log(2 * math.pi * variance)
    return torch.logsumexp(log_p + normal, dim=1)


@pytest.mark.parametrize("variance", [0.3, 1.0])
@pytest.mark.parametrize(("n_visible", "n_hidden"), [(2, 4), (6, 3), (3, 9)])
def test_the_exact_density_is_that_of_the_mixture(n_visible, n_hidden, variance):
    rbm = random_rbm(n_visible, n_hidden, variance)
    v = torch.randn(7, n_visible, generator=torch.Generator().manual_seed(1))
    found = log_likelihood(rbm, v, exact_log_partition(rbm))
    np.testing.assert_allclose(found, mixture_log_density(rbm, v), atol=1e-4)


def test_only_the_binary_side_is_counted():
    assert enumerable_units(random_rbm(2, 9, 1.0)) == 9
    with pytest.raises(ValueError, match="2×23 units has too many states"):
        exact_log_partition(random_rbm(2, 23, 1.0))


def test_ais_agrees_with_the_exact_value():
    rbm = random_rbm(6, 5, 0.8)
    exact = exact_log_partition(rbm)
    draws = torch.Generator().manual_seed(0)
    estimate = ais_log_partition(rbm, 500, 300, draws)
    assert estimate.value == pytest.approx(exact, abs=max(5 * estimate.standard_error, 0.05))
    bracket = bracket_log_partition(rbm, torch.randn(50, 6, generator=draws), draws)
    assert bracket.forward == pytest.approx(exact, abs=0.3)
    assert bracket.reverse == pytest.approx(exact, abs=0.3)


def test_measured_densities_of_grey_values_integrate_to_one():
    """Over a grid of two pixels' grey values, far beyond 0 and 1, one image at a time: the Jacobian belongs to it."""
    config = GaussianRBMConfig(dataset="mnist-5k", hidden_units=3, variance=0.5)
    model = config.new_model((1, 2))
    draws = torch.Generator().manual_seed(4)
    for tensor in (model.W, model.b):
        tensor.normal_(0, 0.7, generator=draws)
    train = torch.randint(256, (40, 2), dtype=torch.uint8, generator=draws)
    model.sees.fit(train)
    bed = measures.TestBed(config, (1, 2), train, train, draws)
    measured = MEASURES.measure_heavy(model, bed, lambda: None)
    std = float(model.sees.std)
    grey = torch.linspace(-3, 4, 701)
    grid = torch.cartesian_prod(grey, grey)
    seen = (grid - float(model.sees.picture(torch.zeros(())))) / std
    density = log_likelihood(model, seen, exact_log_partition(model)) - 2 * math.log(std)
    assert float(density.exp().sum()) * float(grey[1] - grey[0]) ** 2 == pytest.approx(1, abs=1e-3)
    at = torch.stack([density[(torch.cdist(grid, x[None].float() / 255)).argmin()] for x in train]).mean()
    assert measured["log_likelihood"] == pytest.approx(float(at), abs=0.02)


def test_without_weights_the_density_is_that_of_independent_normal_pixels():
    """Σ log N(x; mean of the pixel, (σ · std)²), in grey values."""
    config = GaussianRBMConfig(dataset="mnist-5k", hidden_units=4, variance=0.5, initial_std=0)
    data = torch.randint(256, (30, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    learner = config.new_learner((3, 3), torch.Generator().manual_seed(0))
    learner.prepare(data, {})
    bed = measures.TestBed(config, (3, 3), data, data, torch.Generator().manual_seed(1))
    figures = MEASURES.measure_heavy(learner.model, bed, lambda: None)
    grey = data.double() / 255
    spread = math.sqrt(0.5) * float(grey.std(correction=0))
    normal = torch.distributions.Normal(grey.mean(dim=0), torch.full((9,), spread, dtype=torch.double))
    assert figures["log_likelihood"] == pytest.approx(float(normal.log_prob(grey).sum(dim=1).mean()), abs=1e-3)
    assert MEASURES.each_epoch(learner.model, bed)["noise"] == pytest.approx(spread, rel=1e-5)
