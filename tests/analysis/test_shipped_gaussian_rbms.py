"""What the Gaussian–Bernoulli RBM's page says of the shipped runs, and of MNIST."""

import pytest
from sklearn.decomposition import PCA

from explorer import open_run
from explorer.data.catalogue import load
from explorer.models.gaussian_rbm import GaussianRBMConfig

SMALL = {"dataset": "mnist", "hidden_units": 16}


def figures(**options):
    return open_run(GaussianRBMConfig(**{"dataset": "mnist"} | options)).metrics()


def test_the_noise_of_a_pixel_is_15_percent_of_the_way_from_black_to_white():
    assert figures()["noise"].iloc[-1] == pytest.approx(0.15, abs=0.005)


def test_a_learned_variance_copies_no_better_with_a_density_45_nats_higher():
    learned, fixed = figures(**SMALL), figures(**SMALL, learned_variance=False)
    errors = [x["reconstruction_error"].loc[10] for x in (learned, fixed)]
    assert errors[0] == pytest.approx(errors[1], rel=0.02)
    assert learned["noise"].loc[10] < 0.7 * fixed["noise"].loc[10]
    gain = learned["log_likelihood"].loc[10] - fixed["log_likelihood"].loc[10]
    assert gain == pytest.approx(45, abs=0.5)


def test_the_density_falls_by_half_while_the_copies_get_better():
    learned = figures(**SMALL)
    assert learned["log_likelihood"].loc[5] == pytest.approx(learned["log_likelihood"].loc[1] / 2, rel=0.05)
    assert learned["reconstruction_error"].loc[5] < learned["reconstruction_error"].loc[1]


@pytest.mark.full_mnist
def test_one_normal_distribution_with_16_components_has_264_nats():
    """Probabilistic PCA (Tipping & Bishop 1999), as scikit-learn has it."""
    images = load("mnist")
    found = PCA(16, svd_solver="covariance_eigh").fit(images.train / 255).score(images.test / 255)
    assert found == pytest.approx(264, abs=0.5)
    assert figures(**SMALL)["log_likelihood"].max() < found


@pytest.mark.full_mnist
def test_four_of_five_pixels_are_exactly_black():
    images = load("mnist")
    assert (images.train == 0).mean() == pytest.approx(0.8, abs=0.02)
