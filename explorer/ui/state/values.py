"""Hyperparameters as texts from an address or a field, of which some may not be valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from explorer.errors import ConfigError, Problem
from explorer.models.config import ModelConfig, default_values, read_value

LONGEST_SHOWN = 40  # of a value that is not valid


def read_values(config_class: type[ModelConfig], given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return all values, those given that are valid and defaults for the rest, and what was wrong with others.

    Values that are valid one by one but do not fit together are all returned: the page says so beside its controls.
    """
    defaults = default_values(config_class)
    try:
        return config_class.from_values(given).values(), []
    except ConfigError as error:
        wrong = [problem for problem in error.problems if not problem.combination or problem.field not in defaults]
    if not wrong:
        return defaults | {name: read_value(config_class, name, text) for name, text in given.items()}, []
    left_out = {problem.field for problem in wrong}
    rest = {name: text for name, text in given.items() if name in defaults and name not in left_out}
    return read_values(config_class, rest)[0], [_words(problem) for problem in wrong]


def _words(problem: Problem) -> str:
    """Return what is wrong with a value; of a long one, what it begins with."""
    text = problem.value
    long = isinstance(text, str) and len(text) > LONGEST_SHOWN
    return str(replace(problem, value=f"{str(text)[:LONGEST_SHOWN]}…") if long else problem)
