import math

import pytest
import torch
import torch.nn.functional as F

from explorer.errors import ConfigError
from explorer.models.autoencoder import Autoencoder
from explorer.models.pretraining import PretrainingConfig, unfold_on
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator
from tests.models.literal import LiteralBinary, LiteralGaussian, upwards
from tests.models.random_models import all_states, random_layers, random_rbm

TOY = {"dataset": "bars-and-stripes"}
PIXELS = torch.randint(256, (13, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
RULES = {
    "linear code": {},
    "binary code": {"linear_code": False},
    "three layers": {"hidden_layers": (6, 5), "cd_k": 2},
    "one layer": {"hidden_layers": ()},
    "without momentum": {"momentum": 0.0},
    "autoencoder, linear code": {"method": "autoencoders"},
    "autoencoder, sigmoid code": {"method": "autoencoders", "linear_code": False},
    "three autoencoders": {"method": "autoencoders", "hidden_layers": (6, 5)},
}
EACH_RULE = pytest.mark.parametrize("options", RULES.values(), ids=RULES)


def config_of(**options):
    return PretrainingConfig(**{"hidden_layers": (6,), "code_size": 4, "batch_size": 5, **TOY} | options)


def layers_below(config):
    """Random layers of 9 pixels, always the same for the same sizes."""
    return random_layers((9, *config.hidden_layers), torch.Generator().manual_seed(6))


def learner_of(**options):
    config = config_of(**options)
    learner = config.new_learner((3, 3), generator(config.seed, 0, Stream.TRAINING))
    learner.prepare(PIXELS, {"below": layers_below(config)} if config.parents() else {})
    return learner


def train(learner, epochs, reached=0, seed=0):
    places = {"seed": seed, "batch_size": 5, "reached": reached, "generator": torch.Generator()}
    records = train_epochs(learner, PIXELS, **places, watch=lambda share: share < 0)
    for _ in range(epochs):
        next(records)
    return learner


def copied(learner):
    return {name: x.detach().clone() for name, x in learner.state().items()}


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# the config


def test_defaults_are_those_of_the_paper():
    config = PretrainingConfig(dataset="mnist-5k")
    assert config.sizes_on((28, 28)) == (784, 1000, 500, 250, 30)
    assert (config.method, config.linear_code, config.cd_k) == ("RBMs", True, 1)
    assert (config.learning_rate, config.momentum, config.low_momentum_epochs) == (0.1, 0.9, 5)
    assert (config.weight_decay, config.epochs, config.layer_epochs, config.batch_size) == (2e-4, 10, 10, 100)


def test_each_stack_of_fewer_layers_is_a_run_of_its_own():
    config = config_of(hidden_layers=(9, 8), code_size=3, epochs=7, layer_epochs=5, cd_k=2, seed=4)
    below = config.parents()["below"]
    assert below == config_of(
        hidden_layers=(9,), code_size=8, linear_code=False, epochs=5, layer_epochs=5, cd_k=2, seed=4
    )
    lowest = below.parents()["below"]
    assert lowest == config_of(
        hidden_layers=(), code_size=9, linear_code=False, epochs=5, layer_epochs=5, cd_k=2, seed=4
    )
    assert lowest.parents() == {}
    assert PretrainingConfig.from_values(below.values()) == below


def test_a_single_layer_is_built_on_nothing():
    assert PretrainingConfig(hidden_layers=(), **TOY).parents() == {}


def test_one_lowest_layer_serves_all_that_is_stacked_on_it():
    ways = [
        config_of(hidden_layers=(9,), layer_epochs=5),
        config_of(hidden_layers=(9,), layer_epochs=5, code_size=2, epochs=8),
        config_of(hidden_layers=(9, 8), layer_epochs=5).parents()["below"],
    ]
    alone = config_of(hidden_layers=(), code_size=9, linear_code=False, epochs=5)
    assert {run_id(way.parents()["below"]) for way in ways} == {run_id(alone)}
    assert {way.parents()["below"].epochs for way in ways} == {5}


OF_RBMS = {"cd_k": 3, "momentum": 0.5, "low_momentum_epochs": 1, "weight_decay": 0.01}


@pytest.mark.parametrize(("name", "value"), OF_RBMS.items())
def test_what_only_rbms_have_makes_another_run_of_rbms_alone(name, value):
    assert run_id(config_of(**{name: value})) != run_id(config_of())
    autoencoders = {"method": "autoencoders"}
    assert run_id(config_of(**autoencoders, **{name: value})) == run_id(config_of(**autoencoders))
    below = config_of(**autoencoders, **{name: value}).parents()["below"]
    assert run_id(below) == run_id(config_of(**autoencoders).parents()["below"])


@pytest.mark.parametrize("method", ["RBMs", "autoencoders"])
def test_the_epochs_of_layers_below_matter_only_where_there_are_some(method):
    one, other = ({"method": method, "layer_epochs": epochs} for epochs in (3, 4))
    assert run_id(config_of(**one)) != run_id(config_of(**other))
    assert run_id(config_of(hidden_layers=(), **one)) == run_id(config_of(hidden_layers=(), **other))


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.2},
        {"linear_code": False},
        {"code_size": 5},
        {"hidden_layers": (7,)},
        {"method": "autoencoders"},
        {"seed": 1},
        {"batch_size": 6},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["RBMs", "autoencoders"])
