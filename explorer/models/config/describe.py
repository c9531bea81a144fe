"""A config class as sliders, flags and texts need it, read from the fields that it declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from explorer.data.catalogue import default_name
from explorer.models.config.declare import Parent, Shown, declared, is_added
from explorer.models.config.values import Choice, DataSets, Flag, Layers, Number, Starts, Values

C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True)
class Hyperparameter:
    """One field of a config, as sliders, flags and texts need it."""

    name: str
    title: str
    help: str
    unit: str
    stops: tuple[Any, ...]
    advanced: bool
    default: Any
    values: Values
    parents: tuple[str, ...] = ()  # titles of the models it belongs to, from this one down to its own
    in_sight: bool = True  # shown without request, unless advanced; those of most parents are not

    @property
    def full_title(self) -> str:
        """The title, with the model's where it is not this config's own."""
        return f"{self.parents[-1]}: {self.title}" if self.parents else self.title


def described(name: str, info: FieldInfo) -> Hyperparameter:
    """Return what a config's field declares.

    Raises:
        TypeError: it was not made by the functions of `declare`.
    """
    shown = declared(info, Shown)
    if shown is None:
        raise TypeError(f"the field {name} was not declared with hyperparameter()")
    return Hyperparameter(
        name=name,
        title=info.title or name,
        help=info.description or "",
        unit=shown.unit,
        stops=shown.stops,
        advanced=shown.advanced,
        default=info.get_default(call_default_factory=True, validated_data={}),
        values=_values(info),
    )


def _values(info: FieldInfo) -> Values:
    """Return which values a field takes: as its metadata says, else by its type and bounds."""
    for rule in info.metadata:
        if isinstance(rule, DataSets | Layers | Starts):
            return rule
    if get_origin(info.annotation) is Literal:
        return Choice(get_args(info.annotation))
    if info.annotation is bool:
        return Flag()
    bounds = {key: getattr(rule, key) for rule in info.metadata for key in ("ge", "gt", "le") if hasattr(rule, key)}
    lowest = bounds.get("ge", bounds.get("gt"))
    if info.annotation not in (int, float) or lowest is None or "le" not in bounds:
        raise TypeError(f"{info.title}: numbers need bounds, and nothing is known of other types")
    return Number(cast(type, info.annotation), lowest, bounds["le"], minimum_excluded="gt" in bounds)


def parent_fields(config: type[C]) -> Mapping[str, type[C]]:
    """Return the fields that hold the config of another model, and of which class."""
    return cast(Mapping[str, type[C]], _parent_fields(config))


@cache  # a page asks for it hundreds of times, with each run's id
def _parent_fields(config: type[BaseModel]) -> Mapping[str, type[BaseModel]]:
    parents = {name: info for name, info in config.model_fields.items() if declared(info, Parent)}
    return MappingProxyType({name: cast(type[BaseModel], info.annotation) for name, info in parents.items()})


@cache
def added_fields(config: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields that were added after runs were kept."""
    return tuple(name for name, info in config.model_fields.items() if is_added(info))


def hyperparameters(config: type[BaseModel]) -> list[Hyperparameter]:
    """Return the fields of a config class in the order in which they are declared, those of parents last.

    The data set is said once, by the model itself.
    """
    return list(_hyperparameters(config, default_name()))


@cache  # a page asks for it some 20 times as it is drawn
def _hyperparameters(config: type[BaseModel], _default_set: str) -> list[Hyperparameter]:
    """Return them for the data set that is a config's default now: what it is changes with the files that are here."""
    parents = parent_fields(config)
    own = [described(name, info) for name, info in config.model_fields.items() if name not in parents]
    return own + [h for name, inner in parents.items() for h in _inherited(name, config.model_fields[name], inner)]


def _inherited(field: str, info: FieldInfo, inner: type[BaseModel]) -> list[Hyperparameter]:
    shown = declared(info, Parent) or Parent()
    return [
        replace(
            h,
            name=f"{field}.{h.name}",
            parents=(info.title or field, *h.parents),
            in_sight=h.in_sight and shown.in_sight,
        )
        for h in hyperparameters(inner)
        if not isinstance(h.values, DataSets)
    ]


def default_values(config: type[BaseModel]) -> dict[str, Any]:
    """Return the default of every hyperparameter."""
    return {h.name: h.default for h in hyperparameters(config)}
