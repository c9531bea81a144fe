import itertools
import math

import numpy as np
import pytest
import torch

from explorer.data.catalogue import load
from explorer.errors import ConfigError
from explorer.models.autoencoder import Autoencoder
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig, labelled
from explorer.models.pretraining import PretrainingConfig
from explorer.runs.ids import run_id
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator
from tests.models.random_models import random_layers, random_rbm

TOY = {"dataset": "bars-and-stripes"}
STARTS = ["autoencoder", "layers", "random"]
IMAGES = load("bars-and-stripes")
ROWS = torch.tensor(np.concatenate([IMAGES.train, IMAGES.train_labels[:, None]], axis=1)[:50])


def config_of(base=None, layers=None, **options):
    sizes = {"hidden_layers": (6,), "code_size": 4}
    base = DeepAutoencoderConfig(layers=PretrainingConfig(**TOY | sizes | (layers or {})), **TOY | (base or {}))
    return DeepClassifierConfig(**{"base": base, "batch_size": 20, **TOY} | options)


def base_of(config):
    """A random autoencoder, or random layers, of 16 pixels, as the config starts with."""
    sizes, linear_code = config.base.layers.sizes_on((4, 4)), config.base.layers.linear_code
    tied = config.start == "layers"
    return random_layers(sizes, torch.Generator().manual_seed(6), linear_code=linear_code, tied=tied)


def learner_of(**options):
    config = config_of(**options)
    learner = config.new_learner((4, 4), generator(config.seed, 0, Stream.TRAINING))
    learner.prepare(ROWS, {"base": base_of(config)} if config.parents() else {})
    return learner


def train(learner, epochs, reached=0, seed=0, rows=ROWS):
    """Train on 50 images in batches of 20, the last of 10; return the records."""
    places = {"seed": seed, "batch_size": 20, "reached": reached, "generator": torch.Generator()}
    return list(itertools.islice(train_epochs(learner, rows, **places, watch=lambda share: share < 0), epochs))


def copied(learner):
    return {name: x.detach().clone() for name, x in learner.state().items()}


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# which images are labelled

TEN = np.repeat(np.arange(10, dtype=np.uint8), 50)[np.random.default_rng(1).permutation(500)]


def counts_of(labels, chosen, classes=10):
    return np.bincount(labels[chosen], minlength=classes)


