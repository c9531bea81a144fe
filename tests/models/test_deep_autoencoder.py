import itertools
import math

import pytest
import torch

from explorer.data.catalogue import load
from explorer.models.autoencoder import Autoencoder
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.runs.ids import run_id
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator
from tests.models.random_models import random_layers, random_rbm

TOY = {"dataset": "bars-and-stripes"}
STARTS = ["pre-trained", "random", "small random"]
LOSSES = ["cross-entropy", "squared error"]


def config_of(layers=None, **options):
    sizes = {"hidden_layers": (6,), "code_size": 3}
    return DeepAutoencoderConfig(
        **{"layers": PretrainingConfig(**TOY | sizes | (layers or {})), "batch_size": 20, **TOY} | options
    )


def layers_of(config):
    """Random layers of 16 pixels, always the same for the same sizes."""
    sizes = config.layers.sizes_on((4, 4))
    return random_layers(sizes, torch.Generator().manual_seed(6), linear_code=config.layers.linear_code)


def learner_of(**options):
    config = config_of(**options)
    learner = config.new_learner((4, 4), generator(config.seed, 0, Stream.TRAINING))
    learner.prepare(torch.zeros(1, 16, dtype=torch.uint8), {"layers": layers_of(config)} if config.parents() else {})
    return learner


def train(learner, epochs, reached=0, seed=0):
    """Train on 50 images in batches of 20, the last of 10; return the records."""
    pixels = torch.tensor(load("bars-and-stripes").train[:50])
    places = {"seed": seed, "batch_size": 20, "reached": reached, "generator": torch.Generator()}
    return list(itertools.islice(train_epochs(learner, pixels, **places, watch=lambda share: share < 0), epochs))


def copied(learner):
    return {name: x.detach().clone() for name, x in learner.state().items()}


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# the config


def test_defaults_are_the_papers_layers_fine_tuned_for_the_cross_entropy():
    config = DeepAutoencoderConfig(dataset="mnist-5k")
    assert config.layers == PretrainingConfig(dataset="mnist-5k")
    assert (config.start, config.loss, config.learning_rate, config.decay_epochs) == (
        "pre-trained",
        "cross-entropy",
        1e-3,
        0,
    )
    assert (config.epochs, config.batch_size, config.code_size) == (30, 100, 30)
    assert DeepAutoencoderConfig.from_values({"layers.code_size": 7, **TOY}).code_size == 7


@pytest.mark.parametrize("start", STARTS)
def test_layers_are_trained_first_only_where_training_starts_with_them(start):
    config = config_of(start=start)
    assert config.parents() == ({"layers": config.layers} if start == "pre-trained" else {})


OF_LAYERS = {
    "epochs": 3,
    "layer_epochs": 3,
    "seed": 4,
    "batch_size": 7,
    "method": "autoencoders",
    "learning_rate": 0.2,
    "cd_k": 3,
    "momentum": 0.5,
    "low_momentum_epochs": 1,
    "weight_decay": 0.01,
}
OF_SIZES = {"hidden_layers": (7,), "code_size": 4, "linear_code": False}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("name", "value"), OF_LAYERS.items())
def test_how_layers_are_trained_matters_where_training_starts_with_them(name, value, start):
    changed = run_id(config_of({name: value}, start=start)) != run_id(config_of(start=start))
    assert changed == (start == "pre-trained")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("name", "value"), OF_SIZES.items())
def test_the_sizes_of_layers_always_make_another_run(name, value, start):
    assert run_id(config_of({name: value}, start=start)) != run_id(config_of(start=start))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "change",
    [{"loss": "squared error"}, {"learning_rate": 0.01}, {"decay_epochs": 9}, {"seed": 1}, {"batch_size": 21}],
    ids=str,
)
def test_every_setting_of_fine_tuning_makes_another_run(change, start):
    assert run_id(config_of(start=start, **change)) != run_id(config_of(start=start))


def test_each_start_is_a_run_of_its_own():
    assert len({run_id(config_of(start=start)) for start in STARTS}) == 3


def test_what_single_autoencoders_ignore_makes_no_other_fine_tuning():
    autoencoders = {"method": "autoencoders"}
    assert run_id(config_of(autoencoders | {"cd_k": 3, "momentum": 0.5})) == run_id(config_of(autoencoders))


@pytest.mark.parametrize("start", ["random", "small random"])
def test_settings_that_make_no_other_run_have_no_effect(start):
    first, second = (learner_of(start=start, layers=layers) for layers in ({}, OF_LAYERS))
    for learner in (first, second):
        train(learner, 2)
    assert same_bits(first.state(), second.state())


def test_cost_counts_each_weight_of_encoder_and_decoder_three_times():
    assert config_of({"hidden_layers": (10, 20), "code_size": 30}).cost((4, 4)) == 6 * (16 * 10 + 10 * 20 + 20 * 30)


# the start


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layers", [{}, {"linear_code": False}, {"hidden_layers": (8, 6, 5)}, {"hidden_layers": ()}])
def test_it_starts_as_its_layers_unfolded(layers, loss):
    learner = learner_of(layers=layers, loss=loss)
    below, model = layers_of(learner.config), learner.model
    x = torch.tensor(load("bars-and-stripes").test) / 255
    assert torch.equal(model.encode(x), below.encode(x))
    torch.testing.assert_close(model.logits(model.encode(x)), below.logits(below.encode(x)), rtol=0, atol=1e-5)
    if loss == "cross-entropy":
        torch.testing.assert_close(model.reconstruct(x), below.reconstruct(x), rtol=0, atol=1e-6)
    for W, mirrored in zip(model.decoder_weights(), reversed(model.encoder_weights()), strict=True):
        assert torch.equal(W, mirrored.T)
        assert W.data_ptr() != mirrored.data_ptr()
    assert model.state().keys() - below.state().keys() == {
        f"decoder.{layer}.W" for layer in range(len(model.sizes) - 1)
    }


