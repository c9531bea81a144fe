"""Adam against algorithm 1 of Kingma & Ba 2015, one number at a time in Python floats."""

import math

import pytest
import torch

from explorer.models.adam import Adam
from explorer.models.interface import copy_tensors

RATE, EPS = 0.03, 1e-8
SHAPES = {"W": (3, 4), "b": (4,), "scale": ()}


def parameters(seed=0):
    draws = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=draws) for name, shape in SHAPES.items()}


def loss_of(tensors, step):
    """A loss whose gradient turns with the step and depends on where the parameters are."""
    draws = torch.Generator().manual_seed(step)
    return sum(
        ((x - torch.randn(x.shape, generator=draws)) ** 2 * torch.rand(x.shape, generator=draws)).sum()
        for x in tensors.values()
    )


class LiteralAdam:
    """Lists of numbers; β₁ = 0.9 and β₂ = 0.999 are the paper's."""

    def __init__(self, tensors, rate, eps, beta1=0.9):
        self.beta1 = beta1
        self.theta = {name: x.flatten().tolist() for name, x in tensors.items()}
        self.m = {name: [0.0] * x.numel() for name, x in tensors.items()}
        self.v = {name: [0.0] * x.numel() for name, x in tensors.items()}
        self.t, self.rate, self.eps = 0, rate, eps

    def step(self, gradients):
        self.t += 1
        for name, gradient in gradients.items():
            for i, g in enumerate(gradient.flatten().tolist()):
                self.m[name][i] = self.beta1 * self.m[name][i] + (1 - self.beta1) * g
                self.v[name][i] = 0.999 * self.v[name][i] + 0.001 * g * g
                m_hat = self.m[name][i] / (1 - self.beta1**self.t)
                v_hat = self.v[name][i] / (1 - 0.999**self.t)
                self.theta[name][i] -= self.rate * m_hat / (math.sqrt(v_hat) + self.eps)


@pytest.mark.parametrize(("eps", "beta1"), [(EPS, 0.9), (1e-2, 0.9), (EPS, 0.3), (EPS, 0.0)])
def test_steps_are_those_of_the_algorithm(eps, beta1):
    tensors = parameters()
    adam, literal = Adam(tensors, RATE, eps, beta1=beta1), LiteralAdam(tensors, RATE, eps, beta1)
    for step in range(20):
        at = {name: x.detach().clone().requires_grad_() for name, x in tensors.items()}
        literal.step(dict(zip(at, torch.autograd.grad(loss_of(at, step), list(at.values())), strict=True)))
        adam.minimize(loss_of(tensors, step))
        state = adam.state()
        for name, shape in SHAPES.items():
            for actual, expected in (
                (tensors[name], literal.theta[name]),
                (state[f"adam.exp_avg.{name}"], literal.m[name]),
                (state[f"adam.exp_avg_sq.{name}"], literal.v[name]),
            ):
                torch.testing.assert_close(
                    actual.detach(), torch.tensor(expected).view(shape), rtol=1e-4, atol=1e-6, msg=f"{name}, {step=}"
                )
            assert state[f"adam.step.{name}"] == step + 1
    assert all((tensors[name] - x).abs().max() > RATE for name, x in parameters().items())


def test_state_is_complete_before_the_first_step():
    tensors = parameters()
    adam = Adam(tensors, RATE)
    before = adam.state()
    assert before.keys() == {f"adam.{part}.{name}" for name in SHAPES for part in ("step", "exp_avg", "exp_avg_sq")}
    for name, tensor in before.items():
        _, part, parameter = name.split(".")
        assert tensor.shape == (() if part == "step" else SHAPES[parameter])
        assert tensor.dtype == torch.float32
        assert not tensor.any()
        assert not tensor.requires_grad
    adam.minimize(loss_of(tensors, 0))
    after = adam.state()
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)  # the same tensors, so that a graph can be captured


def test_parameters_are_updated_in_place_and_become_leaves():
    tensors = parameters()
    places = {name: x.data_ptr() for name, x in tensors.items()}
    Adam(tensors, RATE).minimize(loss_of(tensors, 0))
    assert places == {name: x.data_ptr() for name, x in tensors.items()}
    assert all(x.is_leaf and x.requires_grad for x in tensors.values())


def test_gradients_of_earlier_steps_are_forgotten():
    first, second = parameters(), parameters()
    one, other = Adam(first, RATE), Adam(second, RATE)
    loss_of(first, 5).backward()  # left over
    one.minimize(loss_of(first, 0))
    other.minimize(loss_of(second, 0))
    assert all(torch.equal(first[name], second[name]) for name in SHAPES)


def test_save_load_continue_is_going_on_bit_for_bit():
    tensors = parameters()
    adam = Adam(tensors, RATE)
    for step in range(7):
        adam.minimize(loss_of(tensors, step))
    kept = {name: x.detach().numpy().copy() for name, x in (tensors | adam.state()).items()}

    others = parameters(seed=1)
    continued = Adam(others, RATE)
    continued.minimize(loss_of(others, 99))  # loading must replace this in full
    copy_tensors({name: torch.from_numpy(x) for name, x in kept.items()}, others | continued.state())
    for step in range(7, 12):
        adam.minimize(loss_of(tensors, step))
        continued.minimize(loss_of(others, step))
    expected = tensors | adam.state()
    assert all(torch.equal(x, expected[name]) for name, x in (others | continued.state()).items())
    assert not torch.equal(tensors["W"], torch.from_numpy(kept["W"]))


def test_a_gradient_that_is_a_transposed_view_moves_the_right_numbers():
    start = {"W": torch.arange(12.0).view(3, 4)}
    ours, theirs = ({name: x.clone() for name, x in start.items()} for _ in range(2))
    adam, reference = Adam(ours, RATE), LiteralAdam(theirs, RATE, EPS)
    target = torch.randn(4, 3, generator=torch.Generator().manual_seed(5))
    for _ in range(3):
        gradient = 2 * (ours["W"].detach() - target.T)
        adam.minimize((ours["W"].T.contiguous() - target).square().sum())
        reference.step({"W": gradient})
    expected = torch.tensor(reference.theta["W"]).view(3, 4)
    torch.testing.assert_close(ours["W"].detach(), expected)


def test_the_rate_may_change_between_steps():
    tensors = {"x": torch.tensor([1.0])}
    adam = Adam(tensors, 0.5)
    adam.set_rate(0.0)
    adam.minimize(tensors["x"].square().sum())
    assert tensors["x"].item() == 1.0
    adam.set_rate(0.25)
    adam.minimize(tensors["x"].square().sum())
    assert tensors["x"].item() == pytest.approx(0.75, abs=1e-4)
