import numpy as np
import pytest
import torch

from explorer.analysis import jacobian as module
from explorer.analysis.jacobian import jacobian, jacobian_norm, spectrum
from explorer.models.autoencoder import Autoencoder

V = 9
SHAPES = [(V, 4), (V, 9), (V, 14), (V, 6, 3), (V, 12, 4), (V, 3, 5), (V, 11, 7, 2)]
ACTIVATIONS = ["sigmoid", "tanh", "relu", "linear"]


def autoencoder(sizes, activation="sigmoid", seed=0, **options):
    model = Autoencoder(sizes, activation, **options)
    draws = torch.Generator().manual_seed(seed)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    return model


def images(count=5):
    return torch.rand(count, V, generator=torch.Generator().manual_seed(1))


def by_autograd(model, x):
    return torch.stack([torch.autograd.functional.jacobian(lambda v: model.encode(v[None])[0], image) for image in x])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SHAPES)
def test_the_jacobian_is_autograds(sizes, activation):
    model, x = autoencoder(sizes, activation), images()
    J = jacobian(model, x)
    assert J.shape == (5, sizes[-1], V)
    torch.testing.assert_close(J, by_autograd(model, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("linear_code", [True, False])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("hidden", [(), (6,), (8, 5)])
def test_the_jacobian_is_that_of_finite_differences(hidden, activation, linear_code):
    model, x = autoencoder((V, *hidden, 3), activation, linear_code=linear_code), images()
    model.parameters = {name: tensor.double() for name, tensor in model.parameters.items()}
    x, step = x.double(), 1e-6
    J = jacobian(model, x)
    for pixel in range(V):
        change = torch.zeros(V, dtype=torch.float64)
        change[pixel] = step
        slope = (model.encode(x + change) - model.encode(x - change)) / (2 * step)
        torch.testing.assert_close(J[:, :, pixel], slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("tied", [True, False])
def test_the_jacobian_of_a_linear_encoder_is_its_matrix_everywhere(tied):
    model, x = autoencoder((V, 4), "linear", tied=tied), images()
    W = model.encoder_weights()[0]
    assert torch.equal(jacobian(model, x), W.T.expand(5, 4, V))
    values = np.linalg.svd(W.numpy(), compute_uv=False)
    found = spectrum(model, x, 2)
    np.testing.assert_allclose(found.values, np.tile(values, (5, 1)), rtol=1e-4)
    np.testing.assert_allclose(jacobian_norm(model, x), np.linalg.norm(W), rtol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SHAPES)
def test_the_spectrum_is_numpys(sizes, activation):
    model, x = autoencoder(sizes, activation), images()
    found = spectrum(model, x, 3)
    expected = np.linalg.svd(jacobian(model, x).numpy().astype(np.float64), compute_uv=False)
    assert found.values.shape == expected.shape == (5, min(sizes[-1], V))
    np.testing.assert_allclose(found.values, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.norm, np.sqrt((expected**2).sum(axis=1)), rtol=1e-4, atol=1e-6)
    assert found.values.dtype == found.tangents.dtype == np.float32


@pytest.mark.parametrize("sizes", SHAPES)
def test_tangents_are_the_directions_in_which_the_code_moves_most(sizes):
    model, x = autoencoder(sizes), images()
    found = spectrum(model, x, 3)
    count = min(3, sizes[-1])
    assert found.tangents.shape == (5, count, V)
    J = jacobian(model, x).numpy()
    for image in range(5):
        t = found.tangents[image]
        np.testing.assert_allclose(t @ t.T, np.eye(count), atol=1e-4)
        np.testing.assert_allclose(np.linalg.norm(J[image] @ t.T, axis=0), found.values[image, :count], atol=1e-5)
        back = J[image].T @ (J[image] @ t.T)  # eigenvectors of JᵀJ
        np.testing.assert_allclose(back, t.T * found.values[image, :count] ** 2, atol=1e-4)
        assert all(tangent[abs(tangent).argmax()] > 0 for tangent in t)


def test_a_move_along_a_tangent_changes_the_code_by_its_singular_value():
    model, x = autoencoder((V, 6, 4)), images(1)
    found, step = spectrum(model, x, 2), 1e-2
    moved = model.encode(x + step * torch.tensor(found.tangents[0])) - model.encode(
        x - step * torch.tensor(found.tangents[0])
    )
    np.testing.assert_allclose(moved.norm(dim=1) / (2 * step), found.values[0, :2], rtol=1e-2)


@pytest.mark.parametrize("at_once", [1, 60, 2**24])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SHAPES)
def test_the_norm_is_that_of_the_jacobian(sizes, activation, at_once, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    model, x = autoencoder(sizes, activation), images()
    expected = by_autograd(model, x).flatten(1).norm(dim=1)
    torch.testing.assert_close(jacobian_norm(model, x), expected, rtol=1e-4, atol=1e-5)


def test_the_norm_is_the_root_of_all_squares_one_by_one():
    model, x = autoencoder((V, 5)), images(2)
    W, b = model.parameters["encoder.0.W"], model.parameters["encoder.0.b"]
    for image in range(2):
        total = 0.0
        for unit in range(5):
            h = float(torch.sigmoid(b[unit] + sum(x[image, v] * W[v, unit] for v in range(V))))
            total += sum((h * (1 - h) * float(W[v, unit])) ** 2 for v in range(V))
        assert float(jacobian_norm(model, x)[image]) == pytest.approx(total**0.5, rel=1e-4)


@pytest.mark.parametrize("sizes", [(V, 4), (V, 6, 4)])
def test_units_that_are_off_do_not_move(sizes):
    model, x = autoencoder(sizes, "relu"), images()
    model.parameters[f"encoder.{len(sizes) - 2}.b"].fill_(-1000)
    assert not jacobian(model, x).any()
    assert not spectrum(model, x, 2).values.any()
    assert not jacobian_norm(model, x).any()


def test_no_gradients_are_kept():
    model, x = autoencoder((V, 6, 4)), images()
    for tensor in model.state().values():
        tensor.requires_grad_()
    assert not jacobian(model, x).requires_grad
    assert not jacobian_norm(model, x).requires_grad
    spectrum(model, x, 2)
