"""The bounds and the integral against likelihoods that are known in closed form or by another rule of integration."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from explorer.analysis.bounds import importance_bound, importance_weights, nested_bounds, quadrature
from explorer.models.vae import VAE, VAEConfig
from explorer.models.variational import VariationalModel, log_mean_exp, log_weights

V, B = 16, 6
POINTS = 100  # of a Gauss-Hermite rule on each axis


class LinearGaussian(VariationalModel):
    """p(x|z) = N(W z + b, s² I) with orthogonal columns of W: log p(x) and q(z|x) are known exactly."""

    decoder = "gaussian"

    def __init__(self, latents, pixels=8, scale=1.0, std=0.7, seed=0):
        draws = torch.Generator().manual_seed(seed)
        self.latent_size, self.std = latents, std
        axes, _ = torch.linalg.qr(torch.randn(pixels, latents, generator=draws))
        self.parameters = {"W": scale * axes, "b": torch.randn(pixels, generator=draws)}

    def initialize(self, generator):  # noqa: ARG002
        raise AssertionError("its parameters are drawn when it is made")

    def encode(self, x):
        W, b = self.parameters.values()
        precision = 1 + W.square().sum(dim=0) / self.std**2
        mean = (x - b) @ W / self.std**2 / precision
        return mean, -precision.log().expand(mean.shape)

    def pixel_parameters(self, z):
        W, b = self.parameters.values()
        return z @ W.T + b

    def gaussian_pixels(self, raw):
        return raw, torch.full_like(raw, 2 * math.log(self.std))

    def latent_weights(self):
        return self.parameters["W"].T

    def exact(self, x):
        W, b = (tensor.double() for tensor in self.parameters.values())
        return MultivariateNormal(b, W @ W.T + self.std**2 * torch.eye(len(b))).log_prob(x.double())


def random_vae(latents, decoder="bernoulli", spread=2.0):
    """A VAE whose encoder knows nothing of its decoder, so that its bounds are not tight."""
    config = VAEConfig(dataset="bars-and-stripes", latent_size=latents, hidden_units=6, decoder=decoder)
    model = config.new_model((4, 4))
    draws = torch.Generator().manual_seed(latents)
    for name, tensor in model.state().items():
        tensor.normal_(0, spread / math.sqrt(len(tensor)) if name.endswith("W") else 0.5, generator=draws)
    return model


def some_images(count=B):
    return (torch.rand(count, V, generator=torch.Generator().manual_seed(4)) < 0.5).float()


def gauss_hermite(model, x):
    """∫ p(x|z) N(z; 0, I) dz by a rule that has nothing in common with equal steps."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    grids = np.meshgrid(*[nodes] * model.latent_size)
    z = torch.tensor(np.stack([grid.ravel() for grid in grids], axis=1), dtype=torch.float32)
    mass = np.prod(np.meshgrid(*[weights / math.sqrt(2 * math.pi)] * model.latent_size), axis=0).ravel()
    log_p = torch.stack([model.log_prob(image.expand(len(z), -1), z) for image in x]).double()
    return torch.logsumexp(log_p + torch.tensor(mass).log(), dim=1)


# the integral


@pytest.mark.parametrize("latents", [1, 2])
def test_a_decoder_without_latents_has_the_likelihood_of_its_biases(latents):
    model = random_vae(latents)
    state = model.state()
    state["decoder.2.W"].zero_()
    x = some_images()
    expected = Bernoulli(logits=state["decoder.2.b"]).log_prob(x).sum(dim=1)
    found = quadrature(model, x, step=0.1)
    assert found.shape == (B,)
    torch.testing.assert_close(found, expected.double(), rtol=0, atol=1e-5)
    bound = importance_bound(model, x, 2000, torch.Generator().manual_seed(0))
    assert (bound <= expected + 0.2).all()


