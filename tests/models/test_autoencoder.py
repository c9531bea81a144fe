import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from torch import nn

from explorer.data.catalogue import load
from explorer.errors import ConfigError
from explorer.models.autoencoder import AutoencoderConfig
from explorer.models.autoencoder_learner import LOSSES, cross_entropy, squared_error
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

MODULES = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "linear": nn.Identity}
LOSS_NAMES = ["squared error", "cross-entropy"]
TOY = {"dataset": "bars-and-stripes", "code_size": 3}
OPTIONS = [
    {},
    {"tied": True, "loss": "cross-entropy"},
    {"hidden_layers": (8, 5), "activation": "tanh", "linear_code": True},
    {"hidden_layers": (8,), "activation": "relu", "tied": True},
]


def learner_of(shape=(4, 4), seed=0, **options):
    config = AutoencoderConfig(**TOY | {"seed": seed} | options)
    return config.new_learner(shape, generator(seed, 0, Stream.TRAINING))


def epochs_of(learner, pixels, seed=0, reached=0, batch_size=20):
    return train_epochs(
        learner,
        pixels,
        seed=seed,
        batch_size=batch_size,
        reached=reached,
        generator=torch.Generator(),
        watch=lambda share: share < 0,
    )


def after_epochs(learner, epochs=3, reached=0, seed=0):
    """Train a learner on 50 images in batches of 20, the last of 10."""
    pixels = torch.tensor(load("bars-and-stripes").train[:50])
    list(itertools.islice(epochs_of(learner, pixels, seed=seed, reached=reached), epochs))
    return learner


def copied(learner):
    return {name: x.detach().clone() for name, x in learner.state().items()}


# the network


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("hidden", [(), (7,), (7, 5, 6, 4)])
@pytest.mark.parametrize(("shape", "code_size"), [((28, 28), 30), ((4, 4), 1)])
def test_shapes(shape, code_size, hidden, tied, draws):
    model = learner_of(shape, code_size=code_size, hidden_layers=hidden, tied=tied).model
    pixels = math.prod(shape)
    x, code = torch.rand(5, pixels, generator=draws), torch.randn(5, code_size, generator=draws)
    assert model.sizes == (pixels, *hidden, code_size)
    assert model.code_size == code_size
    assert model.encode(x).shape == (5, code_size)
    assert [layer.shape[1] for layer in model.layers(x)] == [*hidden, code_size]
    assert model.logits(code).shape == model.decode(code).shape == model.reconstruct(x).shape == (5, pixels)
    assert [W.shape for W in model.encoder_weights()] == list(itertools.pairwise(model.sizes))
    assert [W.shape for W in model.decoder_weights()] == list(itertools.pairwise(model.sizes[::-1]))


def test_names_and_shapes_of_the_state():
    model = AutoencoderConfig(hidden_layers=(100,), code_size=20).new_model((28, 28))
    assert {name: tuple(x.shape) for name, x in model.state().items()} == {
        "encoder.0.W": (784, 100),
        "encoder.0.b": (100,),
        "encoder.1.W": (100, 20),
        "encoder.1.b": (20,),
        "decoder.0.W": (20, 100),
        "decoder.0.b": (100,),
        "decoder.1.W": (100, 784),
        "decoder.1.b": (784,),
    }
    assert not any(x.any() for x in model.state().values())
    tied = AutoencoderConfig(hidden_layers=(100,), code_size=20, tied=True).new_model((28, 28))
    assert model.state().keys() - tied.state().keys() == {"decoder.0.W", "decoder.1.W"}


def test_a_tied_decoder_has_the_encoders_very_weights(draws):
    model = learner_of(tied=True, hidden_layers=(7,)).model
    for W, mirrored in zip(model.decoder_weights(), reversed(model.encoder_weights()), strict=True):
        assert torch.equal(W, mirrored.T)
        assert W.data_ptr() == mirrored.data_ptr()


