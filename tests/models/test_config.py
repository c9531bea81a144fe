import math

import pytest
from pydantic import ValidationError

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ConfigError
from explorer.models.config import default_values, flat, hyperparameters, nested, parent_fields, read_value, text_of
from explorer.models.config.values import Choice, DataSets, Flag, Number, Starts
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig

FIELDS = {h.name: h for h in hyperparameters(RBMConfig)}
NUMBERS = [h for h in FIELDS.values() if isinstance(h.values, Number)]


def by_name(h):
    return h.name


def problems(**values):
    with pytest.raises(ConfigError) as caught:
        RBMConfig.from_values(values)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_every_field_is_described_in_order():
    assert list(FIELDS) == list(RBMConfig.model_fields)
    for h in FIELDS.values():
        assert h.title
        assert len(h.help) > 20
        assert isinstance(h.values, Number | Flag | Choice | DataSets | Starts)
        assert RBMConfig.from_values({h.name: h.default})


@pytest.mark.parametrize("h", NUMBERS, ids=by_name)
def test_stops_rise_and_are_valid(h):
    assert h.stops
    assert list(h.stops) == sorted(set(h.stops))
    for stop in h.stops:
        assert getattr(RBMConfig.from_values({h.name: stop}), h.name) == stop


@pytest.mark.parametrize("h", NUMBERS, ids=by_name)
def test_values_outside_the_bounds_are_refused(h):
    assert getattr(RBMConfig.from_values({h.name: h.values.maximum}), h.name) == h.values.maximum
    for value in (h.values.maximum + 1, h.values.minimum - 1):
        message = problems(**{h.name: value})[h.name]
        assert message == f"{h.name} = {value!r} is not valid: {h.values.range}."
        assert h.values.range.endswith(f" to {h.values.maximum}")
        assert f" {h.values.minimum} " in h.values.range


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "nan", "inf", "fast", None, [], 1 + 1j])
@pytest.mark.parametrize("h", NUMBERS, ids=by_name)
def test_what_is_no_finite_number_is_refused(h, value):
    assert problems(**{h.name: value}).keys() == {h.name}


def test_a_broken_number_is_no_whole_one():
    assert "a whole number from 1 to 1000" in problems(hidden_units=20.5)["hidden_units"]


def test_a_bound_that_is_itself_invalid_is_not_offered():
    assert "above 0" in problems(learning_rate=0)["learning_rate"]


def test_choices_are_listed():
    assert problems(binarize="often", dataset="letters", persistent="perhaps") == {
        "binarize": "binarize = 'often' is not valid: one of sample, threshold, none.",
        "dataset": f"dataset = 'letters' is not valid: one of {', '.join(CATALOGUE)}.",
        "persistent": "persistent = 'perhaps' is not valid: true or false.",
    }


def test_an_unknown_field_is_named_with_the_known_ones():
    message = problems(hidden=100)["hidden"]
    assert message.startswith("hidden = 100 is not valid: rbm has no such field; it has dataset, epochs,")


def test_all_problems_are_reported_at_once():
    assert problems(hidden_units=0, cd_k=0, colour="red").keys() == {"hidden_units", "cd_k", "colour"}


def test_texts_are_converted():
    config = RBMConfig.from_values(
        {"dataset": "mnist-5k", "epochs": "5", "learning_rate": "0.05", "persistent": "true", "binarize": "none"}
    )
    assert config == RBMConfig(dataset="mnist-5k", epochs=5, learning_rate=0.05, persistent=True, binarize="none")
    assert isinstance(config.epochs, int)


def test_a_config_cannot_be_changed():
    config = RBMConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.epochs = 3


def test_cost_grows_with_the_chain():
    assert [RBMConfig(hidden_units=20, cd_k=k).cost((28, 28)) for k in (1, 3)] == [784 * 20 * 5, 784 * 20 * 9]


# Configs that hold others

TOY = "bars-and-stripes"
LAYERS = "1 to 3 layers of 4 to 1000 units each, the lowest first, such as 500-500"


