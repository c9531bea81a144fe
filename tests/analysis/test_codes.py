import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from explorer.analysis import codes as module
from explorer.analysis.codes import LabelledCodes, codes_of, knn_accuracy, probe_accuracy
from explorer.data.catalogue import load
from explorer.models.autoencoder import Autoencoder


def clusters(count, spread, seed=0, classes=4, size=5):
    """Codes around a centre for each class; the centres are always the same."""
    centres = np.random.default_rng(99).standard_normal((classes, size)) * 3
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    codes = centres[labels] + spread * rng.standard_normal((count, size))
    return LabelledCodes(codes.astype(np.float32), labels.astype(np.uint8))


def random_autoencoder(units, seed=0):
    model = Autoencoder((784, units), "relu")
    model.initialize(torch.Generator().manual_seed(seed))
    return model


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_codes_are_the_models_image_by_image(at_once, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    model, pixels = random_autoencoder(6), load("mnist-5k").test[:20]
    codes = codes_of(model, pixels)
    assert codes.shape == (20, 6)
    assert codes.dtype == np.float32
    for image in range(20):
        expected = model.encode(torch.tensor(pixels[image : image + 1]) / 255)
        np.testing.assert_allclose(codes[image], expected[0].numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("accuracy", [probe_accuracy, knn_accuracy])
def test_classes_far_apart_are_all_told_and_labels_by_chance_are_not(accuracy):
    train, test = clusters(300, 0.1), clusters(200, 0.1, seed=1)
    assert accuracy(train, test) == 1
    by_chance = np.random.default_rng(2).integers(0, 4, 300).astype(np.uint8)
    assert accuracy(LabelledCodes(train.codes, by_chance), test) < 0.6


def test_the_vote_is_that_of_a_loop():
    train, test = clusters(150, 4.0), clusters(80, 4.0, seed=1)
    right = 0
    for code, label in zip(test.codes, test.labels, strict=True):
        distances = [float(np.linalg.norm(code.astype(float) - other)) for other in train.codes]
        nearest = [int(train.labels[i]) for i in sorted(range(150), key=distances.__getitem__)[:5]]
        right += max(sorted(set(nearest)), key=nearest.count) == label
    assert knn_accuracy(train, test) == pytest.approx(right / 80)
    assert 0.3 < right / 80 < 1


def test_one_neighbour_of_the_training_images_is_each_itself():
    train = clusters(100, 5.0)
    assert knn_accuracy(train, train, 1) == 1


def test_there_may_be_fewer_images_than_neighbours():
    train = clusters(3, 0.1)
    assert knn_accuracy(train, clusters(20, 0.1, seed=1)) <= 1


def test_the_probe_has_standardised_codes():
    """Units of another scale and place, or that never change, make no difference."""
    train, test = clusters(400, 3.0), clusters(300, 3.0, seed=1)
    scale, shift = np.float32([1, 1000, 0.001, 5, 1]), np.float32([0, 10, -1, 0, 100])
    known = probe_accuracy(train, test)
    moved = [
        LabelledCodes(np.hstack([x.codes * scale + shift, np.full((len(x.codes), 1), 7, np.float32)]), x.labels)
        for x in (train, test)
    ]
    assert probe_accuracy(*moved) == pytest.approx(known, abs=0.01)
    assert 0.5 < known < 1


def test_the_probe_is_a_logistic_regression_and_its_steps_are_limited():
    train, test = clusters(400, 3.0), clusters(300, 3.0, seed=1)
    mean, std = train.codes.mean(axis=0), train.codes.std(axis=0)
    fitted = LogisticRegression(C=0.1, max_iter=10_000, tol=1e-8).fit((train.codes - mean) / std, train.labels)
    expected = fitted.score((test.codes - mean) / std, test.labels)
    assert probe_accuracy(train, test) == pytest.approx(expected, abs=0.005)
    assert probe_accuracy(train, test, steps=1) != pytest.approx(expected, abs=0.005)


def test_random_features_of_digits_tell_them():
    images = load("mnist-5k")
    model = random_autoencoder(200)
    train = LabelledCodes(codes_of(model, images.train[:2000]), images.train_labels[:2000])
    test = LabelledCodes(codes_of(model, images.test), images.test_labels)
    assert probe_accuracy(train, test, 30) > 0.85
    assert knn_accuracy(train, test) > 0.85
