"""Which values a hyperparameter takes: numbers, yes or no, one of several, sizes of layers, a data set.

Those that pydantic does not know by itself stand in a field's `Annotated` metadata and check what is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function, no_info_before_validator_function

from explorer.data.catalogue import CATALOGUE

NO_LAYERS = "none"  # the text for no layers at all
ANEW = "anew"  # the text for a training that starts as its kind does by itself
MOST_EPOCHS = 10_000  # that can be asked for
RUN_ID = r"[a-z][a-z0-9-]{0,40}-[0-9a-f]{12}"
_ORIGIN = re.compile(rf"({RUN_ID})@(0|[1-9][0-9]{{0,3}})")


@dataclass(frozen=True)
class Number:
    """Whole or real numbers within bounds."""

    type: type  # int or float
    minimum: float
    maximum: float
    minimum_excluded: bool = False

    @property
    def range(self) -> str:
        """The valid values in words, as for all others below."""
        kind = "a whole number" if self.type is int else "a number"
        lower = f"above {self.minimum} and up" if self.minimum_excluded else f"from {self.minimum}"
        return f"{kind} {lower} to {self.maximum}"


@dataclass(frozen=True)
class Flag:
    """True or false."""

    range: str = "true or false"


@dataclass(frozen=True)
class Choice:
    """One of several texts."""

    choices: tuple[str, ...]

    @property
    def range(self) -> str:
        """The valid values in words."""
        return f"one of {', '.join(self.choices)}"


@dataclass(frozen=True)
class DataSets:
    """By what a run names the images it learns from: the name of a data set in the catalogue."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that can be chosen."""
        return tuple(CATALOGUE)

    @property
    def range(self) -> str:
        """The valid values in words."""
        return f"one of {', '.join(self.choices)}"

    def allows(self, value: object) -> bool:
        """Whether a value, whatever it is, names a data set."""
        return isinstance(value, str) and value in CATALOGUE

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(self, handler(source))


@dataclass(frozen=True)
class Layers:
    """The units of several layers, the lowest first."""

    minimum: int  # units of each
    maximum: int
    least: int  # layers
    most: int
    example: tuple[int, ...]

    @property
    def range(self) -> str:
        """The valid values in words."""
        units = f"{self.minimum} to {self.maximum} units each, the lowest first"
        return f"{self.least} to {self.most} layers of {units}, such as {text_of(self.example)}"

    def allows(self, sizes: tuple[int, ...]) -> bool:
        """Whether so many layers of these sizes are within the bounds."""
        return self.least <= len(sizes) <= self.most and all(self.minimum <= n <= self.maximum for n in sizes)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(self, no_info_before_validator_function(_split, handler(source)))


class Origin(NamedTuple):
    """The run, by its id, and the epoch of it with whose weights a training starts."""

    run: str
    epoch: int


def origin_in(text: str) -> Origin | None:
    """Return the run and the epoch that a text names, as in "rbm-0123456789ab@20", or None if it names none."""
    match = _ORIGIN.fullmatch(text)
    return Origin(match[1], int(match[2])) if match else None


@dataclass(frozen=True)
class Starts:
    """What a training starts with: as its kind does by itself, in one way or several, or with a run at an epoch."""

    choices: tuple[str, ...] = (ANEW,)

    @property
    def range(self) -> str:
        """The valid values in words."""
        return f"{', '.join(self.choices)}, or a run of the kind at an epoch, such as rbm-0123456789ab@20"

    def allows(self, value: str) -> bool:
        """Whether a text says what a training starts with."""
        return value in self.choices or origin_in(value) is not None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(self, handler(source))


Values = Number | Flag | Choice | DataSets | Layers | Starts


def _checked(values: DataSets | Layers | Starts, schema: CoreSchema) -> CoreSchema:
    """Return a schema that first reads by another one, then checks that these values allow what was read."""

    def check(value: Any) -> Any:
        if not values.allows(value):
            raise ValueError(values.range)
        return value

    return no_info_after_validator_function(check, schema)


def _split(value: object) -> object:
    """Return what a text such as "500-500" or a single number says as a list; anything else as it is."""
    if value == NO_LAYERS:
        return []
    if isinstance(value, str):
        return value.replace(",", "-").strip().split("-")
    return [value] if isinstance(value, int) else value


def text_of(value: object) -> str:
    """Return a hyperparameter's value as a short text that is read back as the same value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or NO_LAYERS
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)