def test_every_other_setting_makes_another_run(method, change):
    other = {"method": "autoencoders" if method == "RBMs" else "RBMs"} if "method" in change else change
    assert run_id(config_of(**{"method": method} | other)) != run_id(config_of(method=method))


def test_settings_that_make_no_other_run_have_no_effect_on_autoencoders():
    first, second = (train(learner_of(method="autoencoders", **options), 2).state() for options in ({}, OF_RBMS))
    assert same_bits(first, second)


def test_only_the_sizes_of_layers_are_kept_where_they_are_not_trained():
    config = config_of(
        hidden_layers=(7,), code_size=2, linear_code=False, epochs=3, seed=4, method="autoencoders", learning_rate=0.2
    )
    assert config.only_sizes() == PretrainingConfig(hidden_layers=(7,), code_size=2, linear_code=False, **TOY)


def test_the_cost_counts_the_way_up_and_the_last_layers_rule():
    config = config_of(hidden_layers=(10, 20), code_size=30, cd_k=2)
    up, last = 16 * 10 + 10 * 20, 20 * 30
    assert config.cost((4, 4)) == up + last * 7
    assert config.model_copy(update={"method": "autoencoders"}).cost((4, 4)) == up + last * 6
    assert config_of(hidden_layers=(), code_size=30).cost((4, 4)) == 16 * 30 * 5


@pytest.mark.parametrize(
    ("field", "bad"), [("hidden_layers", "9-8-7-6-5"), ("hidden_layers", "1"), ("code_size", 0), ("method", "GANs")]
)
def test_values_out_of_range_are_refused(field, bad):
    with pytest.raises(ConfigError, match=f"{field} = "):
        PretrainingConfig.from_values({field: bad})


# the rate


def test_linear_units_and_autoencoders_learn_a_hundred_times_slower():
    rates = [train(learner_of(**RULES[name]), 1).current_learning_rate for name in RULES]
    assert rates == pytest.approx([0.001, 0.1, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001])


# the last layer on those below

LAYERS = {
    "linear code": {"cd_k": 2},
    "binary code": {"linear_code": False, "cd_k": 3},
    "low momentum at the start": {"momentum": 0.8, "low_momentum_epochs": 2, "weight_decay": 0.3},
    "three layers": {"hidden_layers": (6, 5)},
    "three layers, binary code": {"hidden_layers": (6, 5), "linear_code": False},
    "one layer": {"hidden_layers": ()},
}


