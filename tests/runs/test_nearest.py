import math

import pytest

from explorer.models.config import default_values
from explorer.models.rbm import RBMConfig
from explorer.runs.nearest import differences, distance, nearest

DEFAULTS = default_values(RBMConfig) | {"dataset": "mnist"}


def settings(**changes):
    return DEFAULTS | changes


def choice(wanted, *candidates):
    """Return the place of the candidate that is chosen, whatever the order in which they come."""
    given = [(f"rbm-{place}", settings(**changes)) for place, changes in enumerate(candidates)]
    found = {nearest(settings(**wanted), order) for order in (given, given[::-1])}
    assert len(found) == 1
    return int(found.pop().removeprefix("rbm-"))


def test_without_candidates_there_is_none():
    assert nearest(settings(), []) is None


def test_the_only_candidate_is_the_nearest_however_far():
    assert choice({}, {"dataset": "bars-and-stripes", "hidden_units": 4, "persistent": True}) == 0


def test_the_same_settings_are_nearest():
    assert choice({"cd_k": 5}, {"cd_k": 4}, {"cd_k": 6}, {"cd_k": 5}, {"cd_k": 5, "seed": 1}) == 2


def test_epochs_do_not_count():
    assert distance(settings(epochs=1), settings(epochs=500)) == 0
    assert differences(settings(epochs=1), settings(epochs=500)) == []
    assert choice({"epochs": 30}, {"epochs": 30, "cd_k": 2}, {"epochs": 100}) == 1


def test_differences_are_named():
    wanted = settings(cd_k=5, persistent=True, epochs=3)
    assert differences(wanted, settings(persistent=True)) == ["cd_k"]
    assert differences(wanted, settings(seed=1)) == ["seed", "cd_k", "persistent"]
    assert differences(wanted, {name: x for name, x in wanted.items() if name != "momentum"}) == ["momentum"]


@pytest.mark.parametrize(
    ("wanted", "candidates", "expected"),
    [
        ({"cd_k": 9}, [{"cd_k": 1}, {"cd_k": 5}, {"cd_k": 10}], 2),
        ({"cd_k": 2}, [{"cd_k": 1}, {"cd_k": 10}, {"cd_k": 25}], 0),
        ({"hidden_units": 144}, [{"hidden_units": 25}, {"hidden_units": 100}, {"hidden_units": 400}], 1),
        ({"hidden_units": 900}, [{"hidden_units": 100}, {"hidden_units": 400}], 1),
        (
            {"learning_rate": 0.03},
            [{"learning_rate": 0.001}, {"learning_rate": 0.1}],
            1,
        ),  # 0.001 is nearer by difference
        ({"learning_rate": 0.003}, [{"learning_rate": 0.01}, {"learning_rate": 0.0001}], 0),
        ({"momentum": 0.9}, [{"momentum": 0.0}, {"momentum": 0.8}], 1),
        ({"momentum": 0.5}, [{"momentum": 0.0}, {"momentum": 0.9}], 1),
    ],
)
def test_of_numbers_the_nearest_by_ratio_is_chosen(wanted, candidates, expected):
    assert choice(wanted, *candidates) == expected


@pytest.mark.parametrize("wanted", [{"cd_k": 4}, {"learning_rate": 0.04}, {"hidden_units": 40}])
def test_ratios_count_alike_upwards_and_downwards(wanted):
    (name, value), *_ = wanted.items()
    up, down = (distance(settings(**wanted), settings(**{name: x})) for x in (value * 3, value / 3))
    assert up == pytest.approx(down)
    assert up - distance(settings(**wanted), settings(**{name: value * 2})) == pytest.approx(math.log(3 / 2))


def test_another_seed_is_nearer_than_any_other_change():
    assert choice({"seed": 3}, {"seed": 0}, {"seed": 3, "cd_k": 2}, {"seed": 3, "hidden_units": 121}) == 0
    assert choice({"seed": 3}, {"seed": 3, "learning_rate": 0.05}, {"seed": 4}, {"seed": 3, "momentum": 0.5}) == 1


def test_the_number_of_a_seed_means_nothing():
    assert choice({"seed": 1}, {"seed": 1234567}, {"seed": 1, "cd_k": 2}) == 0


def test_no_learning_rate_is_farther_away_than_other_images():
    assert choice({"learning_rate": 0.001}, {"dataset": "fashion-mnist", "learning_rate": 0.001}, {}) == 1
    assert choice({"learning_rate": 0.001}, {"dataset": "kmnist", "learning_rate": 0.001}, {"learning_rate": 1.0}) == 1


def test_from_zero_the_nearest_by_difference_is_chosen():
    assert choice({"momentum": 0.0}, {"momentum": 0.95}, {"momentum": 0.5}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"cd_k": 10},
        {"hidden_units": 25},
        {"learning_rate": 0.01},
        {"persistent": True},
        {"binarize": "none"},
        {"momentum": 0.9},
        {"persistent": True, "binarize": "none", "momentum": 0.9},
    ],
)
def test_the_same_data_set_is_preferred_to_the_same_settings(change):
    assert choice({}, {"dataset": "fashion-mnist"}, change) == 1
    assert choice({"dataset": "fashion-mnist"}, {"dataset": "mnist-5k"}, {"dataset": "fashion-mnist"} | change) == 1


def test_of_another_data_set_the_run_with_the_same_settings_is_chosen():
    assert choice({"cd_k": 5}, {"dataset": "kmnist"}, {"dataset": "kmnist", "cd_k": 5}) == 1


def test_one_difference_is_nearer_than_the_same_one_and_another():
    assert choice({"cd_k": 5}, {"persistent": True}, {}) == 1
    assert choice({"persistent": True, "cd_k": 5}, {}, {"persistent": True}, {"cd_k": 1}) == 1


def test_one_difference_is_nearer_than_two_smaller_ones():
    assert choice({}, {"hidden_units": 110, "learning_rate": 0.09}, {"hidden_units": 64}) == 1


def test_a_small_change_of_a_number_is_nearer_than_another_learning_rule():
    assert choice({"persistent": True, "cd_k": 10}, {"cd_k": 10}, {"persistent": True, "cd_k": 7}) == 1
    assert choice({"binarize": "threshold"}, {"binarize": "none"}, {"binarize": "threshold", "hidden_units": 64}) == 1


def test_booleans_are_no_numbers():
    assert distance({"persistent": True}, {"persistent": False}) == distance({"binarize": "none"}, {"binarize": "x"})


def test_a_setting_the_other_run_does_not_know_counts_as_different():
    unknown = {name: value for name, value in settings().items() if name != "hidden_units"}
    assert distance(settings(), unknown) == distance({"binarize": "none"}, {"binarize": "sample"})


def test_of_equally_near_runs_always_the_same_is_chosen():
    assert choice({"cd_k": 5}, {"persistent": True}, {"persistent": True}) == 0


def test_the_distance_is_zero_only_without_differences():
    for changes in ({}, {"cd_k": 7}, {"dataset": "kmnist", "persistent": True}):
        assert distance(settings(**changes), settings(**changes)) == 0
        assert (distance(settings(), settings(**changes)) > 0) == bool(changes)