@pytest.mark.parametrize("count", [10, 30, 100, 490, 500])
def test_each_class_has_as_many_labels(count):
    chosen = labelled(TEN, count, seed=0)
    assert counts_of(TEN, chosen).tolist() == [count // 10] * 10
    assert len(set(chosen.tolist())) == count


@pytest.mark.parametrize("count", [11, 37, 99])
def test_a_count_that_is_no_multiple_is_uneven_by_one_at_the_most(count):
    counts = counts_of(TEN, labelled(TEN, count, seed=0))
    assert counts.sum() == count
    assert counts.max() - counts.min() == 1


def test_a_class_with_too_few_images_gives_all_and_the_others_fill_up():
    labels = np.array([0] * 40 + [1] * 3 + [2] * 40, np.uint8)
    assert counts_of(labels, labelled(labels, 9, 0), 3).tolist() == [3, 3, 3]
    assert counts_of(labels, labelled(labels, 23, 0), 3).tolist() == [10, 3, 10]
    assert counts_of(labels, labelled(labels, 63, 0), 3).tolist() == [30, 3, 30]


@pytest.mark.parametrize("labels", [TEN, IMAGES.train_labels], ids=["ten classes", "bars and stripes"])
def test_fewer_labels_are_some_of_more(labels):
    sets = [set(labelled(labels, count, seed=3).tolist()) for count in (10, 11, 30, 100, 250, 500)]
    assert all(smaller < larger for smaller, larger in itertools.pairwise(sets))


def test_all_images_can_be_labelled():
    assert labelled(TEN, 500, seed=0).tolist() == list(range(500))
    assert labelled(IMAGES.train_labels, 3000, seed=5).tolist() == list(range(3000))


def test_the_seed_decides_which_images_are_labelled():
    first, same, other = (labelled(TEN, 100, seed).tolist() for seed in (0, 0, 1))
    assert first == same
    assert len(set(first) & set(other)) < 50  # 20 by chance


def test_any_image_of_a_class_can_be_chosen():
    chosen = np.concatenate([labelled(TEN, 100, seed) for seed in range(60)])
    assert len(np.unique(chosen)) == 500
    assert np.bincount(chosen).max() < 35  # 12 on average, of 60


@pytest.mark.parametrize(
    ("labels", "batch_size", "times"), [(10, 20, 40), (30, 20, 14), (400, 20, 1), (401, 20, 1), (3000, 20, 1)]
)
def test_few_rows_are_repeated_until_they_make_twenty_batches(labels, batch_size, times):
    rows = config_of(labels=labels, batch_size=batch_size).training_rows(IMAGES)
    assert rows.shape == (labels * times, 17)
    assert rows.dtype == np.uint8
    assert len(rows) >= 20 * batch_size
    assert len(rows) - labels < 20 * batch_size or times == 1
    chosen = labelled(IMAGES.train_labels, labels, 0)
    for repeat in range(times):
        part = rows[repeat * labels : (repeat + 1) * labels]
        assert (part[:, :-1] == IMAGES.train[chosen]).all()
        assert (part[:, -1] == IMAGES.train_labels[chosen]).all()


def test_rows_follow_the_classifiers_own_seed():
    rows = [config_of(seed=seed, base={"seed": base}).training_rows(IMAGES) for seed, base in ((0, 0), (0, 9), (1, 0))]
    assert (rows[0] == rows[1]).all()
    assert (rows[0] != rows[2]).any()


# the config


def test_defaults_are_a_hundred_labels_on_the_fine_tuned_encoder():
    config = DeepClassifierConfig(dataset="mnist-5k")
    assert config.base == DeepAutoencoderConfig(dataset="mnist-5k")
    assert (config.start, config.labels, config.epochs, config.learning_rate) == ("autoencoder", 100, 20, 1e-3)
    assert not config.keeps_between


@pytest.mark.parametrize(("dataset", "most"), [("bars-and-stripes", 3000), ("mnist-5k", 4000)])
def test_more_labels_than_training_images_are_refused(dataset, most):
    assert DeepClassifierConfig.from_values({"dataset": dataset, "labels": most}).labels == most
    with pytest.raises(ConfigError) as caught:
        DeepClassifierConfig.from_values({"dataset": dataset, "labels": most + 1})
    (problem,) = caught.value.problems
    assert (problem.field, problem.combination) == ("labels", True)
    assert f"at most {most}, the number of training images" in str(problem)


@pytest.mark.parametrize("labels", [9, 60_001, "many"])
def test_labels_out_of_range_are_refused(labels):
    with pytest.raises(ConfigError, match=r"labels = .* a whole number from 10 to 60000"):
        DeepClassifierConfig.from_values({"labels": labels})


def test_a_classifier_is_built_on_what_its_encoder_starts_with():
    parents = {start: config_of(start=start).parents() for start in STARTS}
    base = config_of().base
    assert parents == {"autoencoder": {"base": base}, "layers": {"base": base.layers}, "random": {}}


def changed(change, start, **options):
    return run_id(config_of(**change, **options, start=start)) != run_id(config_of(**options, start=start))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "change",
    [{"labels": 101}, {"learning_rate": 0.01}, {"seed": 1}, {"batch_size": 21},
     {"layers": {"hidden_layers": (7,)}}, {"layers": {"code_size": 5}}, {"layers": {"linear_code": False}}],
    ids=str,
)  # fmt: skip
def test_own_settings_and_sizes_make_another_run(change, start):
    assert changed(change, start)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "change",
    [{"epochs": 3}, {"loss": "squared error"}, {"learning_rate": 0.01}, {"decay_epochs": 9}, {"seed": 1},
     {"batch_size": 21}, {"start": "random"}, {"start": "small random"}],
    ids=str,
)  # fmt: skip
def test_settings_of_fine_tuning_make_another_run_only_on_the_autoencoder(change, start):
    assert changed({"base": change}, start) == (start == "autoencoder")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "change",
    [{"epochs": 3}, {"layer_epochs": 3}, {"learning_rate": 0.2}, {"method": "autoencoders"}, {"cd_k": 3},
     {"momentum": 0.5}, {"low_momentum_epochs": 1}, {"weight_decay": 0.1}, {"seed": 1}, {"batch_size": 21}],
    ids=str,
)  # fmt: skip
def test_settings_of_the_layers_matter_where_the_encoder_goes_back_to_them(change, start):
    assert changed({"layers": change}, start) == (start != "random")
    if start == "autoencoder":
        assert not changed({"layers": change}, start, base={"start": "random"})


def test_what_autoencoders_ignore_makes_no_other_classifier():
    for start in STARTS:
        layers = [{"method": "autoencoders"}, {"method": "autoencoders", "cd_k": 3, "momentum": 0.1}]
        assert len({run_id(config_of(layers=each, start=start)) for each in layers}) == 1


def test_each_start_is_a_run_of_its_own():
    assert len({run_id(config_of(start=start)) for start in STARTS}) == 3


def test_settings_that_make_no_other_run_have_no_effect():
    layers = {"epochs": 3, "seed": 1, "method": "autoencoders", "learning_rate": 0.2}
    first, second = (
        learner_of(start="random", **x) for x in ({}, {"layers": layers, "base": {"loss": "squared error"}})
    )
    for learner in (first, second):
        train(learner, 2)
    assert same_bits(first.state(), second.state())