@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
def test_rbms_learn_from_the_probabilities_of_the_layer_below(options):
    """Three epochs of batches of 5, 5 and 3 images of 9 pixels, one number at a time."""
    learner = learner_of(learning_rate=10 if options.get("linear_code", True) else 0.5, **options)
    config, below = rbm_of(learner, options), layers_below(config_of(**options))
    last = len(below.sizes) - 1
    names = {f"encoder.{last}.W": "W", f"encoder.{last}.b": "b", "decoder.0.b": "a"}
    start = copied(learner)
    literal = (LiteralGaussian if options.get("linear_code", True) else LiteralBinary)(
        config, {short: start[name] for name, short in names.items()}
    )
    for epoch in (1, 2, 3):
        learner.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        literal.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for batch in PIXELS.split(5):
            assert learner.train_batch(batch) == {}
            activities = (batch.double() / 255).tolist()
            for layer in range(last):
                W, b = (below.state()[f"encoder.{layer}.{x}"].tolist() for x in "Wb")
                activities = upwards(activities, W, b)
            literal.train_batch(activities)
            for name, tensor in learner.state().items():
                if name in names:
                    expected = torch.tensor(getattr(literal, names[name]))
                elif name.startswith("layer.velocity."):
                    expected = torch.tensor(literal.velocity[name[-1]])
                else:
                    assert torch.equal(tensor, start[name])
                    continue
                torch.testing.assert_close(tensor, expected, rtol=0, atol=5e-5, msg=f"{name}, {epoch=}")
    assert not any(torch.allclose(learner.state()[name], start[name], atol=0.005) for name in names)


def rbm_of(learner, options):
    """The RBM of the last layer, as its literal twin needs it."""
    asked = {"momentum": 0.9, "low_momentum_epochs": 5, "weight_decay": 2e-4, "cd_k": 1} | options
    return RBMConfig(
        hidden_units=learner.model.code_size,
        learning_rate=learner.current_learning_rate,
        batch_size=5,
        binarize="none",
        **{name: asked[name] for name in ("momentum", "low_momentum_epochs", "weight_decay", "cd_k")},
        **TOY,
    )


def activities_below(config):
    x = PIXELS / 255
    state = layers_below(config).state()
    for layer in range(len(config.hidden_layers)):
        x = torch.sigmoid(x @ state[f"encoder.{layer}.W"] + state[f"encoder.{layer}.b"])
    return x