def test_layers_of_other_sizes_and_other_models_are_refused(draws):
    config, data = config_of(), torch.zeros(1, 16, dtype=torch.uint8)
    learner = config.new_learner((4, 4), draws)
    with pytest.raises(ValueError, match=r"layers of \(16, 6, 4\) units do not fit into \(16, 6, 3\)"):
        learner.prepare(data, {"layers": random_layers((16, 6, 4), draws)})
    with pytest.raises(TypeError, match="not on a RBM"):
        learner.prepare(data, {"layers": random_rbm(16, 6, draws)})


def test_small_random_weights_have_the_same_spread_in_all_layers():
    config = config_of({"hidden_layers": (100,), "code_size": 50}, start="small random")
    first, same, other = (
        config.new_learner((28, 28), generator(seed, 0, Stream.TRAINING)).model.state() for seed in (0, 0, 1)
    )
    for name, tensor in first.items():
        x, n = tensor.detach(), tensor.numel()
        if name.endswith("b"):
            assert not x.any()
            continue
        assert float(x.std()) == pytest.approx(0.01, rel=5 / (2 * n) ** 0.5), name
        assert float(x.mean()) == pytest.approx(0, abs=5 * 0.01 / n**0.5), name
        assert float((x / 0.01).pow(4).mean()) == pytest.approx(3, abs=5 * (96 / n) ** 0.5), name  # a normal one
        assert not torch.equal(x, other[name])
    assert same_bits(first, same)
    assert not torch.equal(first["decoder.1.W"], first["encoder.0.W"].T)


@pytest.mark.parametrize("layers", [{}, {"hidden_layers": (8, 6)}, {"linear_code": False}, {"hidden_layers": ()}])
def test_a_random_start_is_that_of_any_autoencoder(layers):
    learner = learner_of(start="random", layers=layers)
    config = learner.config.layers
    model = Autoencoder(config.sizes_on((4, 4)), "sigmoid", "cross-entropy", linear_code=config.linear_code)
    model.initialize(generator(0, 0, Stream.TRAINING))
    assert same_bits(learner.model.state(), model.state())
    radius = math.sqrt(6 / sum(model.state()["encoder.0.W"].shape))
    assert float(model.state()["encoder.0.W"].abs().max()) <= (4 if config.hidden_layers else 1) * radius


# learning


def activations(state, x, side, depth, last):
    """The layers of one side as they are written: sigmoids, the last one linear if asked for."""
    for layer in range(depth):
        x = x @ state[f"{side}.{layer}.W"] + state[f"{side}.{layer}.b"]
        if layer + 1 < depth or last == "sigmoid":
            x = 1 / (1 + torch.exp(-x))
    return x


def literal_loss(state, x, loss, depth, linear_code):
    code = activations(state, x, "encoder", depth, "linear" if linear_code else "sigmoid")
    y = activations(state, code, "decoder", depth, "sigmoid" if loss == "cross-entropy" else "linear")
    if loss == "cross-entropy":
        return float(-(x * y.log() + (1 - x) * (1 - y).log()).sum() / len(x))
    return float((x - y).square().sum() / len(x))


@pytest.mark.parametrize("linear_code", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("start", ["pre-trained", "random"])
def test_the_gradient_of_a_step_is_that_of_finite_differences(start, loss, linear_code, double):
    learner = learner_of(start=start, loss=loss, layers={"hidden_layers": (4,), "linear_code": linear_code})
    before = {name: x.detach().clone() for name, x in learner.model.state().items()}
    pixels = torch.randint(256, (5, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    learner.begin_epoch(1, torch.Generator())
    found = learner.train_batch(pixels)
    x = pixels / 255
    assert float(found["loss_train"]) == pytest.approx(literal_loss(before, x, loss, 2, linear_code), rel=1e-9)
    for name, tensor in before.items():
        gradient = learner.state()[f"adam.exp_avg.{name}"] / 0.1  # of the first step
        for place in range(0, tensor.numel(), 3):
            step = torch.zeros_like(tensor)
            step.view(-1)[place] = 1e-5
            up, down = (
                literal_loss(before | {name: tensor + sign * step}, x, loss, 2, linear_code) for sign in (1, -1)
            )
            assert float(gradient.view(-1)[place]) == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-7), name


@pytest.mark.parametrize("start", STARTS)
def test_encoder_and_decoder_part_while_they_are_trained(start):
    learner = learner_of(start=start, learning_rate=0.01)
    before = copied(learner)
    train(learner, 2)
    after = learner.model.state()
    assert not any(torch.equal(before[name], after[name]) for name in after)
    for W, mirrored in zip(learner.model.decoder_weights(), reversed(learner.model.encoder_weights()), strict=True):
        assert float((W - mirrored.T).detach().abs().max()) > 0.01


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("start", ["pre-trained", "random"])
def test_the_loss_falls(start, loss):
    losses = [r.metrics["loss_train"] for r in train(learner_of(start=start, loss=loss, learning_rate=0.01), 100)]
    assert losses[-1] < 0.8 * losses[0]


def test_the_learning_rate_falls_on_a_line():
    learner = learner_of(decay_epochs=4, learning_rate=0.02)
    for epoch, rate in enumerate((0.02, 0.015, 0.01, 0.005, 0.0), 1):
        learner.begin_epoch(epoch, torch.Generator())
        assert learner.current_learning_rate == pytest.approx(rate)


# continuation