def test_cost_is_that_of_one_image_whatever_the_labels():
    assert {config_of(labels=labels).cost((4, 4)) for labels in (10, 1500)} == {3 * (16 * 6 + 6 * 4)}


@pytest.mark.parametrize("labels", [10, 30, 210, 399, 400, 3000])
def test_an_epoch_has_as_many_images_as_rows(labels):
    config = config_of(labels=labels)
    assert config.images_per_epoch == len(config.training_rows(IMAGES))


# the model


def test_names_and_shapes_of_the_state():
    model = config_of().new_model((4, 4))
    assert {name: tuple(x.shape) for name, x in model.state().items()} == {
        "encoder.0.W": (16, 6),
        "encoder.0.b": (6,),
        "encoder.1.W": (6, 4),
        "encoder.1.b": (4,),
        "output.W": (4, 3),
        "output.b": (3,),
    }
    assert not any(x.any() for x in model.state().values())
    assert DeepClassifierConfig(dataset="mnist-5k").new_model((28, 28)).state()["output.W"].shape == (30, 10)


@pytest.mark.parametrize("linear_code", [True, False])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_logits_and_probabilities_equal_a_literal_loop(hidden, linear_code, draws):
    model = config_of(layers={"hidden_layers": hidden, "linear_code": linear_code}).new_model((4, 4))
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    x = torch.rand(5, 16, generator=draws)
    state = {name: tensor.double().tolist() for name, tensor in model.state().items()}
    logits, shares = [], []
    for image in x.double().tolist():
        h = image
        for layer in range(len(hidden) + 1):
            W, b = state[f"encoder.{layer}.W"], state[f"encoder.{layer}.b"]
            h = [sum(h[i] * W[i][j] for i in range(len(h))) + b[j] for j in range(len(b))]
            if layer < len(hidden) or not linear_code:
                h = [1 / (1 + math.exp(-total)) for total in h]
        W, b = state["output.W"], state["output.b"]
        logits.append([sum(h[i] * W[i][k] for i in range(len(h))) + b[k] for k in range(3)])
        total = sum(math.exp(logit) for logit in logits[-1])
        shares.append([math.exp(logit) / total for logit in logits[-1]])
    torch.testing.assert_close(model.logits(x), torch.tensor(logits), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.classify(x), torch.tensor(shares), rtol=1e-4, atol=1e-5)


# the start


@pytest.mark.parametrize("start", ["autoencoder", "layers"])
def test_only_the_encoder_is_taken_over(start):
    config = config_of(start=start)
    learner = config.new_learner((4, 4), generator(0, 0, Stream.TRAINING))
    before, base = copied(learner), base_of(config)
    learner.prepare(ROWS, {"base": base})
    after = learner.state()
    encoder = {name for name in after if name.startswith("encoder.")}
    assert encoder == {f"encoder.{layer}.{name}" for layer in range(2) for name in "Wb"}
    for name in encoder:
        assert torch.equal(after[name], base.state()[name])
        assert after[name].data_ptr() != base.state()[name].data_ptr()
    assert all(torch.equal(after[name], before[name]) for name in after.keys() - encoder)
    x = torch.tensor(IMAGES.test) / 255
    assert torch.equal(learner.model.encoder.encode(x), base.encode(x))


def test_random_weights_are_an_autoencoders_and_the_output_begins_at_0():
    state = learner_of(start="random").model.state()
    twin = Autoencoder((16, 6, 4), linear_code=True, tied=True)
    twin.initialize(generator(0, 0, Stream.TRAINING))
    assert all(torch.equal(x, twin.state()[name]) for name, x in state.items() if name.startswith("encoder."))
    assert not any(x.detach().any() for name, x in state.items() if name.endswith(".b") or name == "output.W")


def test_encoders_of_other_sizes_and_other_models_are_refused(draws):
    learner = config_of().new_learner((4, 4), draws)
    with pytest.raises(ValueError, match=r"layers of \(16, 6, 5\) units do not fit into \(16, 6, 4\)"):
        learner.prepare(ROWS, {"base": random_layers((16, 6, 5), draws)})
    with pytest.raises(TypeError, match="not on a RBM"):
        learner.prepare(ROWS, {"base": random_rbm(16, 6, draws)})


# learning


def literal_loss(state, x, labels, linear_code):
    h = torch.sigmoid(x @ state["encoder.0.W"] + state["encoder.0.b"])
    code = h @ state["encoder.1.W"] + state["encoder.1.b"]
    logits = (code if linear_code else torch.sigmoid(code)) @ state["output.W"] + state["output.b"]
    shares = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return -sum(math.log(shares[n, label]) for n, label in enumerate(labels)) / len(x)


