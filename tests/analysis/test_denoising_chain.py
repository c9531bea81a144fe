from functools import partial

import numpy as np
import pytest
import torch

from explorer.analysis.denoising_chain import correction_field, denoise, denoising_chain, plane_through
from explorer.analysis.gibbs import recorded_steps
from explorer.analysis.projection import principal_axes, two_latents
from explorer.models.autoencoder import Autoencoder
from explorer.models.denoising import corrupt
from explorer.models.sampling import bernoulli

V = 9


def autoencoder(sizes=(V, 6), seed=0, **options):
    model = Autoencoder(sizes, **options)
    gen = draws(seed)
    for tensor in model.state().values():
        tensor.normal_(generator=gen)
    return model


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def images(count=4):
    return torch.rand(count, V, generator=draws(1))


def affine(matrix, shift):
    """A model with r(x) = x A + b."""
    model = Autoencoder((len(matrix), len(matrix)), "linear")
    model.parameters["encoder.0.W"].copy_(torch.tensor(matrix))
    model.parameters["decoder.0.W"].copy_(torch.eye(len(matrix)))
    model.parameters["decoder.0.b"].copy_(torch.tensor(shift))
    return model


# denoising


@pytest.mark.parametrize("noise", ["masking", "salt and pepper", "gaussian"])
@pytest.mark.parametrize("loss", ["squared error", "cross-entropy"])
def test_denoising_gives_the_noisy_image_the_outcome_and_both_errors(noise, loss):
    model, x = autoencoder(loss=loss), images()
    found = denoise(model, x, partial(corrupt, noise=noise, strength=0.4, generator=draws(2)))
    noisy = corrupt(x, noise, 0.4, draws(2))
    r = model.reconstruct(noisy)
    np.testing.assert_array_equal(found.noisy, noisy)
    np.testing.assert_allclose(found.denoised, r, rtol=1e-5)
    for image in range(4):
        np.testing.assert_allclose(
            found.noisy_error[image], sum((x[image, v] - noisy[image, v]) ** 2 for v in range(V)), rtol=1e-5
        )
        np.testing.assert_allclose(
            found.error[image], sum((x[image, v] - r[image, v]) ** 2 for v in range(V)), rtol=1e-5
        )


def test_a_model_that_gives_back_what_it_sees_takes_no_noise_away():
    found = denoise(affine(np.eye(V, dtype=np.float32), np.zeros(V)), images(), lambda x: x + 1)
    np.testing.assert_allclose(found.error, found.noisy_error, rtol=1e-5)
    np.testing.assert_allclose(found.noisy_error, V, rtol=1e-5)


# the chain


@pytest.mark.parametrize("following", ["sample", "mean"])
@pytest.mark.parametrize("loss", ["squared error", "cross-entropy"])
def test_the_chain_is_that_of_a_loop(loss, following):
    model, start = autoencoder(loss=loss), images()
    noise, gen = draws(3), draws(4)
    found = denoising_chain(model, start, 30, lambda x: corrupt(x, "masking", 0.3, noise), gen, following, 0.1)
    noise, gen, x = draws(3), draws(4), start
    states, corrupted, means = [x], [x], [x]
    for _ in range(30):
        noisy = corrupt(x, "masking", 0.3, noise)
        mean = model.decode(model.encode(noisy))
        states.append(x)
        corrupted.append(noisy)
        means.append(mean)
        if following == "mean":
            x = mean
        elif loss == "squared error":
            x = mean + 0.1 * torch.empty_like(mean).normal_(generator=gen)
        else:
            x = bernoulli(mean, gen)
    assert found.steps == recorded_steps(30)
    for record, all_of_them in ((found.states, states), (found.corrupted, corrupted), (found.means, means)):
        assert record.shape == (len(found.steps), 4, V)
        expected = torch.stack([all_of_them[step] for step in found.steps])
        np.testing.assert_allclose(record, expected, rtol=1e-5, atol=1e-6)


def test_samples_of_pixels_are_binary_and_have_their_mean():
    model = autoencoder(loss="cross-entropy")
    start = images(1).expand(4000, V)
    found = denoising_chain(model, start, 2, lambda x: x, draws())
    assert set(np.unique(found.states[2])) == {0.0, 1.0}
    np.testing.assert_allclose(found.states[2].mean(axis=0), found.means[1, 0], atol=0.04)


