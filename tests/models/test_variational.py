"""The bound and its terms against torch.distributions, and the learning rule against one written out from the papers.

B images, V pixels, Z latents, K samples.
"""

import math
from itertools import islice

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from explorer.data.catalogue import load
from explorer.models.adam import Adam
from explorer.models.sampling import binarize
from explorer.models.vae import VAEConfig
from explorer.models.variational import bound_terms, draw_latents, kl_to_prior, log_mean_exp, log_normal, log_weights
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

V, Z, B = 6, 2, 5
SHAPE = (2, 3)
TINY = {"dataset": "bars-and-stripes", "latent_size": Z, "hidden_units": 4, "encoder_layers": 1, "decoder_layers": 1}


@pytest.fixture
def normals(draws):
    """μ and log σ² of B images."""
    return torch.randn(B, Z, generator=draws), torch.randn(B, Z, generator=draws)


def tiny_learner(**options):
    """A learner of images of 2×3 pixels, with weights large enough for every term to matter."""
    config = VAEConfig(**TINY | {"binarize": "threshold"} | options)
    learner = config.new_learner(SHAPE, torch.Generator().manual_seed(3))
    with torch.no_grad():
        for tensor in learner.model.state().values():
            tensor.mul_(2)
    return learner


def tiny_pixels(count=B):
    return torch.randint(256, (count, V), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))


def binary(pixels):
    return (pixels > 127).float()


# the terms


def test_kl_is_that_of_torchs_distributions(normals):
    mean, log_variance = normals
    q = Normal(mean, (0.5 * log_variance).exp())
    expected = kl_divergence(q, Normal(torch.zeros(()), torch.ones(())))
    torch.testing.assert_close(kl_to_prior(mean, log_variance), expected, rtol=1e-5, atol=1e-6)
    assert not kl_to_prior(torch.zeros(3), torch.zeros(3)).any()


def test_log_normal_is_torchs_density_summed_over_the_last_axis(normals, draws):
    mean, log_variance = normals
    x = torch.randn(7, B, Z, generator=draws)
    expected = Independent(Normal(mean, (0.5 * log_variance).exp()), 1).log_prob(x)
    assert expected.shape == (7, B)
    torch.testing.assert_close(log_normal(x, mean, log_variance), expected, rtol=1e-5, atol=1e-5)


def test_latents_are_drawn_from_the_posterior(normals, draws):
    mean, log_variance = normals
    n = 20_000
    z = draw_latents(mean, log_variance, n, draws)
    assert z.shape == (n, B, Z)
    noise = ((z - mean) / (0.5 * log_variance).exp()).flatten(1)  # ε, (n, B·Z)
    assert noise.mean(dim=0).abs().max() < 5 / n**0.5
    covariance = noise.T @ noise / n
    assert (covariance - torch.eye(B * Z)).abs().max() < 5 * 2**0.5 / n**0.5  # variances of ε² and of ε ε′: 2 and 1
    share = (noise.abs() < 1).float().mean()
    assert float(share) == pytest.approx(math.erf(0.5**0.5), abs=5 * 0.47 / (n * B * Z) ** 0.5)


def test_gradients_reach_mean_and_variance(normals):
    mean, log_variance = (x.requires_grad_() for x in normals)
    z = draw_latents(mean, log_variance, 3, torch.Generator().manual_seed(1))
    z.sum().backward()
    assert torch.equal(mean.grad, torch.full((B, Z), 3.0))
    spread = (z - mean).detach().sum(dim=0)  # Σₖ σ εₖ, and ∂z/∂ log σ² is half of it
    torch.testing.assert_close(log_variance.grad, spread / 2, rtol=1e-5, atol=1e-6)


