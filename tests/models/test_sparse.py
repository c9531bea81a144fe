import itertools
import math

import pytest
import torch

from explorer.data.catalogue import load
from explorer.errors import ConfigError
from explorer.models.autoencoder_learner import LOSSES
from explorer.models.sparse import SparseConfig, kl_divergence
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

VARIANTS = ["bias correction", "KL penalty"]
TOY = {"dataset": "bars-and-stripes", "code_size": 12}


def learner_of(seed=0, **options):
    config = SparseConfig(**TOY | {"seed": seed} | options)
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


def batches(count):
    return torch.tensor(load("bars-and-stripes").train[: 20 * count]).split(20)


# variant 1


@pytest.mark.parametrize("hidden", [(), (7,)])
def test_the_bias_correction_is_that_of_a_literal_loop(hidden):
    options = {"target": 0.1, "memory": 0.8, "correction": 0.2, "hidden_layers": hidden, "tied": False}
    learner = learner_of(variant="bias correction", **options)
    twin = learner_of(**options).model
    bias = f"encoder.{len(hidden)}.b"
    optimizer = torch.optim.Adam([x.requires_grad_() for x in twin.state().values()], lr=learner.config.learning_rate)
    mean = [0.1] * 12
    learner.begin_epoch(1, torch.Generator())
    for pixels in batches(4):
        found = learner.train_batch(pixels)
        assert found.keys() == {"loss_train"}
        x = pixels / 255
        code = twin.encode(x)
        optimizer.zero_grad()
        LOSSES[twin.loss](twin.logits(code), x).backward()
        optimizer.step()
        for unit in range(12):
            activation = sum(float(image[unit]) for image in code.detach()) / len(x)
            mean[unit] = 0.8 * mean[unit] + (1 - 0.8) * activation
            with torch.no_grad():
                twin.state()[bias][unit] -= 0.2 * (mean[unit] - 0.1)
    torch.testing.assert_close(learner.state()["mean_activation"], torch.tensor(mean))
    for name, tensor in twin.state().items():
        torch.testing.assert_close(learner.model.state()[name], tensor, rtol=1e-4, atol=1e-5)


# variant 2


def test_the_kl_divergence_is_a_literal_sum():
    means = [0.001, 0.05, 0.3, 0.999]
    expected = []
    for mean in means:
        on, off = 0.05 * math.log(0.05 / mean), 0.95 * math.log(0.95 / (1 - mean))
        expected.append(on + off)
    found = kl_divergence(0.05, torch.tensor(means, dtype=torch.double))
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.double))
    assert found[1] == pytest.approx(0, abs=1e-12)


def test_units_that_are_never_or_always_on_have_a_finite_divergence():
    mean = torch.tensor([0.0, 1.0]).requires_grad_()
    divergence = kl_divergence(0.05, mean)
    assert divergence.isfinite().all()
    assert torch.autograd.grad(divergence.sum(), mean)[0].isfinite().all()
    assert kl_divergence(0.05, torch.tensor([float("nan")])).isnan().all()  # a divergence is not hidden


