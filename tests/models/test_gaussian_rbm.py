"""The Gaussian–Bernoulli RBM against literal sums over its hidden states, and its learning rule number by number."""

import itertools
import math

import numpy as np
import pytest
import torch

from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.rbm import RBM
from explorer.models.sampling import Coins
from explorer.models.units import Gaussian
from explorer.training.randomness import Stream, generator

V, H = 3, 4
HIDDEN = torch.tensor(list(itertools.product([0.0, 1.0], repeat=H)), dtype=torch.double)


def random_rbm(variance=0.6, *, learned=False):
    rbm = RBM(V, H, visible=Gaussian(variance, learned=learned))
    draws = torch.Generator().manual_seed(4)
    for tensor in (rbm.W, rbm.a, rbm.b):
        tensor.normal_(0, 0.7, generator=draws)
    return rbm


def literal_energy(rbm, v, h):
    """Σ vᵢ²/2σ² − Σ vᵢ(aᵢ + Σⱼ Wᵢⱼhⱼ)/σ² − Σ bⱼhⱼ, one number at a time."""
    variance = float(rbm.visible.variance)
    energy = 0.0
    for i in range(V):
        driven = float(rbm.a[i]) + sum(float(rbm.W[i, j]) * float(h[j]) for j in range(H))
        energy += float(v[i]) ** 2 / (2 * variance) - float(v[i]) * driven / variance
    return energy - sum(float(rbm.b[j]) * float(h[j]) for j in range(H))


def some_v(n=5):
    return torch.randn(n, V, generator=torch.Generator().manual_seed(2))


def test_energy_and_free_energy_are_the_literal_ones():
    rbm = random_rbm()
    for v in some_v():
        energies = [literal_energy(rbm, v, h) for h in HIDDEN]
        found = rbm.energy(v.repeat(len(HIDDEN), 1), HIDDEN.float())
        np.testing.assert_allclose(found, energies, rtol=1e-4, atol=1e-4)
        free = -math.log(sum(math.exp(-energy) for energy in energies))
        assert float(rbm.free_energy(v[None])) == pytest.approx(free, abs=1e-4)


def test_hidden_probabilities_follow_from_the_energies():
    rbm = random_rbm()
    for v in some_v():
        weights = np.exp([-literal_energy(rbm, v, h) for h in HIDDEN])
        expected = (weights[:, None] * HIDDEN.numpy()).sum(axis=0) / weights.sum()
        np.testing.assert_allclose(rbm.mean_hidden(v[None])[0], expected, atol=1e-5)


def test_long_chains_sample_the_mixture_of_normal_distributions():
    """p(h) ∝ exp(bᵀh + ‖a + Wh‖² / 2σ²), and v is normal around a + Wh: means and variances of the pixels."""
    rbm = random_rbm()
    W, a, b, variance = rbm.W.double(), rbm.a.double(), rbm.b.double(), float(rbm.visible.variance)
    centres = HIDDEN @ W.T + a
    p = torch.softmax(HIDDEN @ b + centres.square().sum(dim=1) / (2 * variance), dim=0)
    mean = p @ centres
    spread = variance + p @ (centres - mean).square()
    v, _ = rbm.gibbs(torch.Generator().manual_seed(0), v=torch.zeros(20_000, V), steps=200)
    np.testing.assert_allclose(v.mean(dim=0), mean, atol=5 * math.sqrt(float(spread.max()) / 20_000))
    np.testing.assert_allclose(v.var(dim=0), spread, rtol=0.08)


