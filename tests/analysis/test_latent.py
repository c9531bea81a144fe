import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.analysis.latent import (
    Posterior,
    decoded_grid,
    distances_between_images,
    distances_from_images,
    interpolate,
    nearest,
    posterior,
    traversals,
)
from explorer.models.observation import Binarized
from explorer.models.sampling import binarize
from explorer.models.vae import VAEConfig

V = 16


def vae(latents):
    config = VAEConfig(dataset="bars-and-stripes", latent_size=latents, hidden_units=6, activation="tanh")
    model = config.new_model((4, 4))
    draws = torch.Generator().manual_seed(latents)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    return model


def some_pixels(count=7):
    return np.random.default_rng(0).integers(0, 256, (count, V)).astype(np.uint8)


def decoded(model, *z):
    """The image of one latent."""
    return model.decode(torch.tensor([z], dtype=torch.float32))[0].numpy()


# q(z|x)


@pytest.mark.parametrize("mode", ["none", "threshold", "sample"])
@pytest.mark.parametrize("latents", [1, 2, 5])
def test_posterior_is_the_models_image_by_image(latents, mode):
    model, pixels = vae(latents), some_pixels()
    model.sees = Binarized(mode)
    q = posterior(model, pixels, torch.Generator().manual_seed(3))
    assert q.mean.shape == q.variance.shape == (7, latents)
    assert q.kl.shape == (latents,)
    x = {
        "none": torch.tensor(pixels / 255, dtype=torch.float32),
        "threshold": torch.tensor(pixels > 127).float(),
        "sample": binarize(torch.tensor(pixels), "sample", torch.Generator().manual_seed(3)),
    }[mode]
    kl = torch.zeros(latents)
    for image in range(7):
        mean, log_variance = model.encode(x[image : image + 1])
        np.testing.assert_allclose(q.mean[image], mean[0].numpy(), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(q.variance[image], log_variance[0].exp().numpy(), rtol=1e-4)
        kl += kl_divergence(Normal(mean[0], (log_variance[0] / 2).exp()), Normal(0.0, 1.0)) / 7
    np.testing.assert_allclose(q.kl, kl.numpy(), rtol=1e-4)


def test_a_latent_is_active_if_its_mean_varies_by_more_than_a_hundredth():
    """Burda, Grosse & Salakhutdinov 2016, section 5: the variance over the images, whatever the mean and σ² are."""
    variances = np.array([0, 0.0099, 0.0101, 1, 0.0101])
    sign = np.array([1, -1] * 50)[:, None]
    mean = (np.sqrt(variances) * sign + [5, 0, 0, 0, 100]).astype(np.float32)
    q = Posterior(mean, np.ones_like(mean), np.array([9, 9, 0, 0, 0], np.float32))
    assert q.active.tolist() == [False, False, True, True, True]
    assert q.active.dtype == np.bool_


# images of latents


@pytest.mark.parametrize("dimensions", [(0, 1), (1, 0), (2, 0), (1, 3)])
def test_columns_of_a_grid_follow_x_and_rows_follow_y(dimensions):
    model = vae(4)
    x, y = np.array([-1.5, 0.25, 2], np.float32), np.array([3, -0.5], np.float32)
    others = np.array([0.1, -0.2, 0.3, -0.4], np.float32)
    for at in (None, others):
        grid = decoded_grid(model, x, y, dimensions, at)
        assert grid.shape == (2, 3, V)
        for row in range(2):
            for column in range(3):
                z = np.zeros(4, np.float32) if at is None else at.copy()
                z[dimensions[0]], z[dimensions[1]] = x[column], y[row]
                np.testing.assert_allclose(grid[row, column], decoded(model, *z), rtol=1e-5, atol=1e-6)
    assert abs(grid[0, 0] - grid[0, 1]).max() > 1e-3
    assert abs(grid[0, 0] - grid[1, 0]).max() > 1e-3


def test_two_latents_are_the_grid_by_default():
    model, values = vae(2), np.linspace(-2, 2, 5, dtype=np.float32)
    grid = decoded_grid(model, values, values)
    np.testing.assert_allclose(grid[4, 1], decoded(model, -1, 2), rtol=1e-5, atol=1e-6)
    assert 0 <= grid.min() <= grid.max() <= 1


def test_the_grid_of_one_latent_follows_x():
    model, x = vae(1), np.array([-1, 0, 2], np.float32)
    grid = decoded_grid(model, x, np.zeros(2, np.float32), (0, 0))
    for column in range(3):
        for row in range(2):
            np.testing.assert_allclose(grid[row, column], decoded(model, x[column]), rtol=1e-5, atol=1e-6)


def test_the_grid_of_one_of_several_latents_follows_x():
    model, x = vae(3), np.array([-1, 0, 2], np.float32)
    grid = decoded_grid(model, x, np.zeros(1, np.float32), (1, 1))
    for column in range(3):
        np.testing.assert_allclose(grid[0, column], decoded(model, 0, x[column], 0), rtol=1e-5, atol=1e-6)


def test_traversals_change_one_latent_after_the_other():
    model, values = vae(3), np.array([-3, 0, 1, 3], np.float32)
    at = np.array([0.5, -1, 2], np.float32)
    images = traversals(model, values, at)
    assert images.shape == (3, 4, V)
    for latent in range(3):
        for step, value in enumerate(values):
            z = at.copy()
            z[latent] = value
            np.testing.assert_allclose(images[latent, step], decoded(model, *z), rtol=1e-5, atol=1e-6)
    assert at.tolist() == [0.5, -1, 2]


def test_the_nearest_latents_come_nearest_first():
    means = np.random.default_rng(0).standard_normal((60, 3)).astype(np.float32)
    z = np.array([0.5, -0.25, 1], np.float32)
    by_distance = sorted(range(60), key=lambda image: np.linalg.norm(means[image].astype(float) - z))
    assert nearest(means, z, 7).tolist() == by_distance[:7]
    assert nearest(means, means[11], 1).tolist() == [11]
    assert len(nearest(means, z, 99)) == 60
    assert nearest(np.zeros((4, 2), np.float32), np.ones(2, np.float32), 3).tolist() == [0, 1, 2]


# interpolation


def two_latents(size, seed=0):
    rng = np.random.default_rng(seed)
    return (3 * rng.standard_normal(size)).astype(np.float32), rng.standard_normal(size).astype(np.float32)


def angles_between(path):
    """The angles of each step, seen from 0."""
    directions = path.astype(float) / np.linalg.norm(path.astype(float), axis=1, keepdims=True)
    return np.arccos(np.clip((directions[1:] * directions[:-1]).sum(axis=1), -1, 1))


@pytest.mark.parametrize("size", [1, 2, 20])
def test_a_line_has_exact_ends_and_its_middle(size):
    start, end = two_latents(size)
    path = interpolate(start, end, 9)
    assert path.shape == (9, size)
    assert path.dtype == np.float32
    np.testing.assert_array_equal(path[0], start)
    np.testing.assert_array_equal(path[-1], end)
    np.testing.assert_allclose(path[4], (start + end) / 2, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(np.diff(path, axis=0), np.tile((end - start) / 8, (8, 1)), atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [2, 3, 20])
def test_a_great_circle_turns_evenly_while_the_length_changes_evenly(size, seed):
    start, end = two_latents(size, seed)
    path = interpolate(start, end, 11, spherical=True)
    assert path.shape == (11, size)
    assert path.dtype == np.float32
    np.testing.assert_allclose(path[[0, -1]], [start, end], rtol=1e-5, atol=1e-5)
    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(
        lengths, np.linspace(np.linalg.norm(start), np.linalg.norm(end), 11), rtol=1e-4, atol=1e-4
    )
    whole = np.arccos(start @ end / np.linalg.norm(start) / np.linalg.norm(end))
    np.testing.assert_allclose(angles_between(path), whole / 10, atol=1e-3)
    in_plane = np.linalg.lstsq(np.stack([start, end], axis=1), path.T, rcond=None)[0]
    np.testing.assert_allclose(np.stack([start, end], axis=1) @ in_plane, path.T, atol=1e-4)


def test_a_quarter_turn_is_the_unit_circle():
    path = interpolate(np.array([1, 0], np.float32), np.array([0, 1], np.float32), 7, spherical=True)
    angle = np.linspace(0, np.pi / 2, 7)
    np.testing.assert_allclose(path, np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=1e-6)


@pytest.mark.parametrize("factor", [0.0, 1.0, 2.5, -1.0, -0.5])
def test_ends_without_a_great_circle_of_their_own_are_joined_by_a_line(factor):
    start = np.array([1, 2, -2], np.float32)  # of length 3, so that rounding leaves opposites opposite
    end = np.float32(factor) * start
    for first, last in ((start, end), (end, start)):
        path = interpolate(first, last, 6, spherical=True)
        np.testing.assert_allclose(path, interpolate(first, last, 6), atol=1e-5)
        assert np.isfinite(path).all()


def test_opposite_ends_of_any_direction_are_joined_by_a_line():
    for seed in range(50):
        start, _ = two_latents(5, seed)
        path = interpolate(start, -start, 11, spherical=True)
        np.testing.assert_allclose(path, interpolate(start, -start, 11), atol=1e-3)


def test_the_length_changes_evenly_between_nearly_opposite_ends():
    for seed in range(50):
        start, off = two_latents(5, seed)
        path = interpolate(start, -start + np.float32(1e-3) * off, 11, spherical=True)
        lengths = np.linalg.norm(path, axis=1)
        np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], 11), rtol=1e-2)


def test_one_step_is_the_start():
    start, end = two_latents(3)
    for spherical in (False, True):
        np.testing.assert_allclose(interpolate(start, end, 1, spherical=spherical), [start], rtol=1e-6)


def test_distances_are_those_to_the_nearest_image_by_active_latents():
    rng = np.random.default_rng(3)
    mean = rng.standard_normal((30, 3)).astype(np.float32)
    mean[:, 1] = 7  # the same for all images: off
    q = Posterior(mean, np.ones_like(mean), np.ones(3))
    z = rng.standard_normal((5, 3)).astype(np.float32)

    def far(at, others):
        return min(np.hypot(*(at - other)[[0, 2]]) for other in others)

    np.testing.assert_allclose(distances_from_images(q, z), [far(at, mean) for at in z], rtol=1e-5)
    expected = [far(mean[i], np.delete(mean, i, axis=0)) for i in range(8)]
    np.testing.assert_allclose(distances_between_images(q, 8), expected, rtol=1e-5)