@pytest.mark.parametrize("options", [{}, {"hidden_layers": (7,), "tied": False, "loss": "squared error"}], ids=str)
def test_the_penalty_is_part_of_the_loss(options):
    learner = learner_of(variant="KL penalty", target=0.1, penalty_weight=2.0, **options)
    twin = learner_of(**options).model
    optimizer = torch.optim.Adam([x.requires_grad_() for x in twin.state().values()], lr=learner.config.learning_rate)
    learner.begin_epoch(1, torch.Generator())
    for pixels in batches(3):
        found = learner.train_batch(pixels)
        x = pixels / 255
        code = twin.encode(x)
        loss = LOSSES[twin.loss](twin.logits(code), x)
        mean = sum(code) / len(x)
        penalty = 2.0 * sum(0.1 * torch.log(0.1 / q) + 0.9 * torch.log(0.9 / (1 - q)) for q in mean)
        torch.testing.assert_close(found["reconstruction_train"], loss.detach(), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(found["penalty_train"], penalty.detach(), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(found["loss_train"], (loss + penalty).detach(), rtol=1e-4, atol=1e-5)
        assert not any(value.requires_grad for value in found.values())
        optimizer.zero_grad()
        (loss + penalty).backward()
        optimizer.step()
    for name, tensor in twin.state().items():
        torch.testing.assert_close(learner.model.state()[name], tensor, rtol=1e-3, atol=1e-5)


# both


@pytest.mark.parametrize("variant", VARIANTS)
def test_units_are_on_for_their_share(variant):
    learner = learner_of(variant=variant, target=0.2, correction=0.3, penalty_weight=10.0, learning_rate=1e-3)
    x = torch.tensor(load("bars-and-stripes").train[:50]) / 255
    start = learner.model.encode(x).mean().item()
    records_of(learner, 300)
    mean = learner.model.encode(x).mean(dim=0).detach()
    assert start > 0.3
    assert float(mean.mean()) == pytest.approx(0.2, abs=0.03)
    assert float(mean.max()) < 0.3


@pytest.mark.parametrize(
    ("variant", "idle"),
    [("bias correction", {"penalty_weight": 9.0}), ("KL penalty", {"correction": 1.0, "memory": 0.5})],
)
def test_the_other_variants_fields_do_nothing(variant, idle):
    learners = [learner_of(variant=variant, **options) for options in ({}, idle)]
    for learner in learners:
        records_of(learner, 2)
    first, second = (learner.state() for learner in learners)
    assert all(torch.equal(first[name], second[name]) for name in first)
    for field in idle:
        assert f"Without effect on the {variant}" in str(SparseConfig.model_fields[field].description)


def test_the_other_variants_fields_have_their_defaults_in_a_trajectory():
    changes = {"correction": 1.0, "memory": 0.5, "penalty_weight": 9.0, "target": 0.2}
    kept = {"bias correction": ("correction", "memory", "target"), "KL penalty": ("penalty_weight", "target")}
    for variant, names in kept.items():
        found = SparseConfig(variant=variant, **TOY | changes).trajectory()
        assert found == SparseConfig(variant=variant, **TOY | {name: changes[name] for name in names})


def test_only_the_bias_correction_has_a_mean_that_starts_at_the_target():
    first, second = (learner_of(variant=variant, target=0.2).state() for variant in VARIANTS)
    assert torch.equal(first["mean_activation"], torch.full((12,), 0.2))
    assert "mean_activation" not in second


# the config


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_only_sigmoids_can_be_on_for_a_share(activation):
    with pytest.raises(ConfigError, match=f"activation = '{activation}' is not valid: sigmoid"):
        SparseConfig.from_values({"activation": activation})


def test_the_code_has_its_activation():
    with pytest.raises(ConfigError, match="linear_code = 'true' is not valid: off"):
        SparseConfig.from_values({"linear_code": True})


def test_bounds_and_defaults():
    assert SparseConfig().code_size == 400
    assert SparseConfig(code_size=2000).new_model((28, 28)).code_size == 2000
    assert SparseConfig().cost((28, 28)) == 6 * 784 * 400
    for field, bad in (("code_size", 2001), ("target", 0), ("target", 1), ("memory", 1), ("penalty_weight", -1)):
        with pytest.raises(ConfigError, match=f"{field} = {bad} is not valid"):
            SparseConfig.from_values({field: bad})


@pytest.mark.parametrize("logit", [-4.0, -12.0, -16.0, -40.0])
def test_the_penalty_does_not_let_go_of_a_unit_that_is_off(logit):
    total_input = torch.full((100, 1), logit, requires_grad=True)
    (gradient,) = torch.autograd.grad(kl_divergence(0.05, torch.sigmoid(total_input).mean(dim=0)).sum(), total_input)
    # d KL / d mean · d mean / d input → −ρ in sum over the batch as the mean goes to 0
    assert float(gradient.sum()) == pytest.approx(-0.05, abs=0.02)