def test_gaussian_samples_have_the_mean_and_the_deviation():
    found = denoising_chain(autoencoder(), images(1).expand(4000, V), 2, lambda x: x, draws(), "sample", 0.3)
    off = found.states[2] - found.means[1]
    np.testing.assert_allclose(off.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(off.std(axis=0), 0.3, atol=0.02)


def test_the_chain_of_an_ideal_denoiser_has_the_datas_distribution():
    """Bengio et al. 2013, theorem 1, for one Gaussian dimension: data N(1, 2²), noise of deviation 1.5."""
    variance, noise, gen = 4.0, 1.5**2, draws()
    share = variance / (variance + noise)
    model = affine(np.array([[share]], np.float32), [1 - share])
    deviation = (variance * noise / (variance + noise)) ** 0.5
    start = torch.full((20_000, 1), 30.0)
    way = partial(corrupt, noise="gaussian", strength=1.5, generator=gen)
    found = denoising_chain(model, start, 60, way, gen, "sample", deviation)
    assert found.states[-1].mean() == pytest.approx(1, abs=0.1)
    assert found.states[-1].var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_a_chain_has_1_to_1000_steps(steps):
    with pytest.raises(ValueError, match=f"1 to 1000 steps, not {steps}"):
        denoising_chain(autoencoder(), images(), steps, lambda x: x, draws())


def test_one_step_is_recorded_beside_the_start():
    found = denoising_chain(autoencoder(), images(), 1, lambda x: x, draws())
    assert found.steps == [0, 1]
    np.testing.assert_array_equal(found.states[0], found.states[1])


# the field


def test_the_field_of_two_dimensional_data_is_all_of_the_correction():
    model, x, y = autoencoder((2, 7)), np.linspace(-1, 1, 5, dtype=np.float32), np.array([0, 0.5, 3], np.float32)
    field = correction_field(model, two_latents(2, 0, 1), x, y)
    assert field.along.shape == (3, 5, 2)
    assert field.across.shape == (3, 5)
    for row in range(3):
        for column in range(5):
            point = torch.tensor([[x[column], y[row]]])
            np.testing.assert_allclose(field.along[row, column], (model.reconstruct(point) - point)[0], atol=1e-5)
    np.testing.assert_allclose(field.across, 0, atol=1e-5)


def test_the_field_of_an_ideal_denoiser_is_the_score():
    """Alain & Bengio 2014: r(x) − x = σ² ∂ log p/∂x, p the data's density with the noise; here Gaussian."""
    covariance, mean, noise = np.array([[2, 0.8], [0.8, 1]]), np.array([0.5, -1]), 0.7
    inverse = np.linalg.inv(covariance + noise * np.eye(2))
    A = (covariance @ inverse).T.astype(np.float32)
    model = affine(A, (mean - mean @ A).astype(np.float32))
    x, y = np.linspace(-2, 2, 4, dtype=np.float32), np.linspace(-1, 3, 3, dtype=np.float32)

    def log_density(point):
        return -0.5 * (point - mean) @ inverse @ (point - mean)

    field = correction_field(model, two_latents(2, 0, 1), x, y)
    for row in range(3):
        for column in range(4):
            point, step = np.array([x[column], y[row]], float), 1e-5
            score = [(log_density(point + step * e) - log_density(point - step * e)) / (2 * step) for e in np.eye(2)]
            np.testing.assert_allclose(field.along[row, column], noise * np.array(score), atol=1e-4)


def test_a_plane_of_images_has_both_parts_of_the_correction():
    model, x = autoencoder(), images(30).numpy()
    for plane in (principal_axes(x), plane_through(*x[:3])):
        side = np.array([-0.5, 0.1, 2], np.float32)
        field = correction_field(model, plane, side, side[:2])
        for row in range(2):
            for column in range(3):
                point = plane.origin + side[column] * plane.axes[0] + side[row] * plane.axes[1]
                whole = model.reconstruct(torch.tensor(point)[None])[0].numpy() - point
                np.testing.assert_allclose(field.along[row, column], plane.axes @ whole, atol=1e-4)
                length = np.hypot(np.linalg.norm(field.along[row, column]), field.across[row, column])
                assert length == pytest.approx(np.linalg.norm(whole), rel=1e-4)


def test_the_plane_through_three_images_holds_them():
    a, b, c = images(3).numpy()
    plane = plane_through(a, b, c)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)
    at_a, at_b, at_c = plane.project(np.stack([a, b, c]))
    np.testing.assert_allclose(at_a, 0, atol=1e-6)
    np.testing.assert_allclose(at_b, [np.linalg.norm(b - a), 0], atol=1e-6)
    assert at_c[1] > 0
    np.testing.assert_allclose(plane.back(np.stack([at_a, at_b, at_c])), [a, b, c], atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 1.0, 0.5, -3.0])
def test_three_images_on_one_line_have_no_plane(share):
    a, b, _ = images(3).numpy()
    with pytest.raises(ValueError, match="one line"):
        plane_through(a, b, (a + np.float32(share) * (b - a)).astype(np.float32))
    with pytest.raises(ValueError, match="one line"):
        plane_through(a, a, b)