def problems_of(config, **values):
    with pytest.raises(ConfigError) as caught:
        config.from_values({name.replace("__", "."): value for name, value in values.items()})
    return {problem.field: str(problem).partition(" is not valid: ")[2] for problem in caught.value.problems}


def test_fields_of_parents_come_last_by_flat_names_without_a_data_set():
    assert parent_fields(FineTunedDBNConfig) == {"base": DBNConfig}
    assert parent_fields(RBMConfig) == {}
    names = [h.name for h in hyperparameters(FineTunedDBNConfig)]
    own = ["dataset", "epochs", "batch_size", "seed", "start", "cd_k", "learning_rate"]
    base = [h.name for h in hyperparameters(DBNConfig) if h.name != "dataset" and "." not in h.name]
    first = [name for name in FIELDS if name != "dataset"]
    assert names == [*own, *(f"base.{name}" for name in base), *(f"base.first.{name}" for name in first)]
    by_name = {h.name: h for h in hyperparameters(FineTunedDBNConfig)}
    assert by_name["base.first.cd_k"].parents == ("DBN", "RBM")
    assert by_name["base.first.cd_k"].full_title == "RBM: CD-k"
    assert by_name["cd_k"].full_title == "CD-k"
    assert by_name["base.first.cd_k"].values.range == FIELDS["cd_k"].values.range


@pytest.mark.parametrize("config", [RBMConfig, DBNConfig, FineTunedDBNConfig])
def test_default_values_are_those_of_the_default_config_and_make_it(config):
    assert default_values(config) == config().values()
    assert config.from_values(default_values(config)) == config()
    assert set(config().values()) == {h.name for h in hyperparameters(config)}


@pytest.mark.parametrize("config", [DBNConfig, FineTunedDBNConfig])
def test_every_default_and_stop_is_valid_and_read_back_from_its_text(config):
    for h in hyperparameters(config):
        for value in {h.default, *h.stops}:
            assert read_value(config, h.name, text_of(value)) == value
            if not isinstance(h.values, Flag):
                made = config.from_values({"dataset": TOY, h.name: text_of(value)})
                assert made.values()[h.name] == value


def test_flat_and_nested_names_mean_the_same():
    by_name = {"dataset": TOY, "cd_k": 3, "base.cd_k": 4, "base.hidden_units": (8, 6), "base.first.cd_k": 5}
    in_each_other = {"dataset": TOY, "cd_k": 3, "base": {"cd_k": 4, "hidden_units": [8, 6], "first": {"cd_k": 5}}}
    assert flat(in_each_other) == by_name
    assert flat(nested(by_name)) == by_name
    config = FineTunedDBNConfig.from_values(by_name)
    assert config == FineTunedDBNConfig.from_values(in_each_other)
    assert (config.cd_k, config.base.cd_k, config.base.first.cd_k) == (3, 4, 5)
    assert FineTunedDBNConfig.from_values(config.values()) == config
    assert FineTunedDBNConfig.from_values(config.model_dump(mode="json")) == config


def test_values_by_both_ways_are_joined_and_what_was_given_is_not_changed():
    mine = {"cd_k": 3}
    values = {"first": mine, "first.seed": 2}
    first = DBNConfig.from_values(values).first
    assert (first.cd_k, first.seed) == (3, 2)
    assert (mine, values) == ({"cd_k": 3}, {"first": mine, "first.seed": 2})


@pytest.mark.parametrize(
    "values",
    [
        {"dataset": TOY},
        {"base": {"dataset": TOY}},
        {"base": {"first": {"dataset": TOY}}},
        {"base": DBNConfig(dataset=TOY)},
        {"base": {"first": RBMConfig(dataset=TOY)}},
        {"dataset": TOY, "base": {"first": {"dataset": TOY}}},
    ],
)
def test_a_model_has_the_data_set_of_its_parents_whichever_names_it(values):
    config = FineTunedDBNConfig(**values)
    assert {config.dataset, config.base.dataset, config.base.first.dataset} == {TOY}


