import math

import numpy as np
import pytest
import torch

from explorer.analysis.reconstruction import build_up, reconstruct
from explorer.models.observation import Binarized
from explorer.models.rbm import RBM

V, H = 5, 4
PIXELS = np.array([[0, 255, 100, 127, 128], [255, 255, 0, 0, 30], [1, 254, 200, 60, 0]], np.uint8)


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def rbm():
    rbm, source = RBM(V, H), draws(1)
    for tensor in rbm.state().values():
        tensor.normal_(generator=source)
    return rbm


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def literal_visible(rbm, h):
    """p(v = 1 | h) of each pixel, for a hidden state that is summed unit by unit."""
    W, a = rbm.W.tolist(), rbm.a.tolist()
    return [sigmoid(a[i] + sum(W[i][j] * h[j] for j in range(len(h)))) for i in range(len(a))]


def literal_hidden(rbm, v):
    W, b = rbm.W.tolist(), rbm.b.tolist()
    return [sigmoid(b[j] + sum(v[i] * W[i][j] for i in range(len(v)))) for j in range(len(b))]


# up to the hidden state and down again


def seeing(rbm, mode):
    """The same RBM, given pixels made binary in another way."""
    rbm.sees = Binarized(mode)
    return rbm


def test_shapes(rbm):
    passed = reconstruct(seeing(rbm, "sample"), PIXELS, draws())
    assert passed.input.shape == passed.means.shape == passed.samples.shape == (3, V)
    assert passed.states.shape == (3, H)
    assert passed.error.shape == (3,)


def test_the_input_is_the_image_as_in_training(rbm):
    assert (reconstruct(seeing(rbm, "threshold"), PIXELS, draws()).input == (PIXELS >= 128)).all()
    np.testing.assert_allclose(reconstruct(seeing(rbm, "none"), PIXELS, draws()).input, PIXELS / 255, atol=1e-6)
    sampled = reconstruct(seeing(rbm, "sample"), np.repeat(PIXELS, 5000, axis=0), draws()).input.reshape(3, 5000, V)
    assert set(np.unique(sampled)) == {0.0, 1.0}
    spread = 5 * np.sqrt(0.25 / 5000) + 1 / 255  # bytes meet probabilities to within one level
    assert (np.abs(sampled.mean(axis=1) - PIXELS / 255) < spread).all()
    assert (sampled.min(axis=1)[PIXELS == 255] == 1).all()
    assert (sampled.max(axis=1)[PIXELS == 0] == 0).all()


