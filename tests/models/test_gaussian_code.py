import math

import numpy as np
import pytest
import torch

from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.interface import copy_tensors
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.units import Gaussian
from explorer.training.randomness import Stream, generator
from tests.models.literal import LiteralGaussian
from tests.models.random_models import all_states

TOY = {"dataset": "bars-and-stripes"}

GAUSSIAN = {
    "CD-1": {},
    "CD-3": {"cd_k": 3},
    "momentum": {"momentum": 0.7},
    "low momentum at the start": {"momentum": 0.9, "low_momentum_epochs": 2},
    "weight decay": {"weight_decay": 0.3},
    "everything": {"cd_k": 3, "momentum": 0.7, "weight_decay": 0.3},
    "more hidden than visible": {"hidden_units": 9, "cd_k": 2},
}


def code_rule(config, n_visible, draws):
    """CD of an RBM with a linear code, as the last layer of pre-training has it."""
    rbm = RBM(n_visible, config.hidden_units, hidden=Gaussian())
    rbm.draw_weights(config.initial_std, draws)
    return ContrastiveDivergence(rbm, config, draws, mean_chain=True)


@pytest.mark.parametrize("options", GAUSSIAN.values(), ids=GAUSSIAN)
def test_updates_of_a_gaussian_code_equal_the_literal_ones(options):
    """Three epochs of batches of 5, 5 and 3 rows of 7 activities."""
    config = RBMConfig(
        **TOY
        | {"hidden_units": 4, "batch_size": 5, "learning_rate": 0.3, "initial_std": 0.5, "binarize": "none"}
        | options
    )
    activities = torch.rand(13, 7, generator=torch.Generator().manual_seed(8))
    rule = code_rule(config, 7, generator(1, 0, Stream.TRAINING))
    literal = LiteralGaussian(config, rule.state())
    before = rule.rbm.W.clone()
    for epoch in (1, 2, 3):
        rule.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        literal.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for batch in activities.split(5):
            rule.update(batch)
            literal.train_batch(batch.tolist())
            for name, tensor in rule.state().items():
                last = name.removeprefix("velocity.")
                expected = torch.tensor(literal.velocity[last] if last != name else getattr(literal, last))
                torch.testing.assert_close(tensor, expected, rtol=0, atol=5e-5, msg=f"{name}, {epoch=}")
    assert not torch.allclose(rule.rbm.W, before, atol=0.05)


def gaussian_code(draws, cd_k, hidden):
    """A rule whose updates at learning rate 1 are its statistics, its weights, and 2000 binary rows of two patterns."""
    config = RBMConfig(
        hidden_units=hidden, cd_k=cd_k, learning_rate=1, batch_size=2000, binarize="none", initial_std=0, **TOY
    )
    rule = code_rule(config, 4, draws)
    for tensor in rule.state().values():
        tensor.normal_(0, 0.4, generator=draws)
    return rule, torch.tensor([[1.0, 0, 1, 1], [0, 0, 1, 0]]).repeat(1000, 1)


def mean_update(rule, data, repeats=100):
    """The mean of many updates from the same weights, and five standard errors of each number."""
    start = {name: x.detach().clone() for name, x in rule.state().items()}
    found = {name: [] for name in start}
    for _ in range(repeats):
        copy_tensors(start, rule.state())
        rule.update(data)
        for name, tensor in rule.state().items():
            found[name].append((tensor - start[name]).double())
    copy_tensors(start, rule.state())
    stacks = {name: torch.stack(values) for name, values in found.items()}
    return (
        {name: x.mean(dim=0) for name, x in stacks.items()},
        {name: 5 * x.std(dim=0) / repeats**0.5 for name, x in stacks.items()},
    )


def assert_near(found, expected, error):
    for name, value in expected.items():
        assert value.abs().max() > 5 * error[name].max()
        assert ((found[name] - value).abs() < error[name]).all(), name


def test_updates_of_a_gaussian_code_average_to_the_integral_over_the_noise(draws):
    """Gauss-Hermite quadrature over the noise of two code units, for CD-1."""
    rule, data = gaussian_code(draws, cd_k=1, hidden=2)
    mean, error = mean_update(rule, data)
    W, a, b = (rule.state()[name].double() for name in "Wab")
    points, weights = (torch.tensor(x) for x in np.polynomial.hermite_e.hermegauss(40))
    noise = torch.cartesian_prod(points, points)
    weight = torch.cartesian_prod(weights, weights).prod(dim=1) / (2 * math.pi)
    assert float(weight.sum()) == pytest.approx(1)
    expected = {"W": 0, "a": 0, "b": 0}
    for v in data[:2].double():
        h = v @ W + b
        chain = torch.sigmoid((h + noise) @ W.T + a)
        end = chain @ W + b
        expected["W"] += (torch.outer(v, h) - chain.T @ (weight[:, None] * end)) / 2
        expected["a"] += (v - weight @ chain) / 2
        expected["b"] += (h - weight @ end) / 2
    assert_near(mean, expected, error)


def test_a_long_chain_follows_the_gradient_but_for_the_spread_of_states(draws):
    """p(v) ∝ exp(aᵀv + vWb + ½‖vW‖²), summed over all v.

    Along the chain visible units are probabilities p, as in the paper: what states would add to ⟨vvᵀ⟩W at the chain's
    end, ⟨p(1 − p)⟩W, is missing. The rest of the difference is of third order in W, below 0.001 here.
    """
    rule, data = gaussian_code(draws, cd_k=50, hidden=2)
    rule.state()["W"].mul_(0.25)
    mean, error = mean_update(rule, data)
    W, a, b = (rule.state()[name].double().requires_grad_() for name in "Wab")

    def log_weight(v):
        return v @ a + v @ W @ b + (v @ W).square().sum(dim=1) / 2

    states = all_states(4).double()
    log_likelihood = log_weight(data[:2].double()).mean() - log_weight(states).logsumexp(dim=0)
    expected = dict(zip("Wab", torch.autograd.grad(log_likelihood, [W, a, b]), strict=True))
    with torch.no_grad():
        p = log_weight(states).softmax(dim=0) @ states
        unexplained = (mean["W"] - expected["W"]).abs().max()
        expected["W"] = expected["W"] + (p * (1 - p))[:, None] * W
    assert unexplained > 0.05
    assert_near(mean, expected, {name: x + 0.001 for name, x in error.items()})
