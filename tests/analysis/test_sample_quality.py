import numpy as np
import pytest
import torch

from explorer.analysis.digit_classifier import DigitClassifier
from explorer.analysis.sample_quality import Yardstick, rbm_samples, samples_of
from explorer.data.catalogue import load
from explorer.models.autoencoder import Autoencoder
from explorer.models.dbn import DBN
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.rbm import RBM
from explorer.models.vae import VAEConfig

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


def test_grey_values_of_each_kind_of_model_come_from_its_own_way_to_draw():
    """Without weights the way ends in the biases, whatever was drawn before."""
    gaussian = GaussianRBMConfig(dataset="bars-and-stripes", hidden_units=3).new_model((4, 4))
    gaussian.a[:] = torch.linspace(-5, 5, 16)  # of standardised pixels, some beyond black and white
    gaussian.sees.fit(torch.tensor([[100] * 8 + [150] * 8]).byte())
    dbn = DBN((16, 3, 2))
    dbn.levels[0].a[:] = torch.linspace(-2, 2, 16)
    vae = VAEConfig(dataset="bars-and-stripes", latent_size=2, hidden_units=4).new_model((4, 4))
    expected = {
        gaussian: (gaussian.a * gaussian.sees.std + 125 / 255).clamp(0, 1),
        dbn: torch.sigmoid(dbn.levels[0].a),
        vae: vae.decode(torch.zeros(1, 2))[0],
    }
    for model, image in expected.items():
        found = samples_of(model, 5, 2, torch.Generator().manual_seed(0))
        np.testing.assert_allclose(found, image.expand(5, 16), atol=1e-5)


def test_a_dbns_samples_are_of_its_top_rbm_sent_down():
    """All top states but one have next to no probability, and what is below follows from it."""
    dbn = DBN((4, 2, 3))
    dbn.top.a[:] = torch.tensor([20.0, -20.0])
    dbn.levels[0].G[:] = torch.tensor([[9.0, 0], [-9, 0], [0, 9], [0, -9]])
    found = samples_of(dbn, 3, 1, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(found, torch.sigmoid(torch.tensor([9.0, -9, 0, 0])).expand(3, 4), atol=1e-4)


def test_a_model_without_samples_is_refused():
    with pytest.raises(TypeError, match="Autoencoder has no samples"):
        samples_of(Autoencoder((16, 2)), 1, 1, torch.Generator())