def test_parents_of_another_data_set_are_refused():
    assert problems_of(DBNConfig, dataset=TOY, first__dataset="mnist") == {
        "first.dataset": f"'{TOY}', as dataset says (or change dataset)."
    }
    assert problems_of(FineTunedDBNConfig, dataset=TOY, base__first__dataset="mnist").keys() == {"base.first.dataset"}
    with pytest.raises(ValidationError, match=r"first\.dataset"):
        DBNConfig(dataset="mnist-5k", first=RBMConfig(dataset=TOY))
    with pytest.raises(ValidationError, match=r"dataset"):
        FineTunedDBNConfig(dataset="mnist-5k", base=DBNConfig(dataset=TOY))


def test_a_data_set_that_all_models_share_can_be_changed_alone():
    file = FineTunedDBNConfig(dataset="mnist-5k").model_dump(mode="json")
    assert FineTunedDBNConfig.from_values(flat(file) | {"dataset": TOY}) == FineTunedDBNConfig(dataset=TOY)
    assert DBNConfig.from_values(flat({"first": {"dataset": TOY}})).dataset == TOY
    assert problems_of(DBNConfig, **flat({"dataset": "mnist", "first": {"dataset": TOY}})).keys() == {"first.dataset"}


def test_an_unknown_data_set_is_one_problem():
    known = f"one of {', '.join(CATALOGUE)}."
    for config in (DBNConfig, FineTunedDBNConfig):
        assert problems_of(config, dataset="letters") == {"dataset": known}
        assert problems_of(config, dataset=[]) == {"dataset": known}
    assert problems_of(DBNConfig, first__dataset="letters") == {"first.dataset": known}


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        ("500-500", (500, 500)),
        ("8", (8,)),
        (8, (8,)),
        ("8,6", (8, 6)),
        (" 8 - 6 ", (8, 6)),
        ([8, "6"], (8, 6)),
        ((4, 1000, 4), (4, 1000, 4)),
    ],
)
def test_sizes_of_layers_are_read(value, sizes):
    assert DBNConfig.from_values({"hidden_units": value}).hidden_units == sizes
    assert FineTunedDBNConfig.from_values({"base.hidden_units": value}).base.hidden_units == sizes
    assert read_value(DBNConfig, "hidden_units", value) == sizes
    assert read_value(DBNConfig, "hidden_units", text_of(sizes)) == sizes


@pytest.mark.parametrize(
    "value",
    ["", "-", "8-", "-8", "8--6", "8-x", "x", "8.5", "3", "3-8", "8-3", "1001", "8-8-8-8", "none", "1e2", "٣٣",
     [], [8, 3], [[8]], [8, None], None, True, 8.5, {}, {"0": 8}, "9" * 5000, [8] * 1000],
)  # fmt: skip
def test_sizes_of_layers_that_are_not_valid_are_refused(value):
    assert problems_of(DBNConfig, hidden_units=value) == {"hidden_units": f"{LAYERS}."}
    assert problems_of(FineTunedDBNConfig, base__hidden_units=value) == {"base.hidden_units": f"{LAYERS}."}
    with pytest.raises(ConfigError, match=r"hidden_units = .* is not valid: 1 to 3 layers"):
        read_value(FineTunedDBNConfig, "base.hidden_units", value)


def test_problems_of_parents_are_named_by_their_flat_names():
    assert problems_of(FineTunedDBNConfig, base__first__cd_k=0, base__cd_k="x", cd_k=51, base__first__warp=1) == {
        "base.first.cd_k": "a whole number from 1 to 50.",
        "base.cd_k": "a whole number from 1 to 50.",
        "cd_k": "a whole number from 1 to 50.",
        "base.first.warp": problems_of(FineTunedDBNConfig, warp=1)["warp"],
    }
    assert "it has dataset, epochs, batch_size" in problems_of(FineTunedDBNConfig, warp=1)["warp"]
    assert problems_of(DBNConfig, second__cd_k=2).keys() == {"second"}
    assert problems_of(DBNConfig, cd_k__x=2) == {"cd_k": "a whole number from 1 to 50."}


