"""What words find among runs."""

import pytest

from explorer.models.rbm import RBMConfig
from explorer.ui.differences import all_settings
from explorer.ui.search import matches

ITEMS = ["The one for Monday", "✓ done", "RBM", "mnist-5k", "Restricted Boltzmann machine"]
ITEMS += all_settings(RBMConfig(dataset="mnist-5k", cd_k=10, hidden_units=100, learning_rate=0.05))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "monday",
        "one monday",
        "rbm",
        "boltz",
        "CD-k 10",
        "cd 10",
        "cd_k=10",
        "hidden 100",
        "hidden units 100 mnist",
        "mnist, CD-k 10",
        "mnist hidden 100 cd-k 10",
        "learning rate 0.05",
        "rate 0.05 done",
        "persistent no",
        "5k",
    ],
)
def test_it_is_found(query):
    assert matches(query, ITEMS)


@pytest.mark.parametrize(
    "query",
    [
        "tuesday",
        "cd-k 1",
        "hidden 10",
        "hidden 1000",
        "rate 0.0",
        "rate 0",
        "cd_k=1",
        "cd 100",
        "onday",
        "vae",
        "rbm vae",
        "((",
        "10*",
    ],
)
def test_it_is_not_found(query):
    assert not matches(query, ITEMS)
