"""A study: the same training over the values of some hyperparameters and over seeds, and what a library has of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import Any

from explorer.errors import ConfigError, InvalidStudy
from explorer.models.config import ModelConfig, hyperparameters, read_value, text_of
from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.runs.status import State

MOST_RUNS = 1_000
MOST_VARIED = 2  # hyperparameters that a page can show the effects of

Cell = tuple[Any, ...]  # a value of each hyperparameter that is varied


@dataclass(frozen=True)
class Axis:
    """A hyperparameter, by its flat name, and the values it takes, in order."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Entry:
    """One training of a study; without a config, its values do not fit together, as the error says."""

    cell: Cell
    seed: int
    config: ModelConfig | None
    error: ConfigError | None = None


@dataclass(frozen=True)
class Study:
    """Base settings, the hyperparameters that are varied, and the seeds.

    Raises InvalidStudy if there is no value or seed, a hyperparameter that the kind has not or that is named twice, or
    if the runs are too many.
    """

    base: ModelConfig
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the whole; single values are checked with their configs."""
        names, known = [axis.name for axis in self.axes], [h.name for h in hyperparameters(type(self.base))]
        for name in names:
            if name not in known or name == "seed":
                raise InvalidStudy(f"{name!r} cannot be varied: it is no hyperparameter of {self.base.kind} but seeds.")
        if len(set(names)) < len(names):
            raise InvalidStudy(f"Each hyperparameter is varied once, not as in {', '.join(names)}.")
        if not self.seeds or not all(axis.values for axis in self.axes):
            raise InvalidStudy("A study needs a seed, and a value of each hyperparameter that is varied.")
        if (count := len(self.seeds) * math.prod(len(axis.values) for axis in self.axes)) > MOST_RUNS:
            raise InvalidStudy(f"{count:,} runs are more than a study may have, {MOST_RUNS:,}: choose fewer values.")

    @property
    def cells(self) -> list[Cell]:
        """All combinations of values, the last hyperparameter's changing fastest."""
        return list(product(*(axis.values for axis in self.axes)))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All trainings, cell by cell, those of a cell by seed."""
        return tuple(self._entry(cell, seed) for cell in self.cells for seed in self.seeds)

    def _entry(self, cell: Cell, seed: int) -> Entry:
        varied = dict(zip((axis.name for axis in self.axes), cell, strict=True))
        try:
            config = type(self.base).from_values(self.base.values() | varied | {"seed": seed}).to_train()
        except ConfigError as error:
            return Entry(cell, seed, None, error)
        return Entry(cell, seed, config)

    def label(self, entry: Entry) -> str:
        """Return what tells a training from the others, such as "cd_k=5 seed=1"."""
        named = [(axis.name, value) for axis, value in zip(self.axes, entry.cell, strict=True) if len(axis.values) > 1]
        named += [("seed", entry.seed)] if len(self.seeds) > 1 else []
        return " ".join(f"{name}={text_of(value)}" for name, value in named)


def axis_of(config: type[ModelConfig], name: str, texts: Iterable[str]) -> Axis:
    """Return a hyperparameter with values given as texts; equal ones are one.

    Raises:
        ConfigError: naming each value that is not valid by itself.
    """
    values, wrong = [], []
    for text in texts:
        try:
            values.append(read_value(config, name, text))
        except ConfigError as error:
            wrong += error.problems
    if wrong:
        raise ConfigError(wrong)
    return Axis(name, tuple(dict.fromkeys(values)))


def common_study(configs: Sequence[ModelConfig]) -> Study:
    """Return the study that some configs belong to: what differs in them is varied, up to the epochs that all have.

    Raises:
        InvalidStudy: they are of several kinds, or differ in nothing, or in more than two hyperparameters.
    """
    if len({config.kind for config in configs}) != 1:
        raise InvalidStudy("A study is of one kind of model.")
    values = [config.values() for config in configs]
    found = {name: tuple(dict.fromkeys(each[name] for each in values)) for name in values[0]}
    varied = [Axis(name, each) for name, each in found.items() if len(each) > 1 and name not in ("seed", "epochs")]
    if not varied:
        raise InvalidStudy("These runs differ in no hyperparameter that could be varied.")
    if len(varied) > MOST_VARIED:
        names = ", ".join(axis.name for axis in varied)
        raise InvalidStudy(f"These runs differ in more than {MOST_VARIED} hyperparameters: {names}.")
    base = configs[0].model_copy(update={"epochs": min(config.epochs for config in configs)})
    return Study(base, tuple(varied), tuple(sorted(found["seed"])))


class Standing(StrEnum):
    """How far a training of a study is."""

    TRAINED = "trained"  # to the study's epochs
    LIVE = "live"  # in training, or waiting for a worker
    FAILED = "failed"
    MISSING = "missing"
    IMPOSSIBLE = "impossible"  # its values do not fit together


@dataclass(frozen=True)
class Found:
    """What a library has of a training: its run, if there is one, and the reason where it is not as asked for."""

    entry: Entry
    standing: Standing
    run: Run | None = None
    reason: str = ""


def find(study: Study, library: Library) -> list[Found]:
    """Return what a library has of each of a study's trainings, in their order."""
    return [_found(entry, library) for entry in study.entries]


def _found(entry: Entry, library: Library) -> Found:
    if entry.config is None:
        return Found(entry, Standing.IMPOSSIBLE, reason=str(entry.error))
    if run := library.measured(entry.config):
        return Found(entry, Standing.TRAINED, run)
    if entry.config not in library:
        return Found(entry, Standing.MISSING)
    run = library.find(entry.config)
    status = run.status
    if status.state.live:
        return Found(entry, Standing.LIVE, run)
    if status.state is State.FAILED:
        return Found(entry, Standing.FAILED, run, status.error or "")
    return Found(entry, Standing.MISSING, run)
