"""Small settings of every kind, read from its config class, and each setting away from them: what the contract trains.

A kind that needs settings of its own to be small or to be valid states them in `SPECIAL`, in one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ConfigError
from explorer.models.config import Hyperparameter, ModelConfig, hyperparameters, text_of
from explorer.models.config.values import Choice, Flag, Layers, Number, Starts
from explorer.models.registry import KINDS
from tests.contract.few import DATASETS

SPECIAL: dict[str, dict[str, Any]] = {"deep-classifier": {"labels": 10}}  # what the rules below do not find

EPOCHS = 3
BATCH = 10


@dataclass(frozen=True)
class Case:
    """A config of a kind; its name says what is not as in the tiny one."""

    name: str
    config: ModelConfig


@lru_cache
def tiny(kind: str) -> ModelConfig:
    """Return a config of a kind that trains in a moment, with those that it is built on.

    Of each hyperparameter the cheapest stop of 2 or more, unless its default costs no more; few epochs.
    """
    config_class = KINDS[kind].config_class()
    settings = _dataset(kind) | {"epochs": EPOCHS, "batch_size": BATCH}
    config = config_class.from_values(settings | SPECIAL.get(kind, {}))
    for field in hyperparameters(config_class):  # those of the kind itself first
        name = field.name.rpartition(".")[2]
        if field.name in settings or field.name in SPECIAL.get(kind, {}):
            continue
        match field.values:
            case Number(minimum=1) if name.endswith("epochs"):
                settings[field.name] = field.stops[0]
            case Number(type=numbers) if numbers is int:
                settings[field.name] = _cheapest(config, field, [stop for stop in field.stops if stop >= 2])
            case Layers():
                settings[field.name] = _cheapest(config, field, [stop for stop in field.stops if stop])
        config = config_class.from_values(settings | SPECIAL.get(kind, {}))
    return config


def _dataset(kind: str) -> dict[str, Any]:
    for name in DATASETS:
        if valid(KINDS[kind].config_class(), {"dataset": name} | SPECIAL.get(kind, {})):
            return {"dataset": name}
    raise AssertionError(f"{kind} takes none of {', '.join(DATASETS)}: name its data set in SPECIAL of {__file__}")


def _cheapest(config: ModelConfig, field: Hyperparameter, stops: list[Any]) -> Any:
    return min([field.default, *stops], key=lambda stop: _cost(config, field.name, stop))


def _cost(config: ModelConfig, name: str, value: object) -> float:
    """What an image costs in a model and all it is built on, if one hyperparameter had this value."""
    changed = valid(type(config), config.values() | {name: value})
    return _total(changed) if changed else float("inf")


def _total(config: ModelConfig) -> float:
    shape = CATALOGUE[config.dataset].shape
    return config.cost(shape) + sum(_total(inner) for inner in config.parents().values())


def valid(config_class: type[ModelConfig], values: dict[str, Any]) -> ModelConfig | None:
    """Return the config of these values, or None where they do not fit together."""
    try:
        return config_class.from_values(values)
    except ConfigError:
        return None


def cases(kind: str) -> list[Case]:
    """Return the tiny config, each that differs from it in one setting, and one that differs in as many as fit."""
    config = tiny(kind)
    found, last = [Case("tiny", config)], config
    for field in hyperparameters(type(config)):
        for value in _others(field, config.values()[field.name]):
            if changed := valid(type(config), config.values() | {field.name: value}):
                found.append(Case(f"{field.name} {text_of(value)}", changed))
            last = valid(type(config), last.values() | {field.name: value}) or last
    return [*found, Case("everything", last)]


def _others(field: Hyperparameter, value: object) -> list[Any]:
    """Return the values to try instead: all choices, the smallest other stop of a number, a layer less and one more.

    Numbers of a model built on say how that one is trained, which changes nothing here.
    """
    if field.name in ("dataset", "epochs", "seed") or field.name.endswith((".epochs", ".seed")):
        return []
    match field.values:
        case Flag():
            return [not value]
        case Choice(choices) | Starts(choices):
            return [choice for choice in choices if choice != value]
        case Layers() as layers:
            sizes = [(5,) * n for n in range(layers.least, min(layers.most, 2) + 1)]
            return [each for each in sizes if layers.allows(each) and each != value]
        case Number() if not field.parents:
            return [stop for stop in field.stops if stop not in (value, 0)][:1]
    return []


CASES = {f"{kind}: {case.name}": case.config for kind in KINDS for case in cases(kind)}
ENDS = {name: config for name, config in CASES.items() if name.endswith((": tiny", ": everything"))}