@pytest.mark.parametrize("latents", [1, 2])
def test_linear_gaussian_models_have_the_likelihood_of_a_gaussian(latents):
    model = LinearGaussian(latents)
    draws = torch.Generator().manual_seed(1)
    x = torch.randn(B, latents, generator=draws) @ model.parameters["W"].T + model.parameters["b"]
    x = x + model.std * torch.randn(x.shape, generator=draws)
    torch.testing.assert_close(quadrature(model, x, step=0.05), model.exact(x), rtol=0, atol=1e-4)


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("latents", [1, 2])
def test_quadrature_agrees_with_a_gauss_hermite_rule(latents, decoder):
    model, x = random_vae(latents, decoder, spread=1.0), some_images(3)
    if decoder == "gaussian":
        x = 0.3 + 0.4 * x
    torch.testing.assert_close(quadrature(model, x, step=0.05), gauss_hermite(model, x), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("latents", [1, 2])
def test_half_the_step_changes_nothing(latents):
    model, x = random_vae(latents), some_images()
    torch.testing.assert_close(quadrature(model, x, step=0.1), quadrature(model, x, step=0.05), rtol=0, atol=1e-4)


def test_all_likelihoods_of_a_discrete_model_sum_to_one():
    """4,096 pictures of 3×4 pixels are all there are."""
    config = VAEConfig(dataset="bars-and-stripes", latent_size=1, hidden_units=6)
    model = config.new_model((3, 4))
    draws = torch.Generator().manual_seed(0)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 12)
    assert float(quadrature(model, x).exp().sum()) == pytest.approx(1, abs=1e-4)


def test_quadrature_reaches_latents_far_from_the_prior():
    model = LinearGaussian(2, scale=1.0, std=0.1)
    x = torch.tensor([[7.0, 0.0], [0.0, -8.0]]) @ model.parameters["W"].T + model.parameters["b"]
    torch.testing.assert_close(quadrature(model, x), model.exact(x), rtol=0, atol=0.1)


def test_a_posterior_without_bounds_does_not_fill_the_memory():
    """As of an encoder that is about to diverge, or of β = 0: σ of 20,000."""
    model = random_vae(2)
    state = model.state()
    state["encoder.2.b"][2:] = 20
    state["decoder.2.W"].zero_()
    expected = Bernoulli(logits=state["decoder.2.b"]).log_prob(some_images()).sum(dim=1)
    torch.testing.assert_close(quadrature(model, some_images()).float(), expected, rtol=0, atol=1e-3)


def test_more_than_two_latents_are_refused():
    with pytest.raises(ValueError, match=r"1 or 2 latents, not 3; take importance_bound"):
        quadrature(random_vae(3), some_images())


def test_quadrature_can_be_ended(monkeypatch):
    monkeypatch.setattr(VAE, "decoded_at_once", 400)  # a hundred latents at once
    beats = []

    def third_time():
        beats.append(None)
        if len(beats) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        quadrature(random_vae(1), some_images(), pulse=third_time)  # 401 latents or more
    whole = []
    found = quadrature(random_vae(1), some_images(), pulse=lambda: whole.append(None))
    assert len(whole) >= 5
    monkeypatch.undo()
    torch.testing.assert_close(found, quadrature(random_vae(1), some_images()), rtol=0, atol=1e-5)


# the bounds


