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
        if name.endswith("epochs") and field.minimum >= 1:
            settings[field.name] = field.stops[0]
        elif field.type in (int, tuple):
            larger = [stop for stop in field.stops if stop and (field.type is tuple or stop >= 2)]
            settings[field.name] = min([field.default, *larger], key=lambda stop: _cost(config, field.name, stop))
        config = config_class.from_values(settings | SPECIAL.get(kind, {}))
    return config


def _dataset(kind: str) -> dict[str, Any]:
    for name in DATASETS:
        if valid(KINDS[kind].config_class(), {"dataset": name} | SPECIAL.get(kind, {})):
            return {"dataset": name}
    raise AssertionError(f"{kind} takes none of {', '.join(DATASETS)}: name its data set in SPECIAL of {__file__}")


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
    if field.type is bool:
        return [not value]
    if field.choices:
        return [choice for choice in field.choices if choice != value]
    if field.type is tuple:
        layers = [(5,) * n for n in range(field.least, min(field.most, 2) + 1)]
        return [sizes for sizes in layers if field.allows(sizes) and sizes != value]
    return [] if field.parents else [stop for stop in field.stops if stop not in (value, 0)][:1]


CASES = {f"{kind}: {case.name}": case.config for kind in KINDS for case in cases(kind)}
ENDS = {name: config for name, config in CASES.items() if name.endswith((": tiny", ": everything"))}
