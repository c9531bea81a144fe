import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from explorer.analysis.vae_measures import MEASURES
from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError
from explorer.models.conv_vae import ConvVAE, ConvVAEConfig
from explorer.models.variational import VariationalLearner
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.training.randomness import Stream, generator, reseed

TOY = {"dataset": "bars-and-stripes", "latent_size": 3}


def learner_of(shape=(4, 4), seed=0, **options):
    config = ConvVAEConfig(**TOY | {"seed": seed} | options)
    return config.new_learner(shape, generator(seed, 0, Stream.TRAINING))


def count(model):
    return sum(tensor.numel() for tensor in model.state().values())


# the networks


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("shape", [(28, 28), (4, 4), (8, 12)])
@pytest.mark.parametrize("latent_size", [1, 2, 50])
def test_shapes(latent_size, shape, decoder, draws):
    model = learner_of(shape, latent_size=latent_size, decoder=decoder).model
    pixels = math.prod(shape)
    x, z = torch.rand(5, pixels, generator=draws), torch.randn(3, 5, latent_size, generator=draws)
    assert [part.shape for part in model.encode(x)] == [(5, latent_size)] * 2
    assert model.decode(z[0]).shape == model.reconstruct(x).shape == model.sample(5, draws).shape == (5, pixels)
    assert model.pixel_parameters(z[0]).shape == (5, pixels * (2 if decoder == "gaussian" else 1))
    assert model.log_prob(x, z).shape == (3, 5)
    assert model.latent_weights().shape == (latent_size, 32 * pixels // 16)


def test_the_layers_are_those_of_the_lab():
    model = ConvVAEConfig().new_model((28, 28))
    assert {name: tuple(tensor.shape) for name, tensor in model.state().items()} == {
        "encoder.conv1.W": (32, 1, 3, 3),
        "encoder.conv1.b": (32,),
        "encoder.conv2.W": (64, 32, 3, 3),
        "encoder.conv2.b": (64,),
        "encoder.dense.W": (7 * 7 * 64, 16),
        "encoder.dense.b": (16,),
        "decoder.dense.W": (8, 7 * 7 * 32),
        "decoder.dense.b": (7 * 7 * 32,),
        "decoder.conv1.W": (32, 64, 3, 3),
        "decoder.conv1.b": (64,),
        "decoder.conv2.W": (64, 32, 3, 3),
        "decoder.conv2.b": (32,),
        "decoder.conv3.W": (32, 1, 3, 3),
        "decoder.conv3.b": (1,),
    }
    assert count(model) == 320 + 18_496 + 50_192 + 14_112 + 18_496 + 18_464 + 289
    assert not any(tensor.any() for tensor in model.state().values())


@pytest.mark.parametrize(
    ("shape", "options", "parameters"),
    [
        ((28, 28), {"latent_size": 2}, 120_369 - 6 * (2 * 3137 + 1568)),
        ((28, 28), {"decoder": "gaussian"}, 120_369 + 289),
        ((4, 4), {"latent_size": 1}, 320 + 18_496 + 2 * 65 + 2 * 32 + 18_496 + 18_464 + 289),
    ],
)
def test_parameters_are_counted_by_hand(shape, options, parameters):
    assert count(ConvVAEConfig(**options).new_model(shape)) == parameters


def test_cost_counts_the_multiply_adds_of_each_layer_three_times():
    down = 14 * 14 * 32 * 9 + 7 * 7 * 64 * 32 * 9 + 3136 * 16
    up = 8 * 1568 + 7 * 7 * 32 * 64 * 9 + 14 * 14 * 64 * 32 * 9 + 28 * 28 * 32 * 9
    assert ConvVAEConfig().cost((28, 28)) == 3 * (down + up)
    assert ConvVAEConfig(importance_samples=5).cost((28, 28)) == 3 * (down + 5 * up)


def filled(module, model, name):
    """The module with the model's weights; dense ones lie the other way round there."""
    W, b = (model.state()[f"{name}.{part}"].detach().clone() for part in "Wb")
    module.weight.data, module.bias.data = W.T if isinstance(module, nn.Linear) else W, b
    return module


def as_modules(model, shape, outputs):
    """The lab's network made of torch's modules, with the model's weights."""
    latents, small = model.latent_size, (shape[0] // 4, shape[1] // 4)
    area = math.prod(small)
    encoder = nn.Sequential(
        nn.Unflatten(1, (1, *shape)),
        filled(nn.Conv2d(1, 32, 3, stride=2, padding=1), model, "encoder.conv1"),
        nn.ReLU(),
        filled(nn.Conv2d(32, 64, 3, stride=2, padding=1), model, "encoder.conv2"),
        nn.ReLU(),
        nn.Flatten(),
        filled(nn.Linear(64 * area, 2 * latents), model, "encoder.dense"),
    )
    decoder = nn.Sequential(
        filled(nn.Linear(latents, 32 * area), model, "decoder.dense"),
        nn.ReLU(),
        nn.Unflatten(1, (32, *small)),
        filled(nn.ConvTranspose2d(32, 64, 3, stride=2, padding=1, output_padding=1), model, "decoder.conv1"),
        nn.ReLU(),
        filled(nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1), model, "decoder.conv2"),
        nn.ReLU(),
        filled(nn.ConvTranspose2d(32, outputs, 3, stride=1, padding=1), model, "decoder.conv3"),
        nn.Flatten(),
    )
    return encoder, decoder


def shapes_inside(network, x):
    """The shapes (channels, rows, columns) of the pictures inside a network."""
    found = []
    for module in network:
        x = module(x)
        if x.ndim == 4 and not isinstance(module, nn.ReLU):
            found.append(tuple(x.shape[1:]))
    return found


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("shape", [(28, 28), (4, 4), (8, 12)])
def test_the_networks_are_torchs_with_the_same_weights(shape, decoder, draws):
    model = learner_of(shape, decoder=decoder).model
    outputs = 2 if decoder == "gaussian" else 1
    encoder, up = as_modules(model, shape, outputs)
    x, z = torch.rand(4, math.prod(shape), generator=draws), torch.randn(4, 3, generator=draws)
    if shape == (28, 28):
        assert shapes_inside(encoder, x) == [(1, 28, 28), (32, 14, 14), (64, 7, 7)]
        assert shapes_inside(up, z) == [(32, 7, 7), (64, 14, 14), (32, 28, 28), (outputs, 28, 28)]
    torch.testing.assert_close(torch.cat(model.encode(x), dim=1), encoder(x), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(model.pixel_parameters(z), up(z), rtol=1e-5, atol=1e-6)
    means = up[:-1](z)[:, 0].flatten(1)  # of a Gaussian decoder the first channel
    torch.testing.assert_close(model.decode(z), torch.sigmoid(means), rtol=1e-5, atol=1e-6)


def test_a_stroke_that_moves_by_four_pixels_moves_the_features_by_one(draws):
    """Convolutions know no place: away from the border the features shift along."""
    model = learner_of((28, 28)).model
    encoder, _ = as_modules(model, (28, 28), 1)
    x = torch.zeros(2, 28, 28)
    x[:, 8:16, 8:16] = torch.rand(8, 8, generator=draws)
    x[1] = x[1].roll((4, 4), dims=(0, 1))
    first, moved = encoder[:5](x.flatten(1))
    torch.testing.assert_close(first[:, 1:5, 1:5], moved[:, 2:6, 2:6], rtol=1e-5, atol=1e-6)
    assert (first - moved).abs().max() > 0.01


# the start


def test_first_weights_are_uniform_in_the_range_of_their_layer():
    inputs = {
        "encoder.conv1": 9,
        "encoder.conv2": 32 * 9,
        "encoder.dense": 7 * 7 * 64,
        "decoder.dense": 8,
        "decoder.conv1": 32 * 9,
        "decoder.conv2": 64 * 9,
        "decoder.conv3": 32 * 9,
    }
    model = ConvVAEConfig().new_learner((28, 28), torch.Generator().manual_seed(0)).model
    for name, tensor in model.state().items():
        x = tensor.detach() * math.sqrt(inputs[name[:-2]])
        n = x.numel()
        assert x.abs().max() <= 1 + 1e-6
        assert x.abs().max() > 1 - 10 / n
        # a uniform number in ±1 has the variances 1/3 of itself and 4/45 of its square
        assert float(x.mean()) == pytest.approx(0, abs=5 * (1 / 3 / n) ** 0.5), name
        assert float(x.square().mean()) == pytest.approx(1 / 3, abs=5 * (4 / 45 / n) ** 0.5), name


def test_defaults_are_the_labs():
    config = ConvVAEConfig()
    assert (config.latent_size, config.epochs, config.learning_rate, config.batch_size) == (8, 10, 1e-4, 100)
    learner = learner_of()
    assert isinstance(learner, VariationalLearner)
    assert isinstance(learner.model, ConvVAE)
    assert learner.current_learning_rate == 1e-4


# start and continuation


def after_epochs(seed, epochs=2, **options):
    learner = learner_of(seed=seed, **options)
    pixels = torch.tensor(load("bars-and-stripes").train[:50])
    draws = torch.Generator()
    for epoch in range(1, epochs + 1):
        learner.begin_epoch(epoch, reseed(draws, seed, epoch, Stream.TRAINING))
        for batch in pixels.split(20):
            learner.train_batch(batch)
    return learner


def test_every_parameter_is_learned():
    start, trained = learner_of().model.state(), after_epochs(0, epochs=1).model.state()
    assert not any(torch.equal(start[name], trained[name]) for name in start)


# whole runs


@pytest.fixture
def library(tmp_path, clean_settings, monkeypatch):
    """An empty library; what is trained there sees 300 images."""
    clean_settings(device="cpu", threads=1)
    images = load("bars-and-stripes")
    few = replace(images, train=images.train[:300].copy(), train_labels=images.train_labels[:300].copy())
    monkeypatch.setattr("explorer.engine.job.load", lambda _: few)
    return Library(Store(tmp_path / "runs"), Store(tmp_path / "shipped", shipped=True))


def test_a_small_run_has_all_its_metrics_and_learns(library, monkeypatch):
    monkeypatch.setattr("explorer.engine.job.load", load)  # all 3,000
    engine = InlineEngine(library)
    run = engine.submit(ConvVAEConfig(**TOY, epochs=3, learning_rate=0.003))
    engine.measure(run)
    table = run.metrics()
    described = {metric.name for metric in MEASURES.metrics}
    assert run.snapshots == [0, 1, 2, 3]
    assert set(table.columns) - {"seconds"} == described - {"bound_train", "log_likelihood"}  # 3 latents, 1 sample
    assert table["elbo"][3] > table["elbo"][0] + 0.2
    assert run.model().decode(torch.zeros(1, 3)).shape == (1, 16)


def test_a_set_whose_images_cannot_be_made_smaller_is_refused():
    with pytest.raises(ConfigError, match=r"dataset = .spiral. is not valid: .* multiples of 4"):
        ConvVAEConfig.from_values({"dataset": "spiral"})