@pytest.mark.parametrize("value", [5, None, "rbm", [1], RBMConfig])
def test_what_is_no_model_to_be_built_on_is_refused_with_what_can_be_given(value):
    message = problems_of(DBNConfig, first=value)["first"]
    assert message.startswith("a mapping, or single values by first.epochs, first.batch_size,")
    assert "hidden_units, " not in message.replace("first.hidden_units, ", "")
    assert problems_of(FineTunedDBNConfig, base__first=value).keys() == {"base.first"}


def test_a_model_of_another_kind_is_no_parent():
    with pytest.raises(ConfigError, match="first"):
        DBNConfig.from_values({"first": DBNConfig()})
    with pytest.raises(ValidationError, match="base"):
        FineTunedDBNConfig(base=RBMConfig())


@pytest.mark.parametrize("name", ["", ".", "first.", ".first", "first..cd_k", "a.b.c.d", "a" + ".a" * 5000])
def test_odd_names_are_unknown_fields(name):
    with pytest.raises(ConfigError):
        DBNConfig.from_values({name: 1})


def test_what_does_not_fit_together_is_told_as_such():
    with pytest.raises(ConfigError) as caught:
        DBNConfig.from_values({"dataset": TOY, "tied_start": True, "hidden_units": "8"})
    [problem] = caught.value.problems
    assert (problem.field, problem.value, problem.combination) == ("hidden_units", "8", True)
    assert problem.expected == "16, as many as pixels, for a tied start; or switch tied_start off"
    with pytest.raises(ConfigError) as caught:
        FineTunedDBNConfig.from_values({"dataset": TOY, "base.tied_start": "true", "base.hidden_units": "8-6"})
    assert [(p.field, p.combination) for p in caught.value.problems] == [("base.hidden_units", True)]
    with pytest.raises(ConfigError) as caught:
        DBNConfig.from_values({"dataset": TOY, "cd_k": 0})
    assert [p.combination for p in caught.value.problems] == [False]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("cd_k", "5", 5), ("first.learning_rate", "0.05", 0.05), ("tied_start", "true", True), ("dataset", TOY, TOY),
     ("first.binarize", "none", "none"), ("first.cd_k", "50", 50)],
)  # fmt: skip
def test_one_value_is_read_by_itself(name, text, value):
    assert read_value(DBNConfig, name, text) == value
    if name != "dataset":
        assert read_value(FineTunedDBNConfig, f"base.{name}", text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("cd_k", "0"), ("cd_k", "x"), ("first.cd_k", "51"), ("first.learning_rate", "nan"), ("momentum", "inf"),
     ("tied_start", "perhaps"), ("dataset", "letters"), ("first.binarize", "often"), ("learning_rate", "0")],
)  # fmt: skip
def test_one_value_that_is_not_valid_is_named_with_what_is(name, text):
    with pytest.raises(ConfigError) as caught:
        read_value(DBNConfig, name, text)
    known = {h.name: h for h in hyperparameters(DBNConfig)}[name]
    assert [(p.field, p.value, p.expected) for p in caught.value.problems] == [(name, text, known.values.range)]


def test_the_models_that_a_config_is_built_on():
    config = FineTunedDBNConfig(dataset=TOY)
    assert config.parents() == {"base": config.base}
    assert config.base.parents() == {"below": config.base.first}
    assert config.base.first.parents() == {}


@pytest.mark.parametrize("value", [0.1, 1e-5, 1 / 3, 0.30000000000000004, 1.2345678, 9.999999999999998])
def test_texts_of_numbers_lose_nothing(value):
    assert read_value(RBMConfig, "learning_rate", text_of(value)) == value


def test_texts_are_short_and_as_flags_take_them():
    values = (0.1, 1e-5, True, False, (8,), (8, 6), 3, "none")
    assert [text_of(x) for x in values] == ["0.1", "1e-05", "true", "false", "8", "8-6", "3", "none"]
