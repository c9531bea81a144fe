"""What views draw, calculated: each piece by its definition, on small numbers."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from explorer.analysis.codes import codes_of, decoded, effects, squared_errors
from explorer.analysis.denoising_chain import axes_around, denoise, pixel_deviation, random_images, usual_length
from explorer.analysis.jacobian import weight_norm
from explorer.analysis.latent import (
    around,
    equal_steps,
    interpolate,
    lengths,
    passed,
    square,
    steps_of_prior,
    varied,
)
from explorer.analysis.pca import principal_components
from explorer.analysis.projection import places_between, spread_out, surroundings, two_latents
from explorer.analysis.ranking import falling, shares, times_apart
from explorer.analysis.reconstruction import BuildUp
from explorer.analysis.retrieval import Found
from explorer.analysis.training_neighbors import usual_distance
from explorer.data.catalogue import load
from explorer.models.autoencoder import AutoencoderConfig
from explorer.models.vae import VAEConfig

DRAWS = np.random.default_rng(0)


def model_of(config):
    return config.new_learner((4, 4), torch.Generator().manual_seed(0)).model


@pytest.fixture(scope="module")
def bars():
    return load("bars-and-stripes").test


@pytest.fixture(scope="module")
def autoencoder():
    return model_of(AutoencoderConfig(dataset="bars-and-stripes", hidden_layers=(), code_size=3, activation="linear"))


def test_decoded_images_stay_within_grey_values(autoencoder):
    codes = 100 * DRAWS.standard_normal((5, 3)).astype(np.float32)
    images = decoded(autoencoder, codes)
    with torch.no_grad():
        np.testing.assert_array_equal(images, autoencoder.decode(torch.tensor(codes)).numpy().clip(0, 1))
    assert (images.min(), images.max()) == (0, 1)


def test_the_effect_of_a_unit_of_a_linear_decoder_is_weight_by_deviation(autoencoder, bars):
    deviation = codes_of(autoencoder, bars).std(axis=0, ddof=1)
    W = autoencoder.decoder_weights()[-1].detach().numpy()
    np.testing.assert_allclose(effects(autoencoder, bars), deviation[:, None] * W, atol=1e-5)


def test_squared_errors_are_sums_over_the_pixels():
    assert squared_errors(np.zeros((2, 3)), np.array([[1, 2, 0], [0, 0, 3]])).tolist() == [5, 9]


def test_deviations_along_components_are_roots_of_their_variances(bars):
    pca = principal_components(bars)
    codes = pca.codes(bars.astype(np.float32) / 255, 3)
    np.testing.assert_allclose(pca.deviation[:3], codes.std(axis=0, ddof=1), rtol=1e-3)


def test_a_picture_through_a_center_keeps_the_others_there():
    center = np.array([1.0, 2.0, 3.0], np.float32)
    plane = two_latents(3, 0, 2).through(center)
    np.testing.assert_allclose(plane.back(np.array([[5.0, 7.0]])), [[5, 2, 7]])
    np.testing.assert_allclose(plane.project(np.array([[5.0, 9.0, 7.0]])), [[5, 7]])


def test_points_on_a_line_are_spread_over_the_height_alike_in_all_frames():
    positions = DRAWS.standard_normal((2, 500, 2)).astype(np.float32)
    spread = spread_out(positions)
    np.testing.assert_array_equal(spread[..., 0], positions[..., 0])
    np.testing.assert_array_equal(spread[0, :, 1], spread[1, :, 1])
    assert abs(spread[..., 1]).max() <= 2.5
    assert spread[0, :, 1].std() == pytest.approx(5 / 12**0.5, rel=0.1)


def test_what_is_decoded_surrounds_nearly_all_points_and_the_prior():
    points = np.stack([np.linspace(-1, 9, 1001), np.zeros(1001)], axis=1)
    (left, right), (low, high) = surroundings(points, 3.0)
    assert left == -3
    assert right == pytest.approx(8.95 + 0.05 * 9.9, abs=1e-2)
    assert (low, high) == (-3, 3)
    (left, _), (low, high) = surroundings(points)
    assert left < -0.95
    assert low < 0 < high  # a grid needs an extent


def test_places_of_a_grid_go_row_by_row():
    places = places_between((0.0, 2.0), (10.0, 14.0), 3)
    assert places[:4].tolist() == [[0, 10], [1, 10], [2, 10], [0, 12]]
    assert places[-1].tolist() == [2, 14]


def test_random_images_are_evenly_distributed():
    pixels = random_images((50, 100), torch.Generator().manual_seed(0))
    assert pixels.shape == (50, 100)
    assert 0 <= float(pixels.min()) <= float(pixels.max()) <= 1
    assert float(pixels.std()) == pytest.approx(1 / 12**0.5, rel=0.05)


def test_the_deviation_of_a_pixel_is_the_root_of_its_mean_error(autoencoder, bars):
    x = torch.tensor(bars) / 255
    errors = denoise(autoencoder, x, lambda x: x).error
    assert pixel_deviation(autoencoder, x, lambda x: x) == pytest.approx((errors.mean() / 16) ** 0.5)


def test_axes_have_a_margin_of_the_larger_extent():
    x, y = axes_around(np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 2.0]]), 0.1, 5)
    np.testing.assert_allclose(x, [-1, 2, 5, 8, 11])
    np.testing.assert_allclose(y[[0, -1]], [-1, 3])


def test_the_usual_length_leaves_out_the_longest_arrows():
    arrows = np.zeros((1, 11, 2))
    arrows[0, :, 1] = np.arange(11)
    assert usual_length(arrows, 0.7) == pytest.approx(7)


def test_the_norm_of_weights_is_frobenius():
    assert weight_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]])) == 5


def test_the_way_around_four_corners_ends_where_it_began():
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)
    way = around(corners, 3)
    assert way.tolist() == [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5], [0, 0]]


def test_the_square_between_four_corners_has_them_at_its_corners():
    corners = DRAWS.standard_normal((4, 6)).astype(np.float32)
    between = square(corners, 5, spherical=True)
    assert between.shape == (5, 5, 6)
    np.testing.assert_allclose(between[[0, 0, -1, -1], [0, -1, 0, -1]], corners, atol=1e-6)
    np.testing.assert_allclose(between[0], interpolate(corners[0], corners[1], 5, spherical=True), atol=1e-6)


def test_lengths_are_euclidean():
    assert lengths(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [5, 0]


def test_steps_of_the_prior_have_equal_shares():
    steps = steps_of_prior(2.0, 5)
    np.testing.assert_allclose(np.diff(norm.cdf(steps)), np.full(4, (norm.cdf(2) - norm.cdf(-2)) / 4), rtol=1e-5)
    assert equal_steps(2.0, 5).tolist() == [-2, -1, 0, 1, 2]


def test_one_latent_varies_and_the_others_stay():
    z = varied(np.array([1.0, 2.0, 3.0]), 1, np.array([7.0, 8.0]))
    assert z.tolist() == [[1, 7, 3], [1, 8, 3]]


def test_images_pass_a_variational_model_by_its_mean_and_by_samples(bars):
    model = model_of(VAEConfig(dataset="bars-and-stripes", latent_size=2))
    through = passed(model, bars, torch.Generator().manual_seed(3))
    with torch.no_grad():
        draws = torch.Generator().manual_seed(3)
        x = model.observe(torch.tensor(bars), draws)
        mean, log_variance = model.encode(x)
        z = mean + torch.randn(mean.shape, generator=draws) * torch.exp(log_variance / 2)
        np.testing.assert_array_equal(through.seen, x.numpy())
        np.testing.assert_array_equal(through.code, mean.numpy())
        np.testing.assert_allclose(through.from_sample, model.decode(z).numpy(), atol=1e-6)
        image = model.decode(mean).numpy()
    np.testing.assert_allclose(through.from_mean, image, atol=1e-6)
    np.testing.assert_allclose(through.error, np.square(image - bars / 255).sum(axis=1), rtol=1e-4)


def test_a_reconstruction_that_builds_up_shows_which_units_are_added():
    states = BuildUp(np.empty(0), np.array([2, 0])).states(np.array([1.0, 0.0, 1.0], np.float32))
    assert states.tolist() == [[0.5, 0, 0.5], [0.5, 0, 1], [1, 0, 1]]


def test_an_image_is_not_among_those_nearest_to_it():
    found = Found(np.array([[4, 7, 1, 9]]), np.zeros((1, 4), np.float32))
    assert found.others(0, 7, 2).tolist() == [0, 2]
    assert found.others(0, None, 2).tolist() == [0, 1]


def test_the_usual_distance_is_the_median_of_the_nearest():
    train = np.array([[0, 0], [255, 255]], np.uint8)
    test = np.array([[0, 0], [51, 0], [255, 102]], np.uint8)
    assert usual_distance(test, train) == pytest.approx(0.2)


def test_values_fall_counts_are_shares_and_numbers_apart_by_ratio():
    assert falling(np.array([1.0, 3.0, 2.0])).tolist() == [3, 2, 1]
    assert shares(np.array([1, 3])).tolist() == [0.25, 0.75]
    assert times_apart(2, 8) == times_apart(8, 2) == pytest.approx(np.log(4))
