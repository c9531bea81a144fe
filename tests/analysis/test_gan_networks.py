"""What the two networks make of their inputs: in parts the same as at once, and layer by layer the same in the end."""

import numpy as np
import pytest
import torch

from explorer.analysis import gan_networks
from explorer.analysis.gan_networks import (
    discriminator_maps,
    generate,
    generator_maps,
    judge,
    score,
    strongest_maps,
)
from explorer.analysis.latent import noise
from explorer.models.dcgan import DCGANConfig


@pytest.fixture(scope="module")
def model():
    config = DCGANConfig(dataset="mnist-5k", width=8)
    model = config.new_model((28, 28))
    model.load_state(config.new_learner((28, 28), torch.Generator().manual_seed(0)).model.state())
    return model.settled(torch.tensor(generate(model, noise(model.latent_size, 50, 1))))


def test_more_noise_of_the_same_seed_begins_with_the_same():
    few, many = noise(5, 10, 3), noise(5, 1000, 3)
    assert few.dtype == np.float32
    np.testing.assert_array_equal(many[:10], few)
    assert not np.array_equal(noise(5, 10, 4), few)
    assert abs(many.mean()) < 0.05
    assert abs(many.std() - 1) < 0.05


def test_parts_give_the_same_as_all_at_once(model, monkeypatch):
    z = noise(model.latent_size, 11, 0)
    whole = generate(model, z)
    assert whole.shape == (11, model.side, model.side)
    scores = judge(model, whole)
    monkeypatch.setattr(gan_networks, "AT_ONCE", 4)
    np.testing.assert_allclose(generate(model, z), whole, atol=1e-6)
    np.testing.assert_allclose(judge(model, whole), scores, atol=1e-6)


def test_the_last_maps_are_the_image_and_the_score(model):
    z = noise(model.latent_size, 3, 0)
    images = generate(model, z)
    *hidden, image = generator_maps(model, z[1])
    assert len(hidden) >= 2
    np.testing.assert_allclose((image[0] + 1) / 2, images[1], atol=1e-5)
    *_, logit = discriminator_maps(model, images[1])
    assert score(logit) == pytest.approx(judge(model, images)[1], abs=1e-5)


def test_the_strongest_maps_are_those_of_the_largest_mean_size():
    maps = np.zeros((4, 2, 2), np.float32)
    maps[1], maps[2], maps[3] = -3, 1, [[2, -2], [2, -2]]
    assert strongest_maps(maps, 3).tolist() == [1, 3, 2]