@pytest.mark.parametrize("samples", [1, 5, 33])
def test_a_perfect_encoder_leaves_no_gap(samples, monkeypatch):
    """Then each weight is p(x) itself, however many there are and in how many parts they are drawn."""
    model = LinearGaussian(3)
    x = torch.randn(B, 8, generator=torch.Generator().manual_seed(1))
    for at_once in (20_000, 7 * B, 1):
        monkeypatch.setattr(LinearGaussian, "decoded_at_once", at_once)
        bound = importance_bound(model, x, samples, torch.Generator().manual_seed(2))
        assert bound.shape == (B,)
        torch.testing.assert_close(bound.double(), model.exact(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("latents", [1, 2])
def test_bounds_rise_with_the_samples_and_stay_below_the_likelihood(latents):
    """L₁ ≤ L₅ ≤ L₅₀ ≤ log p(x), by Burda et al.'s theorem 1; each mean with the error of its repetitions."""
    model, x, repeats = random_vae(latents), some_images(), 400
    means, errors = [], []
    for samples in (1, 5, 50):
        many = importance_bound(model, x.repeat(repeats, 1), samples, torch.Generator().manual_seed(samples))
        many = many.view(repeats, B)
        means.append(many.mean(dim=0))
        errors.append(many.std(dim=0) / repeats**0.5)
    for lower, upper in ((0, 1), (1, 2)):
        error = (errors[lower].square() + errors[upper].square()).sqrt()
        assert (means[lower] < means[upper] + 4 * error).all()
        assert means[upper].mean() - means[lower].mean() > 4 * error.square().mean().sqrt()  # the gap is there
    likelihood = quadrature(model, x, step=0.05)
    assert (means[2] < likelihood + 4 * errors[2]).all()
    assert likelihood.mean() - means[0].mean() > 1


def test_one_sample_gives_the_elbo():
    model, x, n = random_vae(2, spread=1.0), some_images(), 2000
    ones = importance_bound(model, x.repeat(n, 1), 1, torch.Generator().manual_seed(0)).view(n, B)
    mean, log_variance = model.encode(x)
    q = Normal(mean, (0.5 * log_variance).exp())
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum(dim=1)
    z = q.mean + q.stddev * torch.randn(n, B, 2, generator=torch.Generator().manual_seed(1))
    log_p = Bernoulli(logits=model.pixel_parameters(z.flatten(0, 1)).view(n, B, V)).log_prob(x).sum(dim=-1)
    error = ((ones.var(dim=0) + log_p.var(dim=0)) / n).sqrt()
    assert ((ones.mean(dim=0) - (log_p.mean(dim=0) - kl)).abs() < 5 * error).all()


def test_many_samples_from_the_prior_give_the_likelihood():
    """An encoder of zeros answers with the prior: the mean of p(x|z) over it is p(x)."""
    model, x, n = random_vae(2), some_images(), 20_000
    for name, tensor in model.state().items():
        if name.startswith("encoder"):
            tensor.zero_()
    weights = log_weights(model, x, n, torch.Generator().manual_seed(1)).exp()
    error = weights.std(dim=0) / weights.mean(dim=0) / n**0.5  # of the logarithm of their mean
    bound = importance_bound(model, x, n, torch.Generator().manual_seed(2))
    assert error.max() < 0.1
    assert ((bound - quadrature(model, x, step=0.05)).abs() < 5 * error).all()


def test_parts_equal_one_go_in_expectation(monkeypatch):
    model, x, repeats = random_vae(2), some_images(), 200
    at_once = importance_bound(model, x.repeat(repeats, 1), 12, torch.Generator().manual_seed(0)).view(repeats, B)
    monkeypatch.setattr(VAE, "decoded_at_once", 5 * repeats * B)  # parts of 5, 5 and 2 samples
    beats = []
    parts = importance_bound(
        model, x.repeat(repeats, 1), 12, torch.Generator().manual_seed(1), lambda: beats.append(None)
    ).view(repeats, B)
    assert len(beats) == 3
    error = ((at_once.var(dim=0) + parts.var(dim=0)) / repeats).sqrt()
    assert ((at_once.mean(dim=0) - parts.mean(dim=0)).abs() < 5 * error).all()


def test_nested_bounds_are_the_bounds_of_groups_of_the_same_weights():
    weights = importance_weights(random_vae(2), some_images(), 20, torch.Generator().manual_seed(0))
    found = nested_bounds(weights, (1, 5, 10, 20))
    assert found.shape == (4, B)
    torch.testing.assert_close(found[0], weights.mean(dim=0))
    torch.testing.assert_close(found[3], log_mean_exp(weights))
    groups = torch.stack([log_mean_exp(weights[first : first + 5]) for first in range(0, 20, 5)])
    torch.testing.assert_close(found[1], groups.mean(dim=0))
    assert (found.diff(dim=0) >= 0).all()
    with pytest.raises(ValueError, match="20 samples cannot be split into groups of 3"):
        nested_bounds(weights, (1, 3))


def test_a_gaussian_decoder_is_integrated_as_its_density_says():
    model = VAEConfig(dataset="bars-and-stripes", latent_size=1, hidden_units=5, decoder="gaussian").new_model((2, 3))
    draws = torch.Generator().manual_seed(0)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    x = torch.rand(4, 6, generator=draws)
    z = torch.arange(-5, 5.001, 0.1)[:, None]
    prior = torch.distributions.Normal(0, 1).log_prob(z[:, 0])
    for image, found in zip(x, quadrature(model, x, step=0.1), strict=True):
        joint = model.log_prob(image.expand(len(z), -1), z) + prior
        assert float(found) >= float(torch.logsumexp(joint.double(), 0)) + math.log(0.1) - 1e-3  # it may reach farther


def test_the_same_seed_gives_the_same_bound():
    model, x = random_vae(2), some_images()
    first, same, other = (importance_bound(model, x, 7, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
