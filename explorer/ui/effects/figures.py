"""The figures of a study's runs, as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd

from explorer.analysis.measures import Measures, Metric
from explorer.errors import BrokenFile
from explorer.models.config import Hyperparameter, ModelConfig, hyperparameters, text_of
from explorer.models.config.values import Number
from explorer.models.registry import kind_of
from explorer.plots.effects import RUN, SECOND, SEED, SHOWN, VALUE, ValueAxis
from explorer.runs.study import Axis, Cell, Found, Standing, Study
from explorer.ui.shelf.measured import Rows, fault_of, rows_of

SECONDS = "seconds of training"


@dataclass(frozen=True)
class Evidence:
    """A study and what the library has of it, looked at once for a drawing."""

    study: Study
    found: Sequence[Found]

    def having(self, *standings: Standing) -> list[Found]:
        """Return the trainings that are so far."""
        return [each for each in self.found if each.standing in standings]

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The figures that can be drawn over the values, by name: those of which any run has one."""
        measures: Measures = kind_of(self.study.base.kind).load("measures")
        ends = {name for metric in measures.metrics for name in (metric.error, metric.lower)}
        varied = {axis.name for axis in self.study.axes}
        drawable = [m for m in measures.metrics if m.charted and m.name not in ends and not varied & {*m.depends}]
        there = self.at_the_end
        return {metric.name: metric for metric in drawable if metric.name in there and there[metric.name].notna().any()}

    @cached_property
    def told_apart(self) -> list[Metric]:
        """The figures that measure something else with each value, and so have no common axis."""
        measures: Measures = kind_of(self.study.base.kind).load("measures")
        varied = {axis.name for axis in self.study.axes}
        return [metric for metric in measures.metrics if metric.charted and varied & {*metric.depends}]

    @cached_property
    def at_the_end(self) -> pd.DataFrame:
        """A row for each trained run: VALUE, SHOWN (its text), SECOND (of the other), SEED, RUN, all figures."""
        rows = []
        for each in self.having(Standing.TRAINED):
            epochs = each.entry.config.epochs if each.entry.config else 0
            last = next((row for row in _rows_of(each) if row["epoch"] == epochs), {})
            rows.append(self._place(each) | {name: _number(value) for name, value in last.items()})
        return pd.DataFrame(rows)

    @cached_property
    def over_epochs(self) -> pd.DataFrame:
        """The same for each epoch up to the study's, and SECONDS: an equal share of the run's for each epoch."""
        rows = []
        for each in self.having(Standing.TRAINED, Standing.LIVE):
            status = each.run.status if each.run else None
            a_second = status.training_seconds / status.epoch if status and status.epoch else math.nan
            last = each.entry.config.epochs if each.entry.config else 0
            place = self._place(each)
            rows += [
                place | {name: _number(value) for name, value in row.items()} | {SECONDS: a_second * row["epoch"]}
                for row in _rows_of(each)
                if 1 <= row["epoch"] <= last
            ]
        return pd.DataFrame(rows)

    def _place(self, found: Found) -> dict[str, Any]:
        cell = found.entry.cell
        return {
            VALUE: cell[0],
            SHOWN: text_of(cell[0]),
            SECOND: text_of(cell[1]) if len(cell) > 1 else "",
            SEED: found.entry.seed,
            RUN: found.run.id if found.run else "",
        }


def _number(value: object) -> object:
    return math.nan if value is None else value


def value_axis(config_class: type[ModelConfig], axis: Axis) -> ValueAxis:
    """Return a hyperparameter as a chart's axis: logarithmic where its stops are, or else its values."""
    h = described(config_class, axis.name)
    numeric = isinstance(h.values, Number)
    by_ratio = numeric and all(value > 0 for value in axis.values) and _by_ratio(h.stops or axis.values)
    title = f"{h.full_title} ({h.unit})" if h.unit and h.unit not in h.title.lower() else h.full_title
    return ValueAxis(title, axis.values, tuple(map(text_of, axis.values)), numeric, logarithmic=by_ratio)


def _by_ratio(stops: Sequence[float]) -> bool:
    """Whether steps between stops are more alike as ratios than as differences; a 0 among them has no ratio."""
    positive = sorted(stop for stop in stops if stop > 0)
    pairs = list(pairwise(positive))
    if not pairs:
        return False
    ratios, differences = [b / a for a, b in pairs], [b - a for a, b in pairs]
    return max(ratios) / min(ratios) < max(differences) / min(differences)


def described(config_class: type[ModelConfig], name: str) -> Hyperparameter:
    """Return a hyperparameter of a kind."""
    return next(h for h in hyperparameters(config_class) if h.name == name)


def cell_in_words(study: Study, cell: Cell) -> str:
    """Return a cell's values with their titles, such as "CD-k 5, Persistent chains false"."""
    titles = (described(type(study.base), axis.name).full_title for axis in study.axes)
    return ", ".join(f"{title} {text_of(value)}" for title, value in zip(titles, cell, strict=True))


def _rows_of(found: Found) -> Rows:
    """Return a run's figures by epoch; one that cannot be read has none: it is named where the study's runs are."""
    if found.run is None:
        return []
    try:
        return rows_of(found.run)
    except BrokenFile:
        return []


def unreadable(found: Found) -> str:
    """Return why a run's figures, or some of them, cannot be read, or nothing."""
    try:
        return fault_of(found.run) if found.run else ""
    except BrokenFile as error:
        return str(error)
