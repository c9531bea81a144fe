import math

import pytest
from pydantic import ValidationError

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ConfigError
from explorer.models.config import hyperparameters
from explorer.models.rbm import RBMConfig

FIELDS = {h.name: h for h in hyperparameters(RBMConfig)}
NUMBERS = [h for h in FIELDS.values() if h.type in (int, float)]


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
        assert h.type in (int, float, bool, str)
        assert RBMConfig.from_values({h.name: h.default})


@pytest.mark.parametrize("h", NUMBERS, ids=by_name)
def test_stops_rise_and_are_valid(h):
    assert h.stops
    assert list(h.stops) == sorted(set(h.stops))
    for stop in h.stops:
        assert getattr(RBMConfig.from_values({h.name: stop}), h.name) == stop


@pytest.mark.parametrize("h", NUMBERS, ids=by_name)
def test_values_outside_the_bounds_are_refused(h):
    assert getattr(RBMConfig.from_values({h.name: h.maximum}), h.name) == h.maximum
    for value in (h.maximum + 1, h.minimum - 1):
        message = problems(**{h.name: value})[h.name]
        assert message == f"{h.name} = {value!r} is not valid: {h.range}."
        assert h.range.endswith(f" to {h.maximum}")
        assert f" {h.minimum} " in h.range


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "nan", "inf", "fast", None, [], 1 + 1j])
@pytest.mark.parametrize("h", NUMBERS, ids=by_name)
def test_what_is_no_finite_number_is_refused(h, value):
    assert problems(**{h.name: value}).keys() == {h.name}


def test_a_broken_number_is_no_whole_one():
    assert "a whole number from 4 to 1000" in problems(hidden_units=20.5)["hidden_units"]


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
    assert problems(hidden_units=2, cd_k=0, colour="red").keys() == {"hidden_units", "cd_k", "colour"}


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
