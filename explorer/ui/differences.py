"""How settings differ, in words: from the defaults, from those of another run, from those asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.models.config import ModelConfig, default_values, hyperparameters, text_of
from explorer.runs.nearest import differences
from explorer.ui.wording import all_of

Settings = Mapping[str, Any]


def from_defaults(config: ModelConfig) -> str:
    """Return the settings in which a config differs from its kind's defaults, except data set and epochs."""
    values = config.values()
    names = [name for name in differences(default_values(type(config)), values) if name != "dataset"]
    return _listed(type(config), names, values) or "all defaults"


def all_settings(config: ModelConfig) -> list[str]:
    """Return each setting of a config with its value, by its title and by the name that flags and links have."""
    titles, values = _titles(type(config)), config.values()
    words = {name: _in_words(value) for name, value in values.items()}
    return [f"{titles[name]} {value}" for name, value in words.items()] + [f"{n}={v}" for n, v in words.items()]


def from_other(config_class: type[ModelConfig], settings: Settings, other: Settings) -> str:
    """Return what tells settings from others, such as "CD-k 10", or nothing where they are the same but for epochs."""
    return _listed(config_class, differences(settings, other), settings)


def from_others(config_class: type[ModelConfig], settings: Settings, others: Sequence[Settings]) -> str:
    """Return the settings that some of several others have with another value; nothing where all are the same."""
    different = {name for other in others for name in differences(settings, other)}
    return _listed(config_class, [name for name in settings if name in different], settings)


def from_asked_for(config_class: type[ModelConfig], settings: Settings, asked_for: Settings) -> str:
    """Return how a run's settings differ from those asked for, such as "CD-k **1** instead of 7"."""
    titles = _titles(config_class)
    words = [
        f"{titles[name]} **{_in_words(settings[name])}** instead of {_in_words(asked_for[name])}"
        for name in differences(asked_for, settings)
    ]
    return ", ".join(words) or "the same settings, by an earlier version of the program"


def side_by_side(config_class: type[ModelConfig], names: Sequence[str], several: Sequence[Settings]) -> str:
    """Return the values that some settings have in several runs, such as "Decoder bernoulli and gaussian"."""
    titles = _titles(config_class)
    values = {name: dict.fromkeys(_in_words(settings[name]) for settings in several) for name in names}
    return ", ".join(f"{titles[name]} {all_of(list(words))}" for name, words in values.items())


def _listed(config_class: type[ModelConfig], names: list[str], settings: Settings) -> str:
    titles = _titles(config_class)
    return ", ".join(f"{titles[name]} {_in_words(settings[name])}" for name in names)


def _titles(config_class: type[ModelConfig]) -> dict[str, str]:
    return {h.name: h.full_title for h in hyperparameters(config_class)}


def _in_words(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else text_of(value)
