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
        "cd_k>=10",
        "cd_k > 9 hidden 100",
        "cd-k≥10, monday",
        "rbm cd_k<11 hidden_units>=100 hidden_units<=100",
        "learning_rate>0.01 learning_rate<1e-1",
        "seed>-1",
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
        "cd_k>10",
        "cd_k>=10 cd_k<10",
        "cd_k>=11 monday",
        "warmth>0",
        "persistent>0",
        "k>=10",
        "cd_k>",
        ">=10",
        "cd_k>ten",
    ],
)
def test_it_is_not_found(query):
    assert not matches(query, ITEMS)


def test_a_hostile_query_takes_no_longer_than_another():
    many = " ".join(["1"] * 99)
    assert matches(f"note {many}", [f"a note {many}"])
    assert not matches(f"note {many} 2", [f"a note {' '.join(['1'] * 400)}, 2"])  # as one pattern, it never ends
