"""How a config declares its fields: numbers with their range and what a slider offers, sizes of layers, parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from explorer.models.config import ModelConfig


def hyperparameter(
    default: Any,
    title: str,
    help: str,
    *,
    unit: str = "",
    stops: Sequence[float] = (),
    advanced: bool = False,
    **bounds: float,
) -> Any:
    """Describe one field of a config.

    stops: the values a slider offers (any valid value can still be given by URL, command line or code).
    advanced: shown only on request. bounds: `ge` or `gt`, and `le`, as in pydantic.
    """
    shown: dict[str, Any] = {"unit": unit, "stops": list(stops), "advanced": advanced}
    return Field(default, title=title, description=help, json_schema_extra=shown, **cast(dict[str, Any], bounds))


NO_LAYERS = "none"  # the text for no layers at all


def _split(value: object) -> object:
    """Return what a text such as "500-500" or a single number says as a list; anything else as it is."""
    if value == NO_LAYERS:
        return []
    if isinstance(value, str):
        return value.replace(",", "-").strip().split("-")
    return [value] if isinstance(value, int) else value


LayerSizes = Annotated[tuple[int, ...], BeforeValidator(_split)]  # units of several layers, the lowest first


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
) -> Any:
    """Describe a field of type `LayerSizes`: from `least` to `most` layers of `ge` to `le` units.

    stops: the sizes that a menu offers; others can be typed.
    """
    shown: dict[str, Any] = {
        "unit": "units",
        "stops": [list(stop) for stop in stops],
        "advanced": False,
        "sizes": [ge, le, least, most],
    }
    return Field(default, title=title, description=help, json_schema_extra=shown)


def parent(config: type[ModelConfig], title: str, help: str) -> Any:
    """Describe a field that holds the config of the model this one is built on: a run of its own, trained first.

    Its hyperparameters appear under "<field>.<name>", but for the data set, which is the same for both.
    """
    return Field(default_factory=config, title=title, description=help)


def field_error(field: str, value: object, expected: str) -> PydanticCustomError:
    """Return the error to raise in a validator when a field does not fit the others; it names the one to change."""
    return PydanticCustomError(
        "field_error",
        "{field} has to be {expected}",
        {"field": field, "value": value, "expected": expected},
    )


def training_epochs(default: int) -> Any:
    """Describe the number of epochs, whose default differs from kind to kind."""
    return hyperparameter(
        default,
        "Epochs",
        "How often the whole training set is seen. More epochs continue the same run.",
        stops=(1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500),
        ge=1,
        le=10_000,
    )
