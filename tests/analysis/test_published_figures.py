"""RBMs trained on the full MNIST against known figures: one training each; medians over seeds are a benchmark's."""

import pytest
import torch

from benchmarks.rbm_replica import BOUNDS, CD, COMMON, PCD, likelihoods
from explorer import RBMConfig, train
from explorer.analysis.ais import Base, ais_log_partition
from explorer.analysis.likelihood import exact_log_partition
from explorer.data.catalogue import load
from explorer.models.rbm import mean_log_odds

pytestmark = pytest.mark.full_mnist


def test_ais_agrees_with_the_exact_value_on_digits(clean_settings):
    clean_settings(device="cpu")
    rbm = train(RBMConfig(**COMMON | {"hidden_units": 15, "epochs": 3})).model()
    exact = exact_log_partition(rbm)
    data = mean_log_odds(torch.tensor(load("mnist").train))
    for base in (Base(data, torch.zeros(15)), None):
        estimate = ais_log_partition(rbm, 100, 1000, torch.Generator().manual_seed(0), base=base)
        assert abs(estimate.value - exact) < min(0.3, 3 * estimate.standard_error)


def test_likelihoods_of_cd_1_and_pcd():
    found = dict(zip(("CD-1", "PCD-1"), likelihoods([CD, PCD]), strict=True))
    for name, value in found.items():
        low, high = BOUNDS[name]
        assert low <= value <= high, found
    assert found["CD-1"] + 6 <= found["PCD-1"]
