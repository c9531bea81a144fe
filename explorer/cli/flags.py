"""From config classes to flags, and from flags and files back to configs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import click

from explorer.errors import ConfigError, Problem
from explorer.models.config import Hyperparameter, ModelConfig, flat, hyperparameters, text_of
from explorer.models.config.values import Choice, DataSets, Flag, Layers, Number, Starts, Values
from explorer.models.registry import KINDS, Kind
from explorer.runs.study import Study, axis_of

_DOT = "__"  # what stands for the dot of "first.cd_k" in the name of an argument


class KindCommand(click.Command):
    """A command on one kind of model. Its flags are the kind's hyperparameters, looked up (with torch) when needed."""

    def __init__(self, kind: Kind, *, lists: bool, params: list[click.Parameter], callback: Callable[..., Any]) -> None:
        super().__init__(
            kind.name,
            params=params,
            callback=partial(callback, kind),
            help=f"{kind.title}: {kind.summary}",
            short_help=kind.title,
        )
        self._kind = kind
        self._lists = lists

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the kind's flags and those that every kind has."""
        return [*self._flags, *super().get_params(ctx)]

    @cached_property
    def _flags(self) -> list[click.Parameter]:
        return [_flag(field, self._lists) for field in hyperparameters(self._kind.config_class())]


def kind_commands(
    callback: Callable[..., Any], params: Iterable[click.Parameter], *, lists: bool = False
) -> list[click.Command]:
    """Return a command for each kind; `lists`: its flags take several values, separated by commas.

    The callback receives the kind, then the flags as keyword arguments: None where a flag was not given, else texts
    that are still to be checked.
    """
    config = click.Option(
        ["--config", "config_file"],
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="JSON file of values, or a run's config.json; flags override it.",
    )
    return [KindCommand(kind, lists=lists, params=[config, *params], callback=callback) for kind in KINDS.values()]


def _flag(field: Hyperparameter, lists: bool) -> click.Option:
    name = field.name.replace("_", "-").replace(".", "-")
    argument = field.name.replace(".", _DOT)
    help_ = f"{field.full_title}: {field.help} [{field.values.range}; default: {text_of(field.default)}]"
    if isinstance(field.values, Flag) and not lists:
        return click.Option([f"--{name}/--no-{name}", argument], default=None, help=help_)
    metavar = _metavar(field.values)
    return click.Option(
        [f"--{name}", argument],
        metavar=f"{metavar}[,…]" if lists else metavar,
        help=help_,
    )


def _metavar(values: Values) -> str:
    match values:
        case Number():
            return "INTEGER" if values.type is int else "NUMBER"
        case Flag():
            return "true|false"
        case Layers():
            return "UNITS[-UNITS…]"
        case Choice() | DataSets():
            return "|".join(values.choices)
        case Starts():
            return "|".join((*values.choices, "RUN@EPOCH"))


def config_of(kind: Kind, file: Path | None, given: Mapping[str, object]) -> ModelConfig:
    """Return the config of a file's values, overridden by the flags that were given.

    Raises:
        ConfigError: naming each field that is unknown and each value that is not valid.
        UsageError: the file holds no values.
    """
    values = _values_of(file, kind) if file else {}
    flags = {name.replace(_DOT, "."): value for name, value in given.items() if value is not None}
    return kind.config_class().from_values(flat(values) | flags)


def study_of(kind: Kind, file: Path | None, given: Mapping[str, str | None]) -> Study:
    """Return the study of all combinations of the flags' values, of which each may be a list with commas.

    Raises:
        ConfigError: naming each value that is not valid, or the first combination that does not fit together.
        InvalidStudy: there is no value, or there are too many.
        UsageError: the file holds no values.
    """
    lists = {name.replace(_DOT, "."): text.split(",") for name, text in given.items() if text is not None}
    config = kind.config_class()
    axes = {name: axis_of(config, name, [text.strip() for text in texts]) for name, texts in lists.items()}
    first = config_of(kind, file, {name: axis.values[0] for name, axis in axes.items()})
    seeds = axes.pop("seed").values if "seed" in axes else (first.seed,)
    study = Study(first, tuple(axes.values()), seeds)
    for error in filter(None, (entry.error for entry in study.entries)):
        raise error
    return study


def _values_of(file: Path, kind: Kind) -> dict[str, object]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise click.UsageError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise click.UsageError(f'{file} holds no values. It should be like {{"cd_k": 5, "epochs": 20}}.')
    if not isinstance(content.get("config"), dict):
        return content
    if content.get("kind") != kind.name:  # the config.json of a run, which says what it is of
        raise ConfigError([Problem("kind", content.get("kind"), f"{file} would have to be of {kind.name}")])
    return cast(dict[str, object], content["config"])
