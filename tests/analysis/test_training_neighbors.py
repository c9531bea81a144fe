import numpy as np
import torch

from explorer.analysis import training_neighbors
from explorer.analysis.training_neighbors import nearest_training_images


def test_the_nearest_are_found_across_all_parts(monkeypatch):
    monkeypatch.setattr(training_neighbors, "AT_ONCE", 7)
    draws = np.random.default_rng(0)
    train = draws.integers(0, 256, (30, 12), dtype=np.uint8)
    images = draws.random((4, 12), dtype=np.float32)
    found = nearest_training_images(torch.tensor(images), train, 5)
    distances = np.linalg.norm(images[:, None] - train / 255, axis=2)
    np.testing.assert_array_equal(found.indices, np.argsort(distances, axis=1)[:, :5])
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :5], rtol=1e-5)


def test_a_copy_is_at_distance_0_and_few_images_are_all_there_is():
    train = np.arange(24, dtype=np.uint8).reshape(2, 12)
    found = nearest_training_images(torch.tensor(train[1:]) / 255, train, 5)
    assert found.indices.tolist() == [[1, 0]]
    assert found.distances[0, 0] < 1e-6
