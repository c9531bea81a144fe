import numpy as np
import pytest

from explorer.analysis.sparsity import activation_histogram, sparsity


def codes(images=400, units=6, seed=0):
    return np.random.default_rng(seed).random((images, units)).astype(np.float32)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_the_figures_are_those_of_a_loop(threshold):
    h = codes() ** 3
    found = sparsity(h, threshold)
    for unit in range(6):
        assert found.mean[unit] == pytest.approx(sum(h[i, unit] for i in range(400)) / 400, rel=1e-5)
        assert found.share_on[unit] == pytest.approx(sum(h[i, unit] > threshold for i in range(400)) / 400)
    assert found.units_on.tolist() == [sum(h[i, unit] > threshold for unit in range(6)) for i in range(400)]
    assert found.mean.dtype == found.share_on.dtype == np.float32


def test_a_unit_is_on_only_above_the_threshold():
    assert sparsity(np.array([[0.5, 0.51, 0.0]], np.float32)).units_on.tolist() == [1]
    assert sparsity(np.array([[-1.0, 0.0, 0.1]], np.float32), 0.0).units_on.tolist() == [1]


def test_a_unit_is_dead_if_it_is_on_for_less_than_one_in_a_hundred_images():
    h = np.zeros((200, 4), np.float32)
    h[:1, 0] = 1  # half a percent
    h[:2, 1] = 1
    h[:, 2] = 0.05  # the target, for each image alike
    h[:, 3] = 1
    found = sparsity(h)
    assert found.dead == [0, 2]
    assert found.share_dead == 0.5


def test_every_image_is_in_one_bin_of_each_unit():
    h = codes()
    h[0, 0], h[1, 0] = 0, 1
    found = activation_histogram(h, 10)
    assert found.counts.shape == (6, 10)
    np.testing.assert_allclose(found.edges, np.arange(11) / 10, atol=1e-6)
    assert (found.counts.sum(axis=1) == 400).all()
    for unit in range(6):
        literal = [0] * 10
        for value in h[:, unit]:
            literal[min(int(np.float64(value) * 10), 9)] += 1
        assert found.counts[unit].tolist() == literal


def test_activations_beyond_a_sigmoids_have_bins_as_far_as_they_reach():
    h = 8 * codes() - 3
    found = activation_histogram(h, 7)
    assert found.edges[[0, -1]] == pytest.approx([h.min(), h.max()])
    assert (found.counts.sum(axis=1) == 400).all()


def test_all_activations_may_be_equal():
    for value in (0.0, 0.3, -2.0, 5.0):
        found = activation_histogram(np.full((9, 2), value, np.float32), 4)
        assert (found.counts.sum(axis=1) == 9).all()
        assert (np.diff(found.edges) > 0).all()
