import numpy as np
import pytest
import torch

from explorer.analysis.digit_classifier import DigitClassifier
from explorer.analysis.sample_quality import Yardstick, rbm_samples
from explorer.data.catalogue import load
from explorer.models.rbm import RBM

N = 200


@pytest.fixture(scope="module")
def images():
    digits = load("mnist-5k")
    return [torch.tensor(x[:N].reshape(-1, 28, 28) / 255, dtype=torch.float32) for x in (digits.train, digits.test)]


@pytest.fixture(scope="module")
def yardstick(images):
    classifier = DigitClassifier()
    classifier.initialize(torch.Generator().manual_seed(0))
    return Yardstick.of(*images, classifier)


def test_training_images_are_the_unit_and_test_images_are_better_still(yardstick, images):
    train, test = (yardstick.measure(x) for x in images)
    assert train.frechet_ratio == pytest.approx(1)
    assert abs(train.kernel_ratio) < 3
    assert train.duplicates == pytest.approx(0.01, abs=0.01)
    assert test.frechet_ratio < 0.1
    assert (test.precision, test.recall) == (1, 1)
    assert train.shares.sum() == pytest.approx(1)


def test_one_image_again_and_again_is_varied_in_nothing(yardstick, images):
    figures = yardstick.measure(images[1][:1].expand(N, -1, -1))
    assert figures.class_entropy == 0
    assert figures.duplicates == 1
    assert figures.shares.max() == 1
    assert figures.recall < 0.1 < figures.precision
    assert figures.frechet_ratio > 1


def test_noise_is_worse_than_digits(yardstick):
    figures = yardstick.measure(torch.rand(N, 28, 28, generator=torch.Generator().manual_seed(0)))
    assert figures.frechet_ratio > 5
    assert figures.kernel_ratio > 5
    assert figures.recall < 0.1


def test_chains_of_an_rbm_end_in_its_distribution():
    """Without weights all pixels are independent, with the probabilities that their biases say."""
    rbm = RBM(6, 3)
    rbm.a[:] = torch.linspace(-2, 2, 6)
    images = rbm_samples(rbm, 5, 2, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(images, torch.sigmoid(rbm.a).expand(5, 6))
