"""Models trained on the full MNIST against published figures, in nats per test image with stochastic pixels."""

import pytest
import torch

from explorer import RBMConfig, train
from explorer.analysis.ais import ais_log_partition
from explorer.analysis.likelihood import exact_log_partition, log_likelihood
from explorer.data.catalogue import load
from explorer.models.rbm import mean_log_odds
from explorer.models.sampling import binarize

pytestmark = pytest.mark.full_mnist


@pytest.fixture
def rbm_of(clean_settings):
    """Train a config with a store of its own and return the model."""
    clean_settings(device="cpu")

    def trained(**options):
        return train(RBMConfig(**{"dataset": "mnist", "learning_rate": 0.05, "weight_decay": 2e-4} | options)).model()

    return trained


def test_ais_agrees_with_the_exact_value_on_digits(rbm_of):
    rbm = rbm_of(hidden_units=15, epochs=3)
    base = mean_log_odds(torch.tensor(load("mnist").train))
    estimate = ais_log_partition(rbm, 200, 1000, torch.Generator().manual_seed(0), base_visible=base)
    error = abs(estimate.value - exact_log_partition(rbm))
    assert error < 3 * estimate.standard_error
    assert error < 0.3
