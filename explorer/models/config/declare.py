"""How a config declares its fields: numbers with their range and what a slider offers, sizes of layers, parents.

What pydantic's `Field` has no place for stands in the field's metadata, as a `Shown` or a `Parent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from explorer.data.catalogue import default_name
from explorer.models.config.values import DataSets, Layers


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What every field of a config says of itself."""

    added: bool = False  # runs were kept before the field was: at its default it is no part of a run's identity


@dataclass(frozen=True, kw_only=True)
class Shown(Declaration):
    """How a hyperparameter is shown."""

    unit: str = ""
    stops: tuple[Any, ...] = ()  # what a slider or a menu offers
    advanced: bool = False  # only on request


@dataclass(frozen=True, kw_only=True)
class Parent(Declaration):
    """That a field holds the config of a model this one is built on, and how that is shown."""

    in_sight: bool = False  # among the hyperparameters of this one, not only on request


D = TypeVar("D", bound=Declaration)


def declared(info: FieldInfo, kind: type[D]) -> D | None:
    """Return what a field declares of this kind, or None if it is declared as another one."""
    return next((rule for rule in info.metadata if isinstance(rule, kind)), None)


def is_added(info: FieldInfo) -> bool:
    """Whether a field was declared as added after runs were kept."""
    return any(rule.added for rule in info.metadata if isinstance(rule, Declaration))


def hyperparameter(
    default: Any,
    title: str,
    help: str,
    *,
    unit: str = "",
    stops: Sequence[float] = (),
    advanced: bool = False,
    added: bool = False,
    **bounds: float,
) -> Any:
    """Describe one field of a config.

    stops: the values a slider offers (any valid value can still be given by URL, command line or code).
    advanced: shown only on request. added: runs were kept before the field was, so that at its default, which never
    changes again, it is no part of a run's identity. bounds: `ge` or `gt`, and `le`, as in pydantic.
    """
    shown = Shown(unit=unit, stops=tuple(stops), advanced=advanced, added=added)
    return _field(shown, default=default, title=title, description=help, **bounds)


LayerSizes = tuple[int, ...]  # units of several layers, the lowest first


def layer_sizes(
    default: tuple[int, ...],
    title: str,
    help: str,
    *,
    stops: Sequence[tuple[int, ...]],
    ge: int,
    le: int,
    most: int,
    least: int = 1,
    added: bool = False,
) -> Any:
    """Describe a field of type `LayerSizes`: from `least` to `most` layers of `ge` to `le` units, the lowest first.

    stops: the sizes that a menu offers; others can be typed. added: as for `hyperparameter`.
    """
    shown = Shown(unit="units", stops=tuple(stops), added=added)
    sizes = Layers(ge, le, least, most, example=stops[-1])
    return _field(shown, sizes, default=default, title=title, description=help)


DataSetName = Annotated[str, DataSets()]


def dataset_name(title: str, help: str) -> Any:
    """Describe a field of type `DataSetName`; by default the best data set that this machine has."""
    return _field(Shown(), default_factory=default_name, title=title, description=help)


def parent(config: type[BaseModel], title: str, help: str, *, in_sight: bool = False, added: bool = False) -> Any:
    """Describe a field that holds the config of the model this one is built on: a run of its own, trained first.

    Its hyperparameters appear under "<field>.<name>", but for the data set, which is the same for both. in_sight: the
    page shows them among its own, not only on request. added: as for `hyperparameter`; at its defaults the model is
    trained as without this parent.
    """
    shown = Parent(in_sight=in_sight, added=added)
    return _field(shown, default_factory=config, title=title, description=help)


def field_error(field: str, value: object, expected: str) -> PydanticCustomError:
    """Return the error to raise in a validator when a field does not fit the others; it names the one to change."""
    return PydanticCustomError(
        "field_error",
        "{field} has to be {expected}",
        {"field": field, "value": value, "expected": expected},
    )


def _field(*metadata: object, **options: Any) -> Any:
    """Return a pydantic field with metadata of ours beside its own."""
    info = cast(FieldInfo, Field(**options))
    info.metadata.extend(metadata)
    return info
