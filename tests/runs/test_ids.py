from typing import ClassVar

import pytest

from explorer.errors import ConfigError, InvalidRunId
from explorer.models.config import hyperparameters
from explorer.models.config.values import Flag
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.models.sparse import SparseConfig
from explorer.runs.ids import check_run_id, run_id
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER

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


@pytest.mark.parametrize("name", ["first.cd_k", "first.seed", "first.batch_size", "hidden_units", "cd_k"])
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


# Settings without effect


def test_shipped_runs_have_the_ids_of_their_configs():
    runs = list(Store(APP_FOLDER / "trained", shipped=True))
    assert runs
    assert [run.id for run in runs if run_id(run.config) != run.id] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_default_config_is_its_own_trajectory(kind):
    config = KINDS[kind].config_class()(dataset="mnist-5k")
    assert config.trajectory() == config


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_trajectory_is_valid_and_another_run_only_if_it_differs(kind):
    config_class = KINDS[kind].config_class()
    default = config_class(dataset="mnist-5k")
    for field in hyperparameters(config_class):
        choices = getattr(field.values, "choices", (not field.default,) if isinstance(field.values, Flag) else ())
        for value in (*field.stops, *choices):
            try:
                config = config_class.from_values({"dataset": "mnist-5k", field.name: value})
            except ConfigError:
                continue
            found = config.trajectory()
            assert found.trajectory() == found
            assert config_class.from_values(found.values()) == found
            assert run_id(found) == run_id(config)
            same = found.model_copy(update={"epochs": default.epochs}) == default
            assert (run_id(config) == run_id(default)) == same


def test_the_epochs_of_layers_between_count_only_where_there_are_some():
    assert run_id(deep(lower_epochs=9)) == run_id(deep())
    assert run_id(fine(**{"base.lower_epochs": 9})) == run_id(fine())
    assert run_id(deep(hidden_units="5-6", lower_epochs=9)) != run_id(deep(hidden_units="5-6"))
    layers = {"base.hidden_units": "5-6"}
    assert run_id(fine(**layers, **{"base.lower_epochs": 9})) != run_id(fine(**layers))


def test_the_spread_of_first_weights_counts_but_for_a_tied_start():
    tied = {"hidden_units": "16", "tied_start": True}
    assert run_id(deep(**tied, initial_std=0.5)) == run_id(deep(**tied))
    assert run_id(deep(**tied, **{"first.initial_std": 0.5})) != run_id(deep(**tied))
    assert run_id(deep(initial_std=0.5)) != run_id(deep())


def test_a_stack_below_is_the_same_run_however_many_layers_are_above_it():
    below = deep(hidden_units="5-6", lower_epochs=9).parents()["below"]
    assert run_id(below) == run_id(deep())
    assert below.epochs == 9


@pytest.mark.parametrize(
    ("variant", "idle", "own"),
    [
        ("KL penalty", {"correction": 1.0, "memory": 0.5}, {"penalty_weight": 9.0}),
        ("bias correction", {"penalty_weight": 9.0}, {"correction": 1.0, "memory": 0.5}),
    ],
)
def test_settings_of_the_other_variant_make_no_other_run(variant, idle, own):
    def sparse(**values):
        return SparseConfig(dataset="bars-and-stripes", variant=variant, **values)

    assert run_id(sparse(**idle)) == run_id(sparse())
    assert len({run_id(sparse()), *(run_id(sparse(**{name: value})) for name, value in own.items())}) == 1 + len(own)