def test_log_mean_exp_is_what_it_says_and_bears_large_numbers(draws):
    w = torch.randn(9, 4, generator=draws, dtype=torch.double)
    torch.testing.assert_close(log_mean_exp(w), w.exp().mean(dim=0).log())
    torch.testing.assert_close(log_mean_exp(w - 1e4), w.exp().mean(dim=0).log() - 1e4)
    torch.testing.assert_close(log_mean_exp(w + 1e4), w.exp().mean(dim=0).log() + 1e4)
    assert torch.equal(log_mean_exp(w[:1]), w[0])


def literal_log_weights(model, x, z, beta):
    """log p(x|z) + β (log p(z) − log q(z|x)), one sample of one image after the other."""
    mean, log_variance = model.encode(x)
    rows = []
    for sample in z:
        row = []
        for image in range(len(x)):
            logits = model.pixel_parameters(sample[image][None])[0]
            p = sum(Bernoulli(logits=logits[i]).log_prob(x[image, i]) for i in range(x.shape[1]))
            for j in range(z.shape[2]):
                q = Normal(mean[image, j], (0.5 * log_variance[image, j]).exp())
                p = p + beta * (Normal(0.0, 1.0).log_prob(sample[image, j]) - q.log_prob(sample[image, j]))
            row.append(p)
        rows.append(torch.stack(row))
    return torch.stack(rows)


@pytest.mark.parametrize("beta", [1.0, 0.3, 0.0])
def test_log_weights_equal_the_literal_ones(beta):
    model, x = tiny_learner().model, binary(tiny_pixels())
    weights = log_weights(model, x, 4, torch.Generator().manual_seed(7), beta)
    noise = torch.randn(4, B, Z, generator=torch.Generator().manual_seed(7))
    mean, log_variance = model.encode(x)
    expected = literal_log_weights(model, x, mean + noise * (0.5 * log_variance).exp(), beta)
    assert weights.shape == (4, B)
    torch.testing.assert_close(weights, expected, rtol=1e-5, atol=1e-5)


def test_mean_log_weights_tend_to_the_terms_of_the_bound():
    """E_q[log w] = E_q[log p(x|z)] − KL, whose second term is known exactly."""
    model, x, n = tiny_learner().model, binary(tiny_pixels()), 4000
    with torch.no_grad():
        weights = log_weights(model, x, n, torch.Generator().manual_seed(1))
        z = draw_latents(*model.encode(x), n, torch.Generator().manual_seed(2))
        reconstructions = model.log_prob(x, z)
        reconstruction, kl = bound_terms(model, x, torch.Generator().manual_seed(2))
    assert reconstruction.shape == kl.shape == (B,)
    error = 5 * ((weights.var(dim=0) + reconstructions.var(dim=0)) / n).sqrt()
    assert ((weights.mean(dim=0) - (reconstructions.mean(dim=0) - kl)).abs() < error).all()
    one = draw_latents(*model.encode(x), 1, torch.Generator().manual_seed(2))
    assert torch.equal(reconstruction, model.log_prob(x, one)[0].detach())


def test_what_a_model_makes_of_images_and_of_nothing():
    model, x = tiny_learner().model, binary(tiny_pixels())
    z = torch.randn(4, Z, generator=torch.Generator().manual_seed(9))
    torch.testing.assert_close(model.decode(z), Bernoulli(logits=model.pixel_parameters(z)).mean)
    assert torch.equal(model.reconstruct(x), model.decode(model.encode(x)[0]))
    assert torch.equal(model.sample(4, torch.Generator().manual_seed(9)), model.decode(z))


# the learning rule


def literal_loss(state, x, noise, k, beta):
    """The loss of one hidden layer of softplus units on either side, written out; noise (K, B, Z)."""

    def layers(side, y):
        hidden = torch.log1p(torch.exp(y @ state[f"{side}.0.W"] + state[f"{side}.0.b"]))
        return hidden @ state[f"{side}.1.W"] + state[f"{side}.1.b"]

    code = layers("encoder", x)
    mean, std = code[:, :Z], torch.exp(code[:, Z:] / 2)
    z = mean + noise * std
    p = torch.sigmoid(layers("decoder", z))
    log_p = (x * p.log() + (1 - x) * (1 - p).log()).sum(dim=-1)
    if k == 1:
        kl = (mean**2 + std**2 - 1 - 2 * std.log()).sum(dim=-1) / 2
        return beta * kl.mean() - log_p[0].mean()
    q = (-0.5 * ((z - mean) / std) ** 2 - std.log()).sum(dim=-1)
    prior = (-0.5 * z**2).sum(dim=-1)
    weights = torch.exp(log_p + beta * (prior - q))
    return -torch.log(weights.sum(dim=0) / k).mean()


