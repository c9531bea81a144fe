import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer.analysis.pca import (
    angles_to_pca,
    decoder_subspace,
    has_linear_decoder,
    is_linear,
    principal_components,
)
from explorer.data.catalogue import load
from explorer.models.autoencoder import Autoencoder
from tests.browser import ROOT

V = 12


def pixels(count=300, seed=0):
    """Bytes whose pixels depend on one another, of rank V."""
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((count, V)) @ rng.standard_normal((V, V)) * np.geomspace(1, 0.05, V)
    return (128 + 30 * mixed).clip(0, 255).astype(np.uint8)


def grey(bytes_):
    return (bytes_ / 255).astype(np.float32)


def autoencoder(sizes, seed=0, **options):
    model = Autoencoder(sizes, **options)
    draws = torch.Generator().manual_seed(seed)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    return model


# the components


def test_components_are_the_singular_vectors_of_the_centred_images():
    train = pixels()
    pca = principal_components(train)
    x = train / 255
    _, s, right = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(pca.mean, x.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(pca.variance, s**2 / (len(x) - 1), rtol=1e-4)
    np.testing.assert_allclose(abs(pca.components @ right.T), np.eye(V), atol=2e-3)
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(V), atol=1e-5)
    assert {array.dtype for array in (pca.mean, pca.components, pca.variance)} == {np.dtype(np.float32)}


def test_components_point_the_way_they_do_in_scikit_learn():
    train = pixels()
    fitted = PCA(svd_solver="covariance_eigh").fit(train / 255)
    np.testing.assert_allclose(principal_components(train).components, fitted.components_, atol=2e-3)


