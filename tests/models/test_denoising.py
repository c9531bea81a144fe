import itertools

import pytest
import torch

from explorer.data.catalogue import load
from explorer.errors import ConfigError
from explorer.models.autoencoder import AutoencoderConfig
from explorer.models.autoencoder_learner import cross_entropy
from explorer.models.denoising import DenoisingConfig, corrupt
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

KINDS = ["masking", "salt and pepper", "gaussian"]
TOY = {"dataset": "bars-and-stripes", "code_size": 20}
N = 200_000


def learner_of(seed=0, **options):
    config = DenoisingConfig(**TOY | {"seed": seed} | options)
    return config.new_learner((4, 4), generator(seed, 0, Stream.TRAINING))


def records_of(learner, count, seed=0, reached=0):
    """Train on 50 images in batches of 20, the last of 10."""
    pixels = torch.tensor(load("bars-and-stripes").train[:50])
    records = train_epochs(
        learner,
        pixels,
        seed=seed,
        batch_size=20,
        reached=reached,
        generator=torch.Generator(),
        watch=lambda share: share < 0,
    )
    return list(itertools.islice(records, count))


def within(share, expected, count=N):
    """Five standard errors of a share of `count` independent trials."""
    return float(share) == pytest.approx(expected, abs=5 * (expected * (1 - expected) / count) ** 0.5)


# noise


@pytest.mark.parametrize("strength", [0.1, 0.3, 0.9])
def test_masking_blackens_its_share_of_pixels_and_leaves_the_others(strength, draws):
    x = 0.2 + 0.8 * torch.rand(200, N // 200, generator=draws)
    noisy = corrupt(x, "masking", strength, draws)
    black = noisy == 0
    assert within(black.float().mean(), strength)
    assert torch.equal(noisy[~black], x[~black])
    # each pixel for itself: neither rows nor columns nor neighbours are hit together
    assert float(black.float().mean(dim=1).std()) == pytest.approx((strength * (1 - strength) / 1000) ** 0.5, rel=0.25)
    assert within((black[:, 1:] & black[:, :-1]).float().mean(), strength**2, N / 3)


@pytest.mark.parametrize("strength", [0.1, 0.3, 0.9])
def test_salt_and_pepper_blackens_and_whitens_half_of_its_share_each(strength, draws):
    x = 0.2 + 0.6 * torch.rand(200, N // 200, generator=draws)
    noisy = corrupt(x, "salt and pepper", strength, draws)
    black, white = noisy == 0, noisy == 1
    assert within(black.float().mean(), strength / 2)
    assert within(white.float().mean(), strength / 2)
    untouched = ~(black | white)
    assert torch.equal(noisy[untouched], x[untouched])


@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0])
def test_gaussian_noise_has_its_mean_and_spread_and_is_not_clipped(strength, draws):
    x = torch.rand(200, N // 200, generator=draws).round()
    noise = corrupt(x, "gaussian", strength, draws) - x
    assert float(noise.mean()) == pytest.approx(0, abs=5 * strength / N**0.5)
    assert float(noise.std()) == pytest.approx(strength, rel=5 / (2 * N) ** 0.5)
    assert float((noise**4).mean()) == pytest.approx(3 * strength**4, rel=0.06)
    assert within((noise.abs() > strength).float().mean(), 0.3173)
    assert float(corrupt(x, "gaussian", strength, draws).min()) < 0
    assert float(corrupt(x, "gaussian", strength, draws).max()) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_strength_is_no_noise_and_the_argument_stays_as_it_is(kind, draws):
    x = torch.rand(5, 16, generator=draws)
    kept = x.clone()
    assert torch.equal(corrupt(x, kind, 0.0, draws), x)
    assert not torch.equal(corrupt(x, kind, 0.5, draws), x)
    assert torch.equal(x, kept)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_comes_from_the_generator_alone(kind):
    x = torch.full((5, 16), 0.5)
    first, again = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    noisy = corrupt(x, kind, 0.4, first)
    torch.manual_seed(1)
    assert torch.equal(corrupt(x, kind, 0.4, again), noisy)
    assert not torch.equal(corrupt(x, kind, 0.4, again), noisy)
    assert noisy.shape == x.shape
    assert noisy.dtype == x.dtype
    assert corrupt(x.double(), kind, 0.4, again).dtype == torch.double


# the config


def test_a_share_of_pixels_has_a_bound_of_its_own():
    with pytest.raises(ConfigError, match=r"noise_strength.*at most 0\.9.*masking.*or set noise to gaussian"):
        DenoisingConfig.from_values({"noise_strength": 0.95})
    with pytest.raises(ConfigError, match=r"noise_strength = 1\.5 is not valid"):
        DenoisingConfig.from_values({"noise_strength": 1.5, "noise": "gaussian"})
    assert DenoisingConfig.from_values({"noise_strength": 1, "noise": "gaussian"}).noise_strength == 1
    assert DenoisingConfig(noise="salt and pepper", noise_strength=0.9).noise_strength == 0.9


def test_defaults_are_those_of_an_overcomplete_tied_autoencoder():
    config = DenoisingConfig()
    assert (config.code_size, config.tied, config.loss, config.activation) == (500, True, "cross-entropy", "sigmoid")
    assert DenoisingConfig(code_size=1000).new_model((28, 28)).code_size == 1000
    assert config.cost((28, 28)) == 6 * 784 * 500
    with pytest.raises(ConfigError, match="code_size = 1001 is not valid"):
        DenoisingConfig.from_values({"code_size": 1001})


# learning


@pytest.mark.parametrize("kind", KINDS)
def test_the_encoder_sees_noise_and_the_loss_the_clean_image(kind):
    learner = learner_of(noise=kind, noise_strength=0.5)
    learner.begin_epoch(1, torch.Generator().manual_seed(4))
    pixels = torch.tensor(load("bars-and-stripes").train[:20])
    x = pixels / 255
    seen = corrupt(x, kind, 0.5, torch.Generator().manual_seed(4))
    model = learner.model
    expected = cross_entropy(model.logits(model.encode(seen)), x).detach()
    found = learner.train_batch(pixels)
    assert found.keys() == {"loss_train"}
    torch.testing.assert_close(found["loss_train"], expected)


def test_without_noise_it_learns_as_the_classic_one():
    options = TOY | {"tied": True, "loss": "cross-entropy", "learning_rate": 3e-3}
    classic = AutoencoderConfig(**options).new_learner((4, 4), generator(0, 0, Stream.TRAINING))
    denoising = learner_of(noise_strength=0.0)
    for learner in (classic, denoising):
        records_of(learner, 2)
    for name, x in classic.state().items():
        torch.testing.assert_close(denoising.state()[name], x, rtol=0, atol=0)


def test_it_learns_to_take_noise_away(draws):
    learner = learner_of(noise="salt and pepper", noise_strength=0.2, learning_rate=0.02)
    losses = [record.metrics["loss_train"] for record in records_of(learner, 150)]
    assert losses[-1] < 0.5 * losses[0]
    x = torch.tensor(load("bars-and-stripes").train[:50]) / 255
    noisy = corrupt(x, "salt and pepper", 0.2, draws)
    with torch.no_grad():
        error = (learner.model.reconstruct(noisy) - x).square().sum()
    assert float(error) < 0.6 * float((noisy - x).square().sum())