@pytest.mark.parametrize("linear_code", [True, False])
@pytest.mark.parametrize("start", STARTS)
def test_the_gradient_of_a_step_is_that_of_finite_differences(start, linear_code, double):
    learner = learner_of(start=start, layers={"linear_code": linear_code}, output_epochs=0)
    with torch.no_grad():
        learner.model.W.normal_(generator=torch.Generator().manual_seed(2))
    before = {name: x.detach().clone() for name, x in learner.model.state().items()}
    rows = ROWS[:6].clone()
    rows[:, :-1] = torch.randint(256, (6, 16), generator=torch.Generator().manual_seed(3))
    x, labels = rows[:, :-1] / 255, rows[:, -1].tolist()
    learner.begin_epoch(1, torch.Generator())
    found = learner.train_batch(rows)
    assert float(found["loss_train"]) == pytest.approx(literal_loss(before, x, labels, linear_code), rel=1e-9)
    for name, tensor in before.items():
        gradient = learner.state()[f"adam.exp_avg.{name}"] / 0.1  # of the first step
        for place in range(0, tensor.numel(), 3):
            step = torch.zeros_like(tensor)
            step.view(-1)[place] = 1e-5
            up, down = (literal_loss(before | {name: tensor + s * step}, x, labels, linear_code) for s in (1, -1))
            assert float(gradient.view(-1)[place]) == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-7), name


def test_a_batch_gives_the_loss_and_the_share_of_errors_before_its_step():
    learner = learner_of()
    with torch.no_grad():
        chosen = learner.model.classify(ROWS[:20, :-1] / 255).argmax(dim=1).tolist()
    found = learner.train_batch(ROWS[:20])
    wrong = sum(a != b for a, b in zip(chosen, ROWS[:20, -1].tolist(), strict=True))
    assert found.keys() == {"loss_train", "error_train"}
    assert float(found["error_train"]) == pytest.approx(wrong / 20)
    assert not any(x.requires_grad for x in found.values())


@pytest.mark.parametrize("start", STARTS)
def test_all_layers_are_trained(start):
    learner = learner_of(start=start, output_epochs=0)
    before = copied(learner)
    train(learner, 1)
    after = {name: x for name, x in learner.state().items() if not name.startswith("alone.")}
    assert not any(torch.equal(before[name], x) for name, x in after.items())
    assert learner.current_learning_rate == 1e-3


@pytest.mark.parametrize("start", STARTS)
def test_at_first_only_the_output_learns_and_faster(start):
    learner = learner_of(start=start, output_epochs=2)
    before = copied(learner)
    rates = []
    for epoch in (1, 2):
        train(learner, 1, reached=epoch - 1)
        rates.append(learner.current_learning_rate)
    changed = {name for name, x in learner.state().items() if not torch.equal(before[name], x)}
    alone = {f"alone.adam.{part}.output.{name}" for part in ("step", "exp_avg", "exp_avg_sq") for name in "Wb"}
    assert changed == {"output.W", "output.b"} | alone
    train(learner, 1, reached=2)
    assert not torch.equal(before["encoder.0.W"], learner.state()["encoder.0.W"])
    assert [*rates, learner.current_learning_rate] == pytest.approx([1e-2, 1e-2, 1e-3])


def test_the_output_alone_follows_the_gradient_of_its_own_loss(double):
    learner = learner_of()
    rows = ROWS[:20]
    with torch.no_grad():
        code = learner.model.encoder.encode(rows[:, :-1] / 255)
    learner.begin_epoch(1, torch.Generator())
    learner.train_batch(rows)
    missed = torch.full((20, 3), 1 / 3)  # the probabilities of an output of zeros
    missed[torch.arange(20), rows[:, -1].long()] -= 1
    moments = {name: learner.state()[f"alone.adam.exp_avg.output.{name}"] / 0.1 for name in "Wb"}
    torch.testing.assert_close(moments["W"], code.T @ missed / 20, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(moments["b"], missed.mean(dim=0), rtol=1e-9, atol=1e-12)


def test_it_learns_what_is_a_bar_and_what_a_stripe():
    config = config_of(layers={"hidden_layers": (30,), "code_size": 8}, start="random", labels=3000, learning_rate=0.01)
    rows = torch.tensor(config.training_rows(IMAGES))[:1000]
    config = config.model_copy(update={"output_epochs": 0})
    learner = config.new_learner((4, 4), generator(0, 0, Stream.TRAINING))
    first, *_, last = [record.metrics for record in train(learner, 12, rows=rows)]
    with torch.no_grad():
        chosen = learner.model.logits(torch.tensor(IMAGES.test) / 255).argmax(dim=1).numpy()
    error = (chosen != IMAGES.test_labels).mean()
    assert error < 0.2  # 16 of 30 by always saying the same
    assert last["loss_train"] < 0.3 * first["loss_train"]


# continuation
