"""Errors as they reach a user, also from a worker."""

import pickle
from pathlib import Path

import pytest

from explorer.errors import BrokenFile, ConfigError, ExplorerError, Problem


@pytest.mark.parametrize(
    "error",
    [
        BrokenFile(Path("a.json"), "truncated", "Delete it."),
        ConfigError([Problem("cd_k", 51, "a whole number from 1 to 50")]),
    ],
)
def test_errors_survive_the_way_from_a_worker(error):
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, ExplorerError)
    assert type(copy) is type(error)
    assert str(copy) == str(error)


def test_a_problem_names_field_value_and_range():
    assert str(Problem("cd_k", 51, "a whole number from 1 to 50")) == (
        "cd_k = 51 is not valid: a whole number from 1 to 50."
    )