def test_a_server_that_shows_them_does_not_load_scikit_learn():
    """It takes a second, and 80 MB for as long as the server runs."""
    script = (
        "import sys\n"
        "from explorer.analysis.pca import principal_components\n"
        "from explorer.analysis.projection import principal_axes\n"
        "from explorer.data.catalogue import load\n"
        "train = load('bars-and-stripes').train\n"
        "principal_axes(principal_components(train).codes(train / 255, 5))\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=ROOT).returncode == 0


@pytest.mark.parametrize("count", [0, 1, 3, V])
def test_test_images_go_through_the_components_as_scikit_learn_has_it(count):
    train, x = pixels(), grey(pixels(40, seed=1))
    pca = principal_components(train)
    fitted = PCA(count, svd_solver="full").fit(train / 255) if count else None
    expected = fitted.inverse_transform(fitted.transform(x)) if fitted else np.tile((train / 255).mean(axis=0), (40, 1))
    codes = pca.codes(x, count)
    assert codes.shape == (40, count)
    np.testing.assert_allclose(pca.decode(codes), expected, atol=1e-5)
    np.testing.assert_allclose(pca.reconstruct(x, count), expected, atol=1e-5)
    literal = [sum((x[i, v] - expected[i, v]) ** 2 for v in range(V)) for i in range(40)]
    np.testing.assert_allclose(pca.squared_error(x, count), literal, rtol=1e-3, atol=1e-8)
    assert pca.floor(x)[count] == pytest.approx(np.mean(literal), rel=1e-3, abs=1e-7)


def test_the_floor_has_a_value_for_each_number_of_components_and_falls():
    floor = principal_components(pixels()).floor(grey(pixels(50, seed=2)))
    assert floor.shape == (V + 1,)
    assert (np.diff(floor) <= 0).all()
    assert floor[-1] == pytest.approx(0, abs=1e-6)


def test_only_directions_in_which_images_differ_are_components():
    images = load("bars-and-stripes")
    rank = np.linalg.matrix_rank(images.train / 255 - (images.train / 255).mean(axis=0))
    pca = principal_components(images.train)
    assert len(pca.components) == len(pca.variance) == rank < 16
    np.testing.assert_allclose(pca.reconstruct(grey(images.test), 16), images.test / 255, atol=1e-5)


def test_one_image_alone_is_as_good_as_many():
    pca, x = principal_components(pixels()), grey(pixels(3, seed=1))
    np.testing.assert_allclose(pca.reconstruct(x[1], 4), pca.reconstruct(x, 4)[1], atol=1e-6)


def test_the_same_images_have_the_same_components():
    first, second = (principal_components(pixels()) for _ in range(2))
    assert np.array_equal(first.components, second.components)


@pytest.mark.full_mnist
def test_thirty_components_of_mnist_leave_the_published_error():
    """13.87 in Hinton & Salakhutdinov 2006."""
    images = load("mnist")
    pca, x = principal_components(images.train), grey(images.test)
    assert pca.floor(x)[30] == pytest.approx(13.866, abs=0.002)
    assert pca.squared_error(x, 30).mean() == pytest.approx(13.866, abs=0.002)


# what autoencoders have in common with it


@pytest.mark.parametrize(
    ("hidden", "activation", "linear_code", "loss", "decoder", "all_of_it"),
    [
        ((), "linear", False, "squared error", True, True),
        ((5,), "linear", False, "squared error", True, True),
        ((), "sigmoid", True, "squared error", True, True),
        ((), "sigmoid", False, "squared error", True, False),
        ((), "relu", False, "squared error", True, False),
        ((5,), "tanh", True, "squared error", False, False),
        ((), "linear", False, "cross-entropy", False, False),
    ],
)
def test_linear_ones_are_told_by_what_they_do(hidden, activation, linear_code, loss, decoder, all_of_it):
    model = autoencoder((V, *hidden, 3), activation=activation, linear_code=linear_code, loss=loss)
    assert (has_linear_decoder(model), is_linear(model)) == (decoder, all_of_it)
    draws = torch.Generator().manual_seed(1)
    for shape, function, linear in (((4, 3), model.decode, decoder), ((4, V), model.reconstruct, all_of_it)):
        a, b = torch.randn(2, *shape, generator=draws)
        middle = function((a + b) / 2)
        assert torch.allclose(middle, (function(a) + function(b)) / 2, atol=1e-4) == linear


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("hidden", [(), (7,), (9, 5)])
def test_the_subspace_is_what_each_code_unit_changes(hidden, tied):
    model = autoencoder((V, *hidden, 3), activation="linear", tied=tied)
    units = torch.eye(3)
    expected = model.decode(units) - model.decode(torch.zeros(1, 3))
    np.testing.assert_allclose(decoder_subspace(model), expected.numpy(), rtol=1e-4, atol=1e-4)


def test_a_linear_autoencoder_at_its_optimum_is_pca():
    """Any basis of the subspace will do: C = (x − μ) Pᵀ M, and back with M⁻¹ P."""
    pca, count = principal_components(pixels()), 4
    mix = np.random.default_rng(3).standard_normal((count, count)).astype(np.float32)
    model = Autoencoder((V, count), "linear")
    P = pca.components[:count]
    into = P.T @ mix
    back = np.linalg.inv(mix) @ P
    for name, value in {"encoder.0.W": into, "decoder.0.W": back, "decoder.0.b": pca.mean}.items():
        model.parameters[name].copy_(torch.tensor(value))
    model.parameters["encoder.0.b"].copy_(torch.tensor(-pca.mean @ into))
    x = grey(pixels(60, seed=1))
    error = (model.reconstruct(torch.tensor(x)) - torch.tensor(x)).square().sum(dim=1).mean()
    assert float(error) == pytest.approx(pca.floor(x)[count], rel=1e-3)
    np.testing.assert_allclose(angles_to_pca(decoder_subspace(model), pca), 0, atol=0.01)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_no_code_lets_a_linear_decoder_beat_pca_on_the_training_images(activation):
    """The best decoder of a random code by least squares (Bourlard & Kamp 1988)."""
    train = pixels()
    x, count = grey(train), 4
    code = autoencoder((V, count), activation=activation).encode(torch.tensor(x)).numpy()
    inputs = np.hstack([code, np.ones((len(x), 1))])
    best = inputs @ np.linalg.lstsq(inputs, x, rcond=None)[0]
    floor = principal_components(train).floor(x)
    assert np.square(x - best).sum(axis=1).mean() > floor[count]


def test_angles_are_those_by_which_a_plane_is_turned():
    pca = principal_components(pixels())
    basis = pca.components
    small, large = np.radians(10), np.radians(35)
    turned = np.stack(
        [np.cos(large) * basis[0] + np.sin(large) * basis[5], np.cos(small) * basis[1] + np.sin(small) * basis[7]]
    )
    np.testing.assert_allclose(angles_to_pca(turned, pca), [35, 10], atol=1e-2)
    mixed = np.array([[2, -1], [0.5, 3]], np.float32) @ turned
    np.testing.assert_allclose(angles_to_pca(mixed, pca), [35, 10], atol=1e-2)


def test_angles_are_the_arc_cosines_of_singular_values():
    pca, directions = principal_components(pixels()), np.random.default_rng(5).standard_normal((5, V))
    Q, _ = np.linalg.qr(directions.T)
    cosines = np.linalg.svd(Q.T @ pca.components[:5].T, compute_uv=False)
    expected = np.degrees(np.arccos(np.clip(cosines, -1, 1)))[::-1]
    np.testing.assert_allclose(angles_to_pca(directions.astype(np.float32), pca), expected, atol=0.01)


def test_a_dimension_that_is_missing_counts_as_a_right_angle():
    pca = principal_components(pixels())
    twice = pca.components[[0, 1, 1]]
    np.testing.assert_allclose(angles_to_pca(twice, pca), [90, 0, 0], atol=0.05)
    np.testing.assert_allclose(angles_to_pca(np.zeros((2, V), np.float32), pca), [90, 90])


def test_more_directions_than_components_hold_all_of_them():
    pca = principal_components(load("bars-and-stripes").train)
    rng = np.random.default_rng(0)
    everything = rng.standard_normal((16, 16)).astype(np.float32)
    angles = angles_to_pca(everything, pca)
    assert len(angles) == len(pca.components)
    np.testing.assert_allclose(angles, 0, atol=1e-3)


@pytest.mark.parametrize("grey", [0, 77, 200, 255])
@pytest.mark.parametrize("count", [1, 2, 500])
def test_images_that_are_all_the_same_have_no_components(grey, count):
    pca = principal_components(np.full((count, V), grey, np.uint8))
    assert pca.components.shape == (0, V)
    assert pca.deviation.shape == (0,)
    x = np.random.default_rng(0).random((9, V), np.float32)
    assert pca.codes(x, 5).shape == (9, 0)
    np.testing.assert_allclose(pca.reconstruct(x, 5), np.full((9, V), grey / 255), atol=1e-6)
    np.testing.assert_allclose(pca.floor(x), [np.square(x - grey / 255).sum(axis=1).mean()], rtol=1e-5)
    assert len(angles_to_pca(x[:3], pca)) == 0


def test_of_two_pictures_there_is_one_component():
    two = np.stack([np.zeros(V), np.arange(V) * 20]).astype(np.uint8).repeat(30, axis=0)
    pca = principal_components(two)
    assert pca.components.shape == (1, V)
    np.testing.assert_allclose(np.abs(pca.components[0]), np.arange(V) / np.linalg.norm(np.arange(V)), atol=1e-5)
    np.testing.assert_allclose(pca.reconstruct(grey(two), 5), grey(two), atol=1e-5)
