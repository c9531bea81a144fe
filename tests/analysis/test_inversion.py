"""The search for a GAN's noise, against the same steps written out."""

import numpy as np
import pytest
import torch

from explorer.analysis.inversion import RATE, STARTS, Pool, find_noise, pool_of, starts_of
from explorer.models.dcgan import DCGAN

Z = 4


@pytest.fixture(scope="module")
def gan():
    model = DCGAN(32, 8, Z, batch_norm=False)
    model.initialize(torch.Generator().manual_seed(0))
    for name, tensor in model.state().items():
        if name.startswith("generator") and name.endswith(".W"):
            tensor.mul_(20)  # an untrained one makes nearly the same grey of all noise
    return model


def image_of(model, z):
    with torch.no_grad():
        return model.sample(torch.tensor(z[None]))[0].numpy()


def test_what_a_pool_holds_is_what_the_generator_makes(gan):
    pool = pool_of(gan, 6, seed=3)
    z = np.random.default_rng(3).standard_normal((6, Z)).astype(np.float32)
    np.testing.assert_array_equal(pool.z, z)
    np.testing.assert_allclose(pool.images[4], image_of(gan, z[4]), rtol=1e-4, atol=1e-5)


def test_each_step_is_one_of_adam_down_the_squared_error(gan):
    pool, target = pool_of(gan, 1), image_of(gan, np.array([1, -1, 0.5, 0], np.float32))
    search = find_noise(gan, target, pool, steps=3, starts=1)
    z, mean, square = torch.tensor(pool.z), 0.0, 0.0
    for step in range(4):
        z.requires_grad_()
        error = (gan.sample(z) - torch.tensor(target)).square().sum()
        np.testing.assert_allclose(search.z[step], z[0].detach(), rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(search.error[step], float(error.detach()), rtol=1e-3)
        np.testing.assert_allclose(search.images[step], gan.sample(z)[0].detach(), rtol=1e-2, atol=1e-3)
        (gradient,) = torch.autograd.grad(error, z)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        bias = 1 - 0.9 ** (step + 1), 1 - 0.999 ** (step + 1)
        z = (z - RATE * (mean / bias[0]) / ((square / bias[1]).sqrt() + 1e-8)).detach()
    assert search.steps == [0, 1, 2, 3]


def test_starts_are_independent_and_the_best_end_is_taken(gan):
    pool, target = pool_of(gan, 5), image_of(gan, np.array([0.3, 2, -1, 1], np.float32))
    alone = [find_noise(gan, target, Pool(pool.z[[i]], pool.images[[i]]), steps=20, starts=1) for i in range(5)]
    together = find_noise(gan, target, pool, steps=20, starts=5)
    best = min(alone, key=lambda search: search.error[-1])
    np.testing.assert_allclose(together.z, best.z, rtol=1e-2, atol=1e-2)
    assert together.error[-1] < together.error[0]


def test_a_search_begins_with_the_nearest_of_the_pool(gan):
    pool = pool_of(gan, 8)
    search = find_noise(gan, pool.images[6], pool, steps=2, starts=1)
    np.testing.assert_array_equal(search.z[0], pool.z[6])
    assert search.error[0] == pytest.approx(0, abs=1e-3)


def test_the_model_and_the_pool_stay_as_they_are(gan):
    before = {name: tensor.clone() for name, tensor in gan.state().items()}
    pool = pool_of(gan, 4)
    z = pool.z.copy()
    find_noise(gan, pool.images[0] * 0.5, pool, steps=3)
    np.testing.assert_array_equal(pool.z, z)
    assert all(torch.equal(before[name], tensor) for name, tensor in gan.state().items())
    assert not any(tensor.requires_grad for tensor in gan.state().values())


def test_a_wide_generator_has_fewer_starts():
    assert starts_of(DCGAN(32, 16, 100)) == STARTS
    assert 1 <= starts_of(DCGAN(32, 64, 100)) < STARTS
    assert starts_of(DCGAN(64, 64, 100), steps=10_000) == 1