@pytest.mark.parametrize("linear_code", [True, False])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_a_shallow_autoencoder_takes_torchs_steps_on_activities_below(hidden, linear_code):
    options = {"method": "autoencoders", "hidden_layers": hidden, "linear_code": linear_code, "learning_rate": 2.0}
    learner = learner_of(**options)
    last, start = len(hidden), copied(learner)
    W, b, a = (start[name].requires_grad_() for name in (f"encoder.{last}.W", f"encoder.{last}.b", "decoder.0.b"))
    optimizer = torch.optim.Adam([W, a, b], lr=0.02)
    for epoch in (1, 2):
        learner.begin_epoch(epoch, torch.Generator())
        for pixels, x in zip(PIXELS.split(5), activities_below(config_of(**options)).split(5), strict=True):
            assert learner.train_batch(pixels) == {}
            code = x @ W + b
            output = (code if linear_code else torch.sigmoid(code)) @ W.T + a
            optimizer.zero_grad()
            (F.binary_cross_entropy_with_logits(output, x, reduction="sum") / len(x)).backward()
            optimizer.step()
    for name, tensor in ((f"encoder.{last}.W", W), (f"encoder.{last}.b", b), ("decoder.0.b", a)):
        torch.testing.assert_close(learner.state()[name], tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("linear_code", [True, False])
def test_a_shallow_autoencoders_gradient_is_that_of_finite_differences(linear_code, double):
    options = {"method": "autoencoders", "hidden_layers": (), "linear_code": linear_code}
    learner = learner_of(**options)
    start = {"W": "encoder.0.W", "b": "encoder.0.b", "a": "decoder.0.b"}
    start = {short: copied(learner)[name] for short, name in start.items()}
    x = PIXELS / 255

    def loss(W, b, a):
        code = x @ W + b
        y = torch.sigmoid((code if linear_code else torch.sigmoid(code)) @ W.T + a)
        return float(-(x * y.log() + (1 - x) * (1 - y).log()).sum() / len(x))

    learner.begin_epoch(1, torch.Generator())
    learner.train_batch(PIXELS)
    for name, tensor in start.items():
        gradient = learner.state()[f"layer.adam.exp_avg.{name}"] / 0.1  # of the first step
        for place in range(tensor.numel()):
            step = torch.zeros_like(tensor)
            step.view(-1)[place] = 1e-5
            slope = (loss(**start | {name: tensor + step}) - loss(**start | {name: tensor - step})) / 2e-5
            assert float(gradient.view(-1)[place]) == pytest.approx(slope, rel=1e-5, abs=1e-7)


def test_a_layer_learns_to_give_back_its_input():
    for options in ({"method": "autoencoders", "learning_rate": 2.0}, {"linear_code": False, "learning_rate": 0.2}):
        learner = learner_of(code_size=8, **options)
        x = activities_below(config_of(**options))

        def error(learner=learner, x=x):
            W, b, a = (learner.state()[name].detach() for name in ("encoder.1.W", "encoder.1.b", "decoder.0.b"))
            code = x @ W + b
            code = code if learner.model.code_activation == "linear" else torch.sigmoid(code)
            return float((torch.sigmoid(code @ W.T + a) - x).square().sum(dim=1).mean())

        before = error()
        train(learner, 60)
        assert error() < 0.6 * before


@EACH_RULE
def test_no_layer_below_the_last_is_changed_by_training(options):
    learner = learner_of(**options)
    before, last = copied(learner), len(learner.model.sizes) - 2
    after = train(learner, 3).state()
    own = {f"encoder.{last}.W", f"encoder.{last}.b", "decoder.0.b"}
    below = learner.model.state().keys() - own
    assert len(below) == 3 * last
    assert all(torch.equal(before[name], after[name]) for name in below)
    assert not any(torch.equal(before[name], after[name]) for name in own)


# start and continuation


def test_tensors_are_those_of_a_tied_autoencoder():
    model = config_of().new_model((4, 4))
    assert {name: tuple(x.shape) for name, x in model.state().items()} == {
        "encoder.0.W": (16, 6),
        "encoder.0.b": (6,),
        "encoder.1.W": (6, 4),
        "encoder.1.b": (4,),
        "decoder.0.b": (6,),
        "decoder.1.b": (16,),
    }
    assert not any(x.any() for x in model.state().values())
    assert (model.tied, model.loss, model.activation) == (True, "cross-entropy", "sigmoid")
    assert [config_of(linear_code=x).new_model((4, 4)).code_activation for x in (True, False)] == ["linear", "sigmoid"]


@pytest.mark.parametrize("method", ["RBMs", "autoencoders"])
def test_the_last_weights_are_not_those_a_layer_below_started_with(method):
    config = PretrainingConfig(dataset="mnist-5k", hidden_layers=(100,), code_size=100, method=method)
    lower, upper = (
        each.new_learner((28, 28), generator(0, 0, Stream.TRAINING)).state()[f"encoder.{layer}.W"].detach().flatten()
        for layer, each in enumerate((config.parents()["below"], config))
    )
    for part in (lower[:10_000], lower[-10_000:]):
        assert float(torch.corrcoef(torch.stack([part, upper]))[0, 1].abs()) < 5 / 10_000**0.5


def test_first_weights_of_autoencoders_are_glorots_of_rbms_normal():
    shape, sizes = (28, 28), {"dataset": "mnist-5k", "hidden_layers": (), "code_size": 100}
    W, rbm = (
        PretrainingConfig(**sizes, method=method).new_learner(shape, generator(0, 0, Stream.TRAINING)).model.state()
        for method in ("autoencoders", "RBMs")
    )
    share = W["encoder.0.W"].detach() / math.sqrt(6 / 884)
    n = share.numel()
    assert 1 - 20 / n < float(share.abs().max()) <= 1 + 1e-6
    assert float(share.square().mean()) == pytest.approx(1 / 3, abs=5 * (4 / 45 / n) ** 0.5)
    assert float(rbm["encoder.0.W"].std()) == pytest.approx(0.1, rel=5 / (2 * n) ** 0.5)
    assert not any(x.detach().any() for state in (W, rbm) for name, x in state.items() if name.endswith("b"))


# unfolding


@pytest.mark.parametrize("sizes", [(9, 6), (9, 6, 5), (9, 6, 5, 4)])
def test_layers_become_the_lowest_of_a_tied_model(sizes, draws):
    below, model = random_layers(sizes, draws), Autoencoder((9, 6, 5, 4), tied=True)
    unfold_on(model, below)
    found, trained, shift = model.state(), below.state(), 4 - len(sizes)
    for layer in range(3):
        for name in ("W", "b"):
            own = found[f"encoder.{layer}.{name}"]
            assert torch.equal(own, trained[f"encoder.{layer}.{name}"]) if layer < len(sizes) - 1 else not own.any()
    for layer in range(3):
        own = found[f"decoder.{layer}.b"]
        assert torch.equal(own, trained[f"decoder.{layer - shift}.b"]) if layer >= shift else not own.any()
    assert not {x.data_ptr() for x in found.values()} & {x.data_ptr() for x in trained.values()}


def test_the_decoder_of_an_untied_model_is_the_encoder_upside_down(draws):
    below, model = random_layers((9, 6, 5), draws), Autoencoder((9, 6, 5, 4))
    unfold_on(model, below)
    found = model.state()
    assert torch.equal(found["decoder.2.W"], below.state()["encoder.0.W"].T)
    assert torch.equal(found["decoder.1.W"], below.state()["encoder.1.W"].T)
    assert not found["decoder.0.W"].any()
    assert not found["encoder.2.W"].any()
    assert found["decoder.2.W"].is_contiguous()


def test_layers_that_are_not_tied_are_copied_both_ways(draws):
    below, model = random_layers((9, 6, 5), draws, tied=False), Autoencoder((9, 6, 5))
    unfold_on(model, below)
    assert same_bits(model.state(), below.state())


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("linear_code", [True, False])
def test_an_unfolded_model_reconstructs_as_the_stack_does(linear_code, tied, draws):
    below = random_layers((9, 6, 5, 4), draws, linear_code=linear_code)
    model = Autoencoder((9, 6, 5, 4), "sigmoid", "cross-entropy", linear_code=linear_code, tied=tied)
    unfold_on(model, below)
    x = all_states(9)
    assert torch.equal(model.encode(x), below.encode(x))
    torch.testing.assert_close(model.reconstruct(x), below.reconstruct(x), rtol=0, atol=1e-6)


def test_what_a_trained_layer_leaves_is_copied_without_its_gradients():
    learner = train(learner_of(method="autoencoders"), 1)
    model = Autoencoder((9, 6, 4))
    unfold_on(model, learner.model)
    assert not any(x.requires_grad for x in model.state().values())
    assert torch.equal(model.state()["encoder.1.W"], learner.state()["encoder.1.W"].detach())


@pytest.mark.parametrize("sizes", [(8, 6), (9, 5), (9, 6, 5, 4, 3), (9, 6, 4, 4), (16, 9, 6, 5)])
def test_layers_of_other_sizes_are_refused(sizes, draws):
    with pytest.raises(ValueError, match=r"layers of \(.*\) units do not fit into \(9, 6, 5, 4\)"):
        unfold_on(Autoencoder((9, 6, 5, 4)), random_layers(sizes, draws))


def test_a_model_of_another_class_is_refused(draws):
    with pytest.raises(TypeError, match="layers are stacked on layers, not on a RBM"):
        unfold_on(Autoencoder((9, 6, 5)), random_rbm(9, 6, draws))
    with pytest.raises(ValueError, match="do not fit"):
        learner_of().prepare(PIXELS, {"below": random_layers((9, 7), draws)})
