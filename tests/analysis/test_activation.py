import math

import numpy as np
import pytest
import torch

from explorer.analysis.activation import Activation, activation
from explorer.models.observation import Binarized
from explorer.models.rbm import RBM

N, V, H = 40, 6, 4


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (N, V), np.uint8)


@pytest.fixture
def rbm():
    rbm, source = RBM(V, H), draws(1)
    for tensor in rbm.state().values():
        tensor.normal_(generator=source)
    return rbm


def literal_probability(rbm, v):
    """p(h = 1 | v) of images (N, V), unit by unit."""
    W, b = rbm.W.tolist(), rbm.b.tolist()
    return np.array(
        [
            [1 / (1 + math.exp(-b[j] - sum(image[i] * W[i][j] for i in range(len(image))))) for j in range(len(b))]
            for image in v.tolist()
        ]
    )


def seeing(rbm, mode):
    """The same RBM, given pixels made binary in another way."""
    rbm.sees = Binarized(mode)
    return rbm


@pytest.mark.parametrize(("mode", "as_pixels"), [("threshold", lambda x: x >= 128), ("none", lambda x: x / 255)])
def test_frequencies_are_means_over_the_images(rbm, pixels, mode, as_pixels):
    found = activation(seeing(rbm, mode), pixels, draws())
    expected = literal_probability(rbm, as_pixels(pixels))
    assert found.total_input.shape == (N, H)
    for image in range(0, N, 50):
        for unit in range(H):
            assert found.probability(image, unit) == pytest.approx(
                expected[image, unit], abs=0.002
            )  # inputs of 11 bits
    assert found.frequency.shape == (H,)
    for unit in range(H):
        assert float(found.frequency[unit]) == pytest.approx(sum(expected[:, unit]) / N, abs=1e-6)


def test_sampled_pixels_have_the_grey_values_as_probabilities(rbm):
    """One image of two grey pixels many times: the mean over its four binary images, by their probabilities."""
    n, image = 20_000, np.array([[64, 191, 0, 255, 0, 255]], np.uint8)
    frequency = activation(seeing(rbm, "sample"), np.repeat(image, n, axis=0), draws()).frequency
    expected = np.zeros(H)
    for first, second in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = (64 / 255 if first else 191 / 255) * (191 / 255 if second else 64 / 255)
        expected += share * literal_probability(rbm, np.array([[first, second, 0, 1, 0, 1]]))[0]
    assert (np.abs(frequency - expected) < 5 * 0.5 / math.sqrt(n) + 2 / 255).all()  # bytes are met within a level


def test_the_seed_decides_the_sampled_pixels(rbm, pixels):
    first, same, other = (activation(seeing(rbm, "sample"), pixels, draws(seed)) for seed in (0, 0, 1))
    assert (first.total_input == same.total_input).all()
    assert (first.total_input != other.total_input).any()


def of(frequency):
    return Activation(np.zeros((1, len(frequency)), np.float16), np.array(frequency, np.float32))


def test_dead_is_below_one_in_a_hundred_and_always_on_above_ninety_nine():
    activity = of([0.0, 0.0099, 0.01, 0.0101, 0.5, 0.9899, 0.99, 0.9901, 1.0])
    assert activity.dead == [0, 1]
    assert activity.always_on == [7, 8]
    assert all(type(unit) is int for unit in activity.dead + activity.always_on)


def test_units_in_use_are_neither_dead_nor_always_on():
    activity = of([0.02, 0.5, 0.98])
    assert activity.dead == activity.always_on == []


def test_units_that_their_biases_hold_off_or_on_are_found(rbm, pixels):
    rbm.W.mul_(0.1)
    rbm.b.copy_(torch.tensor([0.0, -20.0, 20.0, -20.0]))
    activity = activation(seeing(rbm, "sample"), pixels, draws())
    assert activity.dead == [1, 3]
    assert activity.always_on == [2]


def test_the_strongest_images_are_those_that_turn_the_unit_on_most(rbm, pixels):
    activity = activation(seeing(rbm, "none"), pixels, draws())
    expected = literal_probability(rbm, pixels / 255)
    for unit in range(H):
        ranked = sorted(range(N), key=lambda image, unit=unit: -expected[image, unit])
        found = activity.strongest(unit, 7)
        assert len(set(found)) == 7
        # what 16 bits cannot tell apart may be swapped
        np.testing.assert_allclose(expected[found, unit], expected[ranked[:7], unit], rtol=2**-10)
        assert expected[found, unit].min() > np.median(expected[:, unit])


def test_images_that_all_but_saturate_a_unit_are_ranked():
    rbm = RBM(3, 1)
    rbm.W[:] = torch.tensor([[9.0], [2.0], [5.0]])
    pixels = np.array([[255, 0, 0], [255, 255, 255], [255, 255, 0]], np.uint8)  # inputs 9, 16, 11
    assert activation(seeing(rbm, "none"), pixels, draws()).strongest(0, 3) == [1, 2, 0]


def test_the_strongest_images_come_strongest_first():
    probability = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.5], [0.9, 0.7]], np.float16)
    activity = Activation(probability, probability.mean(axis=0, dtype=np.float32))
    assert activity.strongest(0, 3) == [3, 1, 2]
    assert activity.strongest(1, 2) == [0, 3]
    assert activity.strongest(1, 99) == [0, 3, 2, 1]


def test_images_that_turn_a_unit_on_alike_stay_in_order():
    activity = Activation(np.full((5, 1), 0.5, np.float16), np.full(1, 0.5, np.float32))
    assert activity.strongest(0, 3) == [0, 1, 2]
