"""What a study begins with: which hyperparameters can be varied, and values of which something is trained."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from explorer.errors import ConfigError, RunError
from explorer.models.config import Hyperparameter, ModelConfig, hyperparameters
from explorer.models.config.values import Choice, DataSets, Flag, Layers, Starts
from explorer.models.registry import kind_of
from explorer.runs.study import Axis
from explorer.ui.shelf.pictured import pictured_values
from explorer.ui.shelf.services import library

MOST_OFFERED = 5  # stops of a hyperparameter of which nothing is trained
NOT_VARIED = ("seed", "epochs")  # each has a place of its own on the page


def to_vary(config_class: type[ModelConfig]) -> dict[str, Hyperparameter]:
    """Return the hyperparameters of a kind that can be varied, by name, those in sight first."""
    fields = [
        h
        for h in hyperparameters(config_class)
        if h.name not in NOT_VARIED and not isinstance(h.values, DataSets | Starts)
    ]
    return {h.name: h for h in sorted(fields, key=lambda h: (h.advanced or not h.in_sight, bool(h.parents)))}


def offered_values(h: Hyperparameter) -> list[Any]:
    """Return the values of a hyperparameter that a study offers."""
    match h.values:
        case Choice(choices=choices):
            return list(choices)
        case Flag():
            return [False, True]
        case _:
            return list(h.stops)


def usual_axis(h: Hyperparameter, values: Mapping[str, Any], kind: str) -> Axis:
    """Return the values that a study of a hyperparameter begins with: those that are trained, or some of its stops."""
    trained = pictured_values(kind, values).get(h.name, ())
    chosen = trained if len(trained) > 1 else _spread_out(offered_values(h), values[h.name], h)
    fitting = [value for value in chosen if _fits(kind, {**values, h.name: value})]
    return Axis(h.name, tuple(fitting if len(fitting) > 1 else chosen))  # else why they do not fit is said


def _fits(kind: str, values: Mapping[str, Any]) -> bool:
    try:
        kind_of(kind).config_class().from_values(values).to_train()
    except ConfigError:
        return False
    return True


def _spread_out(stops: Sequence[Any], current: Any, h: Hyperparameter) -> list[Any]:
    """Return a few of the stops from the first to the last, and the value that the page has now."""
    if isinstance(h.values, Choice | Flag):
        return list(stops)
    step = max(1, -(-len(stops) // MOST_OFFERED))
    chosen = {*stops[::step], current}
    return sorted(chosen, key=len) if isinstance(h.values, Layers) else sorted(chosen)


def first_to_vary(config_class: type[ModelConfig], values: Mapping[str, Any]) -> str:
    """Return the hyperparameter of which most values are trained: what the page opens on."""
    trained = pictured_values(config_class.kind, values)
    return max(to_vary(config_class), key=lambda name: len(trained.get(name, ())))


def common_epochs(config_class: type[ModelConfig], values: Mapping[str, Any], axes: Sequence[Axis]) -> int | None:
    """Return the epochs up to which the values of a study are trained, where at least two of them are."""
    reached = []
    for axis in axes:
        for value in axis.values:
            with contextlib.suppress(ConfigError, RunError):  # does not fit the others, or is broken
                config = config_class.from_values({**values, axis.name: value, "epochs": 1})
                run = library().measured(config)
                reached += [run.epochs] if run else []
    return min(reached) if len(reached) > 1 else None