class LiteralLearner:
    """CD-k with numpy in double precision, one image at a time; draws in the learner's order."""

    def __init__(self, config, state, model):
        self.config = config
        self.W, self.a, self.b = (state[name].double().numpy() for name in "Wab")
        self.log_variance = float(model.visible.log_variance)

    def train_batch(self, v, draws):
        n, variance = len(v), math.exp(self.log_variance)
        h = h_data = self.coins(self.hidden(v), draws)
        for step in range(1, self.config.cd_k + 1):
            mean = h @ self.W.T + self.a
            noise = torch.empty(n, V).normal_(generator=draws).double().numpy()
            chain = mean + math.sqrt(variance) * noise
            p = self.hidden(chain)
            if step < self.config.cd_k:
                h = self.coins(p, draws)
        rate = self.config.learning_rate / n
        steps = {"W": np.zeros_like(self.W), "a": np.zeros(V), "b": np.zeros(H), "z": 0.0}
        for sign, vs, hs in ((1, v, h_data), (-1, chain, p)):
            for v_n, h_n in zip(vs, hs, strict=True):
                steps["W"] += sign * np.outer(v_n, h_n) / variance
                steps["a"] += sign * v_n / variance
                steps["b"] += sign * h_n
                steps["z"] += sign * (v_n @ v_n / 2 - v_n @ (self.a + self.W @ h_n)) / variance
        if self.config.learned_variance:
            self.log_variance += rate * steps["z"] / V
        self.W, self.a, self.b = self.W + rate * steps["W"], self.a + rate * steps["a"], self.b + rate * steps["b"]

    def hidden(self, v):
        return 1 / (1 + np.exp(-(v @ self.W / math.exp(self.log_variance) + self.b)))

    @staticmethod
    def coins(p, draws):
        p = torch.tensor(p, dtype=torch.float32)
        return Coins(p.numel(), "cpu")(p, draws, torch.empty_like(p)).double().numpy()


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("cd_k", [1, 3])
def test_updates_equal_the_literal_ones(cd_k, learned):
    config = GaussianRBMConfig(
        dataset="mnist-5k",
        hidden_units=H,
        batch_size=6,
        learning_rate=0.1,
        initial_std=0.5,
        cd_k=cd_k,
        variance=0.4,
        learned_variance=learned,
    )
    pixels = torch.randint(256, (12, V), dtype=torch.uint8, generator=torch.Generator().manual_seed(8))
    learner = config.new_learner((1, V), generator(1, 0, Stream.TRAINING))
    learner.prepare(pixels, {})
    literal = LiteralLearner(config, learner.state(), learner.model)
    grey = pixels.double().numpy() / 255
    seen = (grey - grey.mean()) / grey.std()
    np.testing.assert_allclose(learner.model.a, seen.mean(axis=0), atol=1e-5)
    for epoch in (1, 2):
        draws = generator(1, epoch, Stream.TRAINING)
        learner.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for first in (0, 6):
            learner.train_batch(pixels[first : first + 6])
            literal.train_batch(seen[first : first + 6], draws)
            for name in "Wab":
                np.testing.assert_allclose(learner.state()[name], getattr(literal, name), atol=2e-5, err_msg=name)
            assert float(learner.model.visible.log_variance) == pytest.approx(literal.log_variance, abs=1e-5)
    assert ("log_variance" in learner.state()) == learned
    assert (abs(literal.log_variance - math.log(0.4)) > 1e-3) == learned


def test_the_step_of_the_variance_is_minus_the_derivative_of_the_energies():
    """By central differences of E(v, h) in log σ², at the data minus at the chain's end."""
    rbm = random_rbm(learned=True)
    settings = GaussianRBMConfig(dataset="mnist-5k", batch_size=5, hidden_units=H, learning_rate=0.01)
    rule = ContrastiveDivergence(rbm, settings, torch.Generator().manual_seed(3))
    before = random_rbm(learned=True)
    rule.update(some_v())
    update = rule._full
    variance = float(before.visible.variance)

    def energies(log_variance):
        before.visible.log_variance.fill_(log_variance)
        v, h = update.v * variance, update.h.abs()
        return float(before.energy(v[:5], h[:5]).sum() - before.energy(v[5:], h[5:]).sum())

    middle, step = math.log(variance), 1e-2
    slope = (energies(middle + step) - energies(middle - step)) / (2 * step)
    moved = float(rbm.visible.log_variance) - middle
    assert moved == pytest.approx(-slope * 0.01 / (5 * V), rel=0.02)