def as_modules(weights, biases, activation, last):
    """The same network made of torch's modules."""
    modules = []
    for W, b in zip(weights, biases, strict=True):
        linear = nn.Linear(*W.shape)
        linear.weight.data, linear.bias.data = W.detach().T.clone(), b.detach().clone()
        modules += [linear, MODULES[activation]()]
    return nn.Sequential(*modules[:-1], last())


@pytest.mark.parametrize("linear_code", [False, True])
@pytest.mark.parametrize("loss", LOSS_NAMES)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("activation", MODULES)
def test_the_network_is_torchs_with_the_same_weights(activation, tied, loss, linear_code, draws):
    model = learner_of(activation=activation, tied=tied, loss=loss, linear_code=linear_code, hidden_layers=(7, 5)).model
    for tensor in model.state().values():
        tensor.detach().normal_(generator=draws)
    biases = [[x for name, x in model.state().items() if name.startswith(s) and name.endswith("b")] for s in "ed"]
    code = nn.Identity if linear_code else MODULES[activation]
    output = nn.Sigmoid if loss == "cross-entropy" else nn.Identity
    encoder = as_modules(model.encoder_weights(), biases[0], activation, code)
    decoder = as_modules(model.decoder_weights(), biases[1], activation, output)
    x = torch.rand(6, 16, generator=draws)
    torch.testing.assert_close(model.encode(x), encoder(x), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.reconstruct(x), decoder(encoder(x)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.logits(encoder(x)), decoder[:-1](encoder(x)), rtol=1e-4, atol=1e-4)
    assert model.layers(x)[0].equal(MODULES[activation]()(torch.addmm(biases[0][0], x, model.encoder_weights()[0])))


def test_a_linear_output_is_not_clipped(draws):
    model = learner_of().model
    model.state()["decoder.0.b"].detach().fill_(3.0)
    x = torch.rand(6, 16, generator=draws)
    assert float(model.reconstruct(x).detach().max()) > 1
    assert learner_of(loss="cross-entropy").model.decode(torch.full((1, 3), 100.0)).detach().max() <= 1


# the losses


def batch_of(draws):
    x, output = torch.rand(6, 9, generator=draws), 3 * torch.randn(6, 9, generator=draws)
    x[0], x[1] = 0, 1
    return output, x


def test_losses_are_literal_sums_over_pixels_averaged_over_images(draws):
    output, x = batch_of(draws)
    squares = entropies = 0.0
    for logits, pixels in zip(output.tolist(), x.tolist(), strict=True):
        for logit, pixel in zip(logits, pixels, strict=True):
            y = 1 / (1 + math.exp(-logit))
            squares += (pixel - logit) ** 2 / 6
            entropies -= (pixel * math.log(y) + (1 - pixel) * math.log(1 - y)) / 6
    assert float(squared_error(output, x)) == pytest.approx(squares, rel=1e-5)
    assert float(cross_entropy(output, x)) == pytest.approx(entropies, rel=1e-5)


def test_losses_are_torchs_with_their_gradients(draws):
    output, x = batch_of(draws)
    theirs = {"squared error": F.mse_loss, "cross-entropy": F.binary_cross_entropy_with_logits}
    for name, loss in LOSSES.items():
        raw = output.clone().requires_grad_()
        value, expected = loss(raw, x), theirs[name](raw, x, reduction="sum") / len(x)
        torch.testing.assert_close(value, expected)
        torch.testing.assert_close(*(torch.autograd.grad(y, raw)[0] for y in (value, expected)))


@pytest.mark.parametrize("loss", LOSS_NAMES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_against_finite_differences(options, loss, double, draws):
    model = AutoencoderConfig(**TOY | options | {"loss": loss}).new_model((4, 4))
    names, tensors = zip(*model.state().items(), strict=True)
    for tensor in tensors:
        tensor.normal_(0, 0.5, generator=draws).requires_grad_()
    x = torch.rand(5, 16, generator=draws)

    def loss_of(*parameters):
        model.parameters = dict(zip(names, parameters, strict=True))
        return LOSSES[loss](model.logits(model.encode(x)), x)

    assert torch.autograd.gradcheck(loss_of, tuple(tensors))


def test_the_gradient_of_tied_weights_is_the_sum_of_both_uses(double, draws):
    # by hand (one sigmoid layer, squared error): ∂W = x ᵀ ε + δᵀ h, ε = δ W ⊙ h(1 − h), δ = 2 (y − x) / B
    model = learner_of(tied=True).model
    W, b, a = model.state().values()
    x = torch.rand(5, 16, generator=draws)
    (found,) = torch.autograd.grad(squared_error(model.logits(model.encode(x)), x), W)
    with torch.no_grad():
        h = torch.sigmoid(x @ W + b)
        delta = 2 * (h @ W.T + a - x) / 5
        expected = x.T @ (delta @ W * h * (1 - h)) + delta.T @ h
    torch.testing.assert_close(found, expected)


# the start


@pytest.mark.parametrize(("activation", "gain"), [("sigmoid", 4), ("tanh", 1), ("relu", 2**0.5), ("linear", 1)])
def test_first_weights_are_glorots(activation, gain):
    config = AutoencoderConfig(activation=activation, hidden_layers=(200,), code_size=50, linear_code=True)
    model = config.new_learner((28, 28), torch.Generator().manual_seed(0)).model
    gains = {"encoder.0.W": gain, "encoder.1.W": 1, "decoder.0.W": gain, "decoder.1.W": 1}
    for name, tensor in model.state().items():
        if name.endswith("b"):
            assert not tensor.any()
            continue
        radius, n = gains[name] * math.sqrt(6 / sum(tensor.shape)), tensor.numel()
        share = tensor.detach() / radius
        assert 1 - 20 / n < float(share.abs().max()) <= 1 + 1e-6, name
        # a uniform number in ±1 has the variances 1/3 of itself and 4/45 of its square
        assert float(share.mean()) == pytest.approx(0, abs=5 * (1 / 3 / n) ** 0.5), name
        assert float(share.square().mean()) == pytest.approx(1 / 3, abs=5 * (4 / 45 / n) ** 0.5), name


def test_first_weights_of_a_single_layer_have_no_gain():
    for activation in MODULES:
        for W in (learner_of(activation=activation).model.state()[f"{side}.0.W"] for side in ("encoder", "decoder")):
            assert 0.8 * math.sqrt(6 / 19) < float(W.detach().abs().max()) <= math.sqrt(6 / 19)


# the config


def test_values_that_are_not_valid_are_refused():
    for field, bad in (("code_size", 0), ("code_size", 201), ("learning_rate", 0), ("activation", "step")):
        with pytest.raises(ConfigError, match=f"{field} = {bad!r} is not valid"):
            AutoencoderConfig.from_values({field: bad})
    with pytest.raises(ConfigError, match=r"hidden_layers.*0 to 4 layers of 2 to 2000 units"):
        AutoencoderConfig.from_values({"hidden_layers": "9-8-7-6-5"})


def test_hidden_layers_are_read_from_text():
    assert AutoencoderConfig.from_values({"hidden_layers": "none"}).hidden_layers == ()
    assert AutoencoderConfig.from_values({"hidden_layers": "500-250"}).hidden_layers == (500, 250)


def test_cost_counts_each_weight_three_times():
    assert AutoencoderConfig(code_size=30).cost((28, 28)) == 3 * (784 * 30 + 30 * 784)
    deep = AutoencoderConfig(code_size=30, hidden_layers=(100, 50), tied=True)
    assert deep.cost((28, 28)) == 6 * (784 * 100 + 100 * 50 + 50 * 30)


# learning


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_step_is_torchs_adam_on_the_loss(options):
    learner = learner_of(**options)
    pixels = torch.tensor(load("bars-and-stripes").train[:20])
    x = pixels / 255
    twin = learner_of(**options).model
    optimizer = torch.optim.Adam([x.requires_grad_() for x in twin.state().values()], lr=1e-3)
    for epoch in (1, 2):
        learner.begin_epoch(epoch, torch.Generator())
        metrics = learner.train_batch(pixels)
        loss = LOSSES[twin.loss](twin.logits(twin.encode(x)), x)
        torch.testing.assert_close(metrics["loss_train"], loss.detach())
        assert not metrics["loss_train"].requires_grad
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for name, tensor in twin.state().items():
        torch.testing.assert_close(learner.model.state()[name], tensor, rtol=1e-4, atol=1e-6)


def test_the_learning_rate_falls_on_a_line():
    learner = learner_of(decay_epochs=4, learning_rate=0.02)
    pixels = torch.tensor(load("bars-and-stripes").train[:20])
    for epoch, rate in enumerate((0.02, 0.015, 0.01, 0.005, 0.0, 0.0), 1):
        learner.begin_epoch(epoch, torch.Generator())
        assert learner.current_learning_rate == pytest.approx(rate)
        before = copied(learner)["encoder.0.W"]
        learner.train_batch(pixels)
        moved = (learner.state()["encoder.0.W"] - before).abs().max()
        assert 0.1 * rate <= float(moved.detach()) <= 2 * rate
    assert learner_of(learning_rate=0.02).current_learning_rate == 0.02


@pytest.mark.parametrize("tied", [False, True])
def test_a_linear_autoencoder_finds_the_subspace_and_the_error_of_pca(tied):
    draws = np.random.default_rng(0)
    spread = draws.normal(size=(400, 16)) * np.array([4, 3.5, 3] + 13 * [0.6])
    x = spread @ np.linalg.qr(draws.normal(size=(16, 16)))[0]
    pixels = torch.tensor(np.clip(50 + 12 * x, 0, 255).astype(np.uint8))
    data = pixels.numpy() / 255
    pca = PCA(3).fit(data)
    floor = float(np.square(data - pca.inverse_transform(pca.transform(data))).sum(axis=1).mean())

    learner = learner_of(activation="linear", tied=tied, learning_rate=0.05, decay_epochs=600, batch_size=100)
    records = epochs_of(learner, pixels, batch_size=100)
    errors = [record.metrics["loss_train"] for record in itertools.islice(records, 600)]
    assert errors[0] > 10 * floor
    assert errors[-1] == pytest.approx(floor, rel=1e-3)
    x = torch.tensor(data, dtype=torch.float32)
    final = float(squared_error(learner.model.reconstruct(x), x).detach())
    assert final > floor * (1 - 1e-5)  # nothing linear is better
    basis = np.linalg.qr(learner.model.decoder_weights()[0].detach().double().numpy().T)[0]
    cosines = np.linalg.svd(pca.components_ @ basis, compute_uv=False)
    assert np.degrees(np.arccos(min(1, cosines.min()))) < 0.2


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_loss_falls(options):
    losses = [
        record.metrics["loss_train"]
        for record in itertools.islice(
            epochs_of(learner_of(**options, learning_rate=0.01), torch.tensor(load("bars-and-stripes").train[:50])), 150
        )
    ]
    assert losses[-1] < 0.8 * losses[0]


# start and continuation


def test_the_last_batch_may_be_smaller():
    learner, other = learner_of(batch_size=20), learner_of(batch_size=100)
    pixels = torch.tensor(load("bars-and-stripes").train[:7])
    for each in (learner, other):
        each.begin_epoch(1, torch.Generator())
        each.train_batch(pixels)
    assert all(torch.equal(x, other.state()[name]) for name, x in learner.state().items())


@pytest.mark.full_mnist
def test_thirty_linear_codes_come_near_pcas_error_on_mnist():
    images = load("mnist")
    config = AutoencoderConfig(dataset="mnist", activation="linear", decay_epochs=6)
    learner = config.new_learner(images.shape, generator(0, 0, Stream.TRAINING))
    list(itertools.islice(epochs_of(learner, torch.tensor(images.train), batch_size=100), 6))
    x = torch.tensor(images.test) / 255
    with torch.no_grad():
        error = float(squared_error(learner.model.reconstruct(x), x))
    assert 13.866 < error < 14.1
