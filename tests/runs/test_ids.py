from typing import ClassVar

import pytest

from explorer.errors import InvalidRunId
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
