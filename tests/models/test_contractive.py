import itertools

import pytest
import torch
from torch.autograd.functional import jacobian

from explorer.data.catalogue import load
from explorer.errors import ConfigError
from explorer.models.autoencoder import Autoencoder
from explorer.models.autoencoder_learner import LOSSES
from explorer.models.contractive import ContractiveConfig, squared_jacobian
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator

TOY = {"dataset": "bars-and-stripes", "code_size": 6}
DEEP = [
    {"hidden_layers": (7,)},
    {"hidden_layers": (7,), "activation": "tanh", "linear_code": True},
    {"hidden_layers": (20, 5), "activation": "relu"},
    {"hidden_layers": (5, 6, 7, 4), "activation": "sigmoid", "tied": False},
    {"hidden_layers": (7, 9), "activation": "linear"},
]


def learner_of(seed=0, **options):
    config = ContractiveConfig(**TOY | {"seed": seed} | options)
    return config.new_learner((4, 4), generator(seed, 0, Stream.TRAINING))


def random_model(draws, **options):
    model = learner_of(**options).model
    for tensor in model.state().values():
        tensor.detach().normal_(0, 0.7, generator=draws)
    return model


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


def by_autograd(model, x):
    """‖∂f/∂x‖²_F of each image, from the Jacobian of that image alone."""
    return torch.stack([jacobian(lambda v: model.encode(v[None])[0], image).square().sum() for image in x])


# the penalty


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_the_closed_form_of_one_layer_is_autograds_jacobian(activation, tied, double, draws):
    model = random_model(draws, activation=activation, tied=tied)
    x = torch.rand(5, 16, generator=draws)
    torch.testing.assert_close(squared_jacobian(model, model.layers(x)), by_autograd(model, x))


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_other_single_layers_can_be_measured_too(activation, double, draws):
    model = Autoencoder((16, 6), activation)
    for tensor in model.state().values():
        tensor.normal_(0, 0.7, generator=draws)
    x = torch.rand(5, 16, generator=draws)
    torch.testing.assert_close(squared_jacobian(model, model.layers(x)), by_autograd(model, x))


@pytest.mark.parametrize("options", DEEP, ids=str)
def test_deeper_encoders_have_their_exact_jacobian(options, double, draws):
    model = random_model(draws, **options)
    x = torch.rand(5, 16, generator=draws)
    found = squared_jacobian(model, model.layers(x))
    assert found.shape == (5,)
    torch.testing.assert_close(found, by_autograd(model, x))


@pytest.mark.parametrize("options", [{}, {"activation": "tanh"}, *DEEP], ids=str)
def test_its_gradient_against_finite_differences(options, double, draws):
    model = ContractiveConfig(**TOY | options).new_model((4, 4))
    names, tensors = zip(*model.state().items(), strict=True)
    for tensor in tensors:
        tensor.normal_(0, 0.7, generator=draws).requires_grad_()
    x = torch.rand(3, 16, generator=draws)

    def penalty_of(*parameters):
        model.parameters = dict(zip(names, parameters, strict=True))
        return squared_jacobian(model, model.layers(x)).mean()

    assert torch.autograd.gradcheck(penalty_of, tuple(tensors), atol=1e-4)


# the config


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_one_layer_needs_a_slope_that_changes(activation):
    with pytest.raises(ConfigError, match=r"activation = '\w+' is not valid: sigmoid or tanh, .* or add hidden_layers"):
        ContractiveConfig.from_values({"activation": activation})
    assert ContractiveConfig(activation=activation, hidden_layers=(50,)).activation == activation


def test_one_layer_needs_a_code_with_a_slope():
    with pytest.raises(ConfigError, match=r"linear_code = 'true' is not valid: off, .* or add hidden_layers"):
        ContractiveConfig.from_values({"linear_code": True})
    assert ContractiveConfig(linear_code=True, hidden_layers=(50,)).linear_code


def test_bounds_and_defaults():
    config = ContractiveConfig()
    assert (config.code_size, config.tied, config.loss, config.contraction) == (200, True, "cross-entropy", 0.1)
    for field, bad in (("code_size", 1001), ("contraction", -0.1), ("contraction", 101)):
        with pytest.raises(ConfigError, match=f"{field} = {bad} is not valid"):
            ContractiveConfig.from_values({field: bad})


def test_cost_counts_the_product_of_jacobians():
    assert ContractiveConfig(code_size=200).cost((28, 28)) == 6 * 784 * 200
    layers = 784 * 100 + 100 * 50 + 50 * 20
    deep = ContractiveConfig(hidden_layers=(100, 50), code_size=20)
    assert deep.cost((28, 28)) == 6 * layers + 3 * 20 * (100 * 50 + 100**2)


# learning


@pytest.mark.parametrize("options", [{}, {"activation": "tanh", "loss": "squared error"}, *DEEP], ids=str)
def test_a_step_is_torchs_adam_on_loss_and_penalty(options):
    learner, twin = learner_of(contraction=0.3, **options), learner_of(**options).model
    pixels = torch.tensor(load("bars-and-stripes").train[:20])
    x = pixels / 255
    optimizer = torch.optim.Adam([tensor.requires_grad_() for tensor in twin.state().values()], lr=3e-3)
    for epoch in (1, 2):
        learner.begin_epoch(epoch, torch.Generator())
        metrics = learner.train_batch(pixels)
        loss = LOSSES[twin.loss](twin.logits(twin.encode(x)), x)
        slopes = jacobian(lambda v: twin.encode(v).sum(dim=0), x, create_graph=True)  # (C, B, V)
        penalty = 0.3 * slopes.square().sum() / len(x)
        torch.testing.assert_close(metrics["reconstruction_train"], loss.detach())
        torch.testing.assert_close(metrics["penalty_train"], penalty.detach(), rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(metrics["loss_train"], (loss + penalty).detach(), rtol=1e-4, atol=1e-6)
        assert not any(value.requires_grad for value in metrics.values())
        optimizer.zero_grad()
        (loss + penalty).backward()
        optimizer.step()
    for name, tensor in twin.state().items():
        torch.testing.assert_close(learner.model.state()[name], tensor, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"hidden_layers": (7,), "activation": "tanh"}], ids=str)
def test_the_penalty_contracts(options):
    plain, contracted = (learner_of(contraction=c, learning_rate=0.01, **options) for c in (0.0, 1.0))
    x = torch.tensor(load("bars-and-stripes").train[:50]) / 255
    norms = []
    for learner in (plain, contracted):
        records_of(learner, 200)
        norms.append(float(squared_jacobian(learner.model, learner.model.layers(x)).mean().detach()))
    assert norms[1] < 0.5 * norms[0]
