"""Settings from outside: flat and nested names, single values, and what is wrong with them in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from explorer.errors import ConfigError, Problem
from explorer.models.config.describe import described, hyperparameters, parent_fields
from explorer.models.config.values import text_of


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested settings, such as those of a file, by their flat names; lists become tuples.

    A parent's data set is left out where it is the same as the model's own, which then can be changed alone.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            same = values.get("dataset")
            found |= {f"{name}.{inner}": x for inner, x in flat(value).items() if inner != "dataset" or x != same}
        else:
            found[name] = tuple(value) if isinstance(value, list) else value
    return found


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat settings as the nested ones that a config is made of."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        outer, dot, inner = name.partition(".")
        if dot and isinstance(found.setdefault(outer, {}), dict):
            found[outer][inner] = value
        else:
            found[name] = dict(value) if isinstance(value, Mapping) else value
    return {name: nested(value) if isinstance(value, dict) else value for name, value in found.items()}


def read_value(config: type[BaseModel], name: str, value: object) -> Any:
    """Return one hyperparameter's value from a text, whether it fits the others or not.

    Raises:
        ConfigError: it is not valid by itself.
    """
    *path, own = name.split(".")
    for field in path:
        config = parent_fields(config)[field]
    info = config.model_fields[own]
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[info.annotation, *info.metadata])  # type: ignore[arg-type]
    try:
        return adapter.validate_python(value)
    except ValidationError:
        raise ConfigError([Problem(name, value, described(own, info).values.range)]) from None


def problems(config: type[BaseModel], kind: str, error: ValidationError) -> list[Problem]:
    """Return what is wrong with the settings of a kind, each field once, by flat names."""
    found = (_problem(config, kind, dict(each)) for each in error.errors())
    return list({problem.field: problem for problem in found}.values())


def _problem(config: type[BaseModel], kind: str, error: Mapping[str, Any]) -> Problem:
    """Return one error of pydantic in words, found by following its place from the config down to a field."""
    place, given = [str(part) for part in error["loc"]], error["input"]
    if error["type"] == "field_error":  # of two values that do not fit together
        found = error["ctx"]
        name = ".".join([*place, found["field"]])
        return Problem(name, text_of(found["value"]), found["expected"], combination=True)
    whole = ".".join(place) or kind
    inner = config
    for depth, part in enumerate(place, start=1):
        name = ".".join(place[:depth])
        if part in parent_fields(inner):
            inner = parent_fields(inner)[part]
        elif part in inner.model_fields:  # what comes after it is inside its value
            return Problem(name, given, described(part, inner.model_fields[part]).values.range)
        else:
            known = ", ".join(h.name for h in hyperparameters(config))
            return Problem(whole, given, f"{kind} has no such field; it has {known}")
    single = (h.name for h in hyperparameters(config) if h.name.startswith(f"{whole}." if place else ""))
    return Problem(whole, given, f"a mapping, or single values by {', '.join(single)}")
