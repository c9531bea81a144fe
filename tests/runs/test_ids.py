from typing import ClassVar

import pytest

from explorer.errors import InvalidRunId
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import check_run_id, run_id

VALID = "rbm-0123456789ab"


def small(**values):
    return RBMConfig(**({"dataset": "bars-and-stripes", "hidden_units": 4} | values))


def test_an_id_is_what_it_always_was():
    # If this fails, every run that anyone has kept is no longer found.
    assert run_id(small()) == "rbm-a3301ecae416"


def test_epochs_are_positions_on_one_trajectory():
    assert run_id(small(epochs=1)) == run_id(small(epochs=500))


@pytest.mark.parametrize(
    "change", [{"hidden_units": 5}, {"seed": 1}, {"batch_size": 99}, {"dataset": "mnist-5k"}, {"learning_rate": 0.1001}]
)
def test_every_other_field_makes_another_run(change):
    assert run_id(small(**change)) != run_id(small())


def test_a_new_version_of_the_algorithm_makes_another_run():
    class NextRBMConfig(RBMConfig):
        algorithm: ClassVar[int] = RBMConfig.algorithm + 1

    assert run_id(NextRBMConfig(**small().model_dump())) != run_id(small())


def test_texts_of_a_link_and_numbers_of_a_program_give_the_same_run():
    from_link = RBMConfig.from_values({"dataset": "bars-and-stripes", "hidden_units": "4", "learning_rate": "1e-1"})
    assert run_id(from_link) == run_id(small(learning_rate=0.1))


def test_an_id_is_an_id():
    assert check_run_id(run_id(small())) == run_id(small())
    assert check_run_id(VALID) == VALID


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc",
        "rbm-..",
        "rbm",
        "rbm-",
        "rbm-0123456789a",
        "rbm-0123456789abc",
        "rbm-0123456789ag",
        "RBM-0123456789ab",
        "-0123456789ab",
        "3bm-0123456789ab",
        f"{VALID}/",
        f"{VALID}/..",
        f"../{VALID}",
        f"a/{VALID}",
        f"a\\{VALID}",
        f"{VALID}\n",
        f" {VALID}",
        f"{VALID}\0",
        "rbm-０１２３４５６７８９ab",
        "rbm\N{CYRILLIC SMALL LETTER A}-0123456789ab",
        f"{'x' * 300}-0123456789ab",
        "%2e%2e%2fx",
    ],
)
def test_anything_else_is_refused_and_named(text):
    with pytest.raises(InvalidRunId) as caught:
        check_run_id(text)
    assert repr(text) in str(caught.value)


# Models built on others


def deep(**values):
    return DBNConfig.from_values({"dataset": "bars-and-stripes", "first.hidden_units": 4, "hidden_units": "5"} | values)


def fine(**values):
    return FineTunedDBNConfig.from_values({"dataset": "bars-and-stripes", "base.first.hidden_units": 4} | values)


def test_the_epochs_of_a_parent_are_part_of_what_is_built_on_it():
    assert run_id(deep(**{"first.epochs": 7})) != run_id(deep())
    assert run_id(fine(**{"base.epochs": 7})) != run_id(fine())
    assert run_id(fine(**{"base.first.epochs": 7})) != run_id(fine())
    assert run_id(deep(epochs=7)) == run_id(deep())  # its own are not


@pytest.mark.parametrize("name", ["first.cd_k", "first.seed", "first.batch_size", "hidden_units", "lower_epochs"])
def test_every_field_of_a_parent_makes_another_run(name):
    assert run_id(deep(**{name: 9})) != run_id(deep())
    assert run_id(fine(**{f"base.{name}": 9})) != run_id(fine())


def test_a_parent_is_the_very_run_of_its_own_page():
    assert run_id(deep(**{"first.epochs": 7}).parents()["below"]) == run_id(small())
    assert run_id(fine().parents()["base"]) == run_id(fine().base)


def test_layers_as_text_and_as_numbers_are_the_same_run():
    same = [deep(hidden_units=x) for x in ("5-6", (5, 6), [5, 6], "5,6", " 5 - 6 ")]
    assert {run_id(config) for config in same} == {run_id(same[0])}
    assert run_id(deep(hidden_units="6-5")) != run_id(same[0])


@pytest.mark.parametrize(("config", "lower"), [(deep(), RBMConfig), (fine(), RBMConfig), (fine(), DBNConfig)])
def test_a_new_version_of_a_parents_algorithm_makes_another_run(monkeypatch, config, lower):
    before, own = run_id(config), run_id(small(seed=1))
    monkeypatch.setattr(lower, "algorithm", lower.algorithm + 1)
    assert run_id(config) != before
    assert (run_id(small(seed=1)) != own) is (lower is RBMConfig)


def test_versions_of_parent_and_child_are_not_mistaken_for_each_other(monkeypatch):
    changed = set()
    for parent, child in ((0, 1), (1, 0), (1, 1), (0, 0)):
        monkeypatch.setattr(RBMConfig, "algorithm", 1 + parent)
        monkeypatch.setattr(DBNConfig, "algorithm", 1 + child)
        changed.add(run_id(deep()))
    assert len(changed) == 4