BOUNDS = [(1, 1.0), (1, 4.0), (1, 0.0), (3, 1.0), (3, 0.25)]


def noise_for(k, seed):
    return torch.randn(k, B, Z, generator=torch.Generator().manual_seed(seed)).double()


@pytest.mark.parametrize(("k", "beta"), BOUNDS)
def test_the_gradient_is_that_of_the_bound_written_out(k, beta, monkeypatch):
    learner = tiny_learner(importance_samples=k, beta=beta)
    actual = {}

    def note_gradients(_, loss):
        tensors = learner.model.state()
        actual.update(zip(tensors, torch.autograd.grad(loss, list(tensors.values())), strict=True))

    monkeypatch.setattr(Adam, "minimize", note_gradients)
    state = {name: x.detach().double().requires_grad_() for name, x in learner.model.state().items()}
    x = binary(tiny_pixels())
    learner.begin_epoch(1, torch.Generator().manual_seed(11))
    learner.train_batch(tiny_pixels())
    loss = literal_loss(state, x.double(), noise_for(k, 11), k, beta)
    for name, expected in zip(state, torch.autograd.grad(loss, list(state.values())), strict=True):
        assert expected.any()
        torch.testing.assert_close(actual[name].double(), expected, rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize(("k", "beta"), BOUNDS)
def test_the_gradient_agrees_with_finite_differences(k, beta):
    """Of the model's own functions, in double precision, with the noise held fixed."""
    model = tiny_learner().model
    for tensor in model.state().values():
        tensor.data = tensor.data.double()
    x = binary(tiny_pixels()).double()
    noise = noise_for(k, 11)

    def loss():
        mean, log_variance = model.encode(x)
        z = mean + noise * (0.5 * log_variance).exp()
        if k == 1:
            return beta * kl_to_prior(mean, log_variance).sum(dim=-1).mean() - model.log_prob(x, z)[0].mean()
        prior = log_normal(z, torch.zeros_like(z), torch.zeros_like(z))
        return -log_mean_exp(model.log_prob(x, z) + beta * (prior - log_normal(z, mean, log_variance))).mean()

    gradients = torch.autograd.grad(loss(), list(model.state().values()))
    step = 1e-5
    with torch.no_grad():
        for (name, tensor), gradient in zip(model.state().items(), gradients, strict=True):
            for place in range(tensor.numel()):
                value = tensor.view(-1)[place].clone()
                sides = []
                for sign in (1, -1):
                    tensor.view(-1)[place] = value + sign * step
                    sides.append(loss())
                tensor.view(-1)[place] = value
                slope = float(sides[0] - sides[1]) / (2 * step)
                assert float(gradient.view(-1)[place]) == pytest.approx(slope, rel=1e-6, abs=1e-8), (name, place)


@pytest.mark.parametrize(("k", "beta"), BOUNDS)
def test_updates_are_adams_on_the_bound_written_out(k, beta):
    """Four batches, the last one smaller, with torch's own Adam in double precision."""
    learner = tiny_learner(importance_samples=k, beta=beta, learning_rate=0.02, batch_size=B)
    state = {name: x.detach().double().requires_grad_() for name, x in learner.model.state().items()}
    adam = torch.optim.Adam(state.values(), lr=0.02)
    start = {name: x.detach().clone() for name, x in state.items()}
    draws, same = torch.Generator().manual_seed(13), torch.Generator().manual_seed(13)
    learner.begin_epoch(1, draws)
    for pixels in tiny_pixels(3 * B + 2).split(B):
        noise = torch.randn(k, len(pixels), Z, generator=same).double()
        adam.zero_grad()
        loss = literal_loss(state, binary(pixels).double(), noise, k, beta)
        loss.backward()
        adam.step()
        expected_loss = pytest.approx(float(loss.detach()), abs=1e-4)
        metrics = learner.train_batch(pixels)
        if k > 1:
            assert metrics.keys() == {"bound_train"}
            assert -metrics["bound_train"] == expected_loss
        else:
            assert metrics.keys() == {"elbo_train", "reconstruction_train", "kl_train"}
            assert beta * metrics["kl_train"] - metrics["reconstruction_train"] == expected_loss
            assert metrics["elbo_train"] == metrics["reconstruction_train"] - metrics["kl_train"]
        assert not any(value.requires_grad for value in metrics.values())
        for name, expected in state.items():
            torch.testing.assert_close(
                learner.model.state()[name].detach().double(), expected.detach(), rtol=0, atol=5e-4, msg=name
            )
    assert all((state[name] - x).abs().max() > 0.02 for name, x in start.items())
    assert learner.current_learning_rate == 0.02


@pytest.mark.parametrize("binarization", ["sample", "threshold", "none"])
def test_pixels_are_taken_as_asked(binarization):
    """With weights of 0 the reconstruction term is −V log 2 + Σ x l with logits l, here the decoder's biases."""
    learner = tiny_learner(binarize=binarization)
    state = learner.model.state()
    with torch.no_grad():
        for tensor in state.values():
            tensor.zero_()
        state["decoder.1.b"].copy_(torch.arange(V) - 2.5)
    logits = state["decoder.1.b"].detach().clone()
    pixels = tiny_pixels()
    learner.begin_epoch(1, torch.Generator().manual_seed(1))
    metrics = learner.train_batch(pixels)
    expected = {
        "sample": binarize(pixels, "sample", torch.Generator().manual_seed(1)),
        "threshold": binary(pixels),
        "none": pixels / 255,
    }[binarization]
    if binarization == "sample":  # a whole batch's worth of random bytes is drawn, of which these are the first
        binarizer_batch = torch.zeros(learner.config.batch_size, V, dtype=torch.uint8)
        binarizer_batch[:B] = pixels
        expected = binarize(binarizer_batch, "sample", torch.Generator().manual_seed(1))[:B]
        assert set(expected.unique().tolist()) == {0.0, 1.0}
    log_prob = (expected * logits - torch.log1p(logits.exp())).sum(dim=1).mean()
    assert float(metrics["reconstruction_train"]) == pytest.approx(float(log_prob), abs=1e-5)
    assert float(metrics["kl_train"]) == 0


@pytest.mark.parametrize(
    "options", [{}, {"importance_samples": 5}, {"decoder": "gaussian"}], ids=["k=1", "k=5", "gauss"]
)
def test_training_raises_the_bound(options):
    """Of 8 different pictures, of pixels that are 0 or 1, no model's mean log-likelihood is above −log 8."""
    images = torch.tensor(load("bars-and-stripes").test).unique(dim=0)[::4]
    assert len(images) == 8
    config = VAEConfig(
        **{"dataset": "bars-and-stripes", "latent_size": 3, "hidden_units": 24, "learning_rate": 0.01} | options
    )
    learner = config.new_learner((4, 4), torch.Generator().manual_seed(0))
    x = binary(images)

    def bound():
        with torch.no_grad():
            weights = log_weights(learner.model, x, 1000, torch.Generator().manual_seed(1))
        k = config.importance_samples
        return float(torch.stack([log_mean_exp(part) for part in weights.split(k)]).mean())

    before = bound()
    learner.begin_epoch(1, torch.Generator().manual_seed(2))
    for _ in range(300):
        learner.train_batch(images)
    assert bound() > before + 4
    if config.decoder == "bernoulli":
        assert bound() < -math.log(8) + 0.05


def test_a_smaller_beta_copies_better_and_a_larger_one_compresses_more():
    images = torch.tensor(load("bars-and-stripes").test)
    terms = []
    for beta in (0.1, 1.0, 10.0):
        config = VAEConfig(dataset="bars-and-stripes", latent_size=3, hidden_units=24, learning_rate=0.01, beta=beta)
        learner = config.new_learner((4, 4), torch.Generator().manual_seed(0))
        learner.begin_epoch(1, torch.Generator().manual_seed(2))
        for _ in range(200):
            metrics = learner.train_batch(images)
        terms.append((float(metrics["reconstruction_train"]), float(metrics["kl_train"])))
    reconstruction, kl = zip(*terms, strict=True)
    assert reconstruction[0] > reconstruction[1] > reconstruction[2]
    assert kl[0] > kl[1] > kl[2] >= 0


# the Gaussian decoder


def gaussian_model(spread=None):
    model = tiny_learner(decoder="gaussian").model
    if spread is not None:
        with torch.no_grad():
            model.state()["decoder.1.W"][:, V:] = 0
            model.state()["decoder.1.b"][V:] = spread
    return model


def test_gaussian_density_is_torchs_with_a_variance_above_one_grey_level(draws):
    """log σ² = L + softplus(s − L) with L = 2 log(1/255) is σ² = 1/255² + eˢ."""
    model = gaussian_model()
    x, z = torch.rand(B, V, generator=draws), torch.randn(3, B, Z, generator=draws)
    raw = model.pixel_parameters(z.view(-1, Z)).view(3, B, 2 * V).double()
    mean, spread = raw[..., :V], raw[..., V:]
    p = Normal(torch.sigmoid(mean), (1 / 255**2 + spread.exp()).sqrt())
    expected = p.log_prob(x.double()).sum(dim=-1)
    torch.testing.assert_close(model.log_prob(x, z).double(), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.decode(z[0]).double(), p.mean[0], rtol=1e-5, atol=1e-6)
    assert model.decode(z[0]).shape == (B, V)


@pytest.mark.parametrize("spread", [-1e4, -50.0, -12.0])
def test_no_density_is_above_that_of_one_grey_level(spread):
    model = gaussian_model(spread)
    z = torch.zeros(1, 1, Z)
    best = float(model.log_prob(model.decode(z[0]), z).detach())
    highest = V * math.log(255 / math.sqrt(2 * math.pi))
    assert best <= highest + 1e-3
    assert best > highest - V
    if spread < -20:
        assert best == pytest.approx(highest, abs=1e-3)


def test_a_very_wide_gaussian_is_finite():
    model = gaussian_model(80.0)
    x, z = torch.zeros(1, V), torch.zeros(1, 1, Z)
    expected = -V * (40 + 0.5 * math.log(2 * math.pi))
    assert float(model.log_prob(x, z).detach()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("k", [1, 3])
def test_an_epoch_with_a_gaussian_decoder_stays_finite(k):
    """On digits, most of whose pixels are black in every image."""
    images = load("mnist-5k")
    config = VAEConfig(
        dataset="mnist-5k",
        hidden_units=16,
        latent_size=2,
        decoder="gaussian",
        binarize="none",
        learning_rate=0.01,
        importance_samples=k,
    )
    learner = config.new_learner(images.shape, generator(0, 0, Stream.TRAINING))
    pixels = torch.tensor(images.train[:1000])
    records = train_epochs(
        learner, pixels, seed=0, batch_size=50, reached=0, generator=torch.Generator(), watch=lambda share: share < 0
    )
    first, second = islice(records, 2)  # raises if anything is not finite
    name = "elbo_train" if k == 1 else "bound_train"
    assert first.metrics[name] < second.metrics[name] < 784 * math.log(255)
    assert not F.relu(-learner.model.decode(torch.zeros(1, 2))).any()