def test_states_are_drawn_given_the_input(rbm):
    n = 10_000
    states = reconstruct(seeing(rbm, "threshold"), np.repeat(PIXELS[:1], n, axis=0), draws()).states
    assert set(np.unique(states)) == {0.0, 1.0}
    p = np.array(literal_hidden(rbm, (PIXELS[0] >= 128).tolist()))
    assert (np.abs(states.mean(axis=0) - p) < 5 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.parametrize("mode", ["sample", "threshold", "none"])
def test_probabilities_follow_from_the_states_and_samples_from_them(rbm, mode):
    n = 4000
    passed = reconstruct(seeing(rbm, mode), np.repeat(PIXELS, n, axis=0), draws())
    for row in range(0, 3 * n, 500):
        np.testing.assert_allclose(passed.means[row], literal_visible(rbm, passed.states[row]), atol=1e-6)
    assert set(np.unique(passed.samples)) == {0.0, 1.0}
    p = passed.means.astype(float)
    bound = 5 * np.sqrt((p * (1 - p)).sum(axis=0))
    assert (np.abs((passed.samples - p).sum(axis=0)) < bound).all()


@pytest.mark.parametrize("mode", ["sample", "threshold", "none"])
def test_errors_are_squared_distances_to_the_grey_values(rbm, mode):
    passed = reconstruct(seeing(rbm, mode), PIXELS, draws())
    for image in range(3):
        error = 0.0
        for pixel in range(V):
            error += (int(PIXELS[image, pixel]) / 255 - float(passed.means[image, pixel])) ** 2
        assert float(passed.error[image]) == pytest.approx(error, abs=1e-5)


def test_a_perfect_copy_has_no_error(rbm):
    rbm.W.zero_()
    rbm.a.copy_(torch.tensor([-50.0, 50.0, 50.0, -50.0, 50.0]))
    copied = np.array([[0, 255, 255, 0, 255]], np.uint8)
    assert reconstruct(seeing(rbm, "sample"), copied, draws()).error.tolist() == pytest.approx([0])
    assert reconstruct(seeing(rbm, "sample"), 255 - copied, draws()).error.tolist() == pytest.approx([5])


def test_the_seed_decides_the_states(rbm):
    many = np.repeat(PIXELS, 20, axis=0)
    first, same, other = (reconstruct(seeing(rbm, "sample"), many, draws(seed)) for seed in (0, 0, 1))
    assert (first.states == same.states).all()
    assert (first.samples == same.samples).all()
    assert (first.states != other.states).any()


# the sum, one unit after the other

STATE = np.array([1, 0, 1, 1], np.float32)
ORDERS = ["largest first", "by index"]


@pytest.mark.parametrize("order", ORDERS)
def test_a_build_up_starts_with_the_bias_and_ends_with_the_reconstruction(rbm, order):
    steps = build_up(rbm, STATE, order)
    assert steps.pictures.shape == (4, V)
    np.testing.assert_allclose(steps.pictures[0], [sigmoid(x) for x in rbm.a.tolist()], atol=1e-6)
    np.testing.assert_allclose(steps.pictures[-1], literal_visible(rbm, STATE), atol=1e-6)


@pytest.mark.parametrize("order", ORDERS)
def test_each_step_adds_the_weights_of_exactly_one_active_unit(rbm, order):
    steps = build_up(rbm, STATE, order)
    assert sorted(steps.units.tolist()) == [0, 2, 3]
    logits = np.log(steps.pictures / (1 - steps.pictures.astype(float)))
    for n, unit in enumerate(steps.units.tolist()):
        added = [rbm.W[i, unit].item() for i in range(V)]
        np.testing.assert_allclose(logits[n + 1] - logits[n], added, atol=1e-4)


def test_units_are_added_by_falling_norm_or_by_index(rbm):
    for unit, length in enumerate((1.0, 9.0, 3.0, 2.0)):
        rbm.W[:, unit] *= length / rbm.W[:, unit].square().sum().sqrt()
    assert build_up(rbm, STATE, "largest first").units.tolist() == [2, 3, 0]
    assert build_up(rbm, STATE, "by index").units.tolist() == [0, 2, 3]


def test_units_of_equal_norm_keep_the_order_of_their_indices():
    rbm = RBM(V, 100)
    rbm.W[:, ::2], rbm.W[:, 1::2] = 1.0, -2.0
    units = build_up(rbm, np.ones(100, np.float32), "largest first").units.tolist()
    assert units == [*range(1, 100, 2), *range(0, 100, 2)]


def test_the_largest_weights_are_of_the_largest_norm_whatever_their_sign(rbm):
    rbm.W[:] = torch.tensor([0.1, 0.2, -3.0, 1.0])
    assert build_up(rbm, np.ones(H, np.float32), "largest first").units.tolist() == [2, 3, 1, 0]


@pytest.mark.parametrize("order", ORDERS)
def test_without_active_units_there_is_the_bias_alone(rbm, order):
    steps = build_up(rbm, np.zeros(H, np.float32), order)
    assert steps.units.tolist() == []
    assert steps.pictures.shape == (1, V)
    np.testing.assert_allclose(steps.pictures[0], [sigmoid(x) for x in rbm.a.tolist()], atol=1e-6)


def test_a_build_up_leaves_the_model_as_it_was(rbm):
    before = {name: tensor.clone() for name, tensor in rbm.state().items()}
    build_up(rbm, STATE, "largest first")
    assert all(torch.equal(tensor, before[name]) for name, tensor in rbm.state().items())
