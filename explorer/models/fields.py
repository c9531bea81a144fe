"""How a config declares its fields: numbers with their range and what a slider offers, sizes of layers, parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError


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
    shown: dict[str, Any] = {"unit": unit, "stops": list(stops), "advanced": advanced, "added": added}
    return Field(default, title=title, description=help, json_schema_extra=shown, **cast(dict[str, Any], bounds))


def is_added(info: FieldInfo) -> bool:
    """Whether a config's field was declared as added after runs were kept."""
    return bool(cast(dict[str, Any], info.json_schema_extra).get("added"))


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
    added: bool = False,
) -> Any:
    """Describe a field of type `LayerSizes`: from `least` to `most` layers of `ge` to `le` units.

    stops: the sizes that a menu offers; others can be typed. added: as for `hyperparameter`.
    """
    shown: dict[str, Any] = {
        "unit": "units",
        "stops": [list(stop) for stop in stops],
        "advanced": False,
        "added": added,
        "sizes": [ge, le, least, most],
    }
    return Field(default, title=title, description=help, json_schema_extra=shown)


def parent(config: type[BaseModel], title: str, help: str, *, in_sight: bool = False, added: bool = False) -> Any:
    """Describe a field that holds the config of the model this one is built on: a run of its own, trained first.

    Its hyperparameters appear under "<field>.<name>", but for the data set, which is the same for both. in_sight: the
    page shows them among its own, not only on request. added: as for `hyperparameter`; at its defaults the model is
    trained as without this parent.
    """
    shown: dict[str, Any] = {"in_sight": in_sight, "added": added}
    return Field(default_factory=config, title=title, description=help, json_schema_extra=shown)


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


def adam_rate(default: float) -> Any:
    """Describe Adam's learning rate, whose default differs from kind to kind."""
    return hyperparameter(
        default,
        "Learning rate η",
        "Step size of Adam.",
        stops=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
        advanced=True,
        gt=0,
        le=1,
    )


def decay_over() -> Any:
    """Describe over how many epochs the learning rate falls: a horizon of its own, whatever the epochs asked for."""
    return hyperparameter(
        0,
        "Decay over",
        "The learning rate falls on a straight line to 0 over so many epochs; 0 keeps it constant.",
        unit="epochs",
        stops=(0, 10, 20, 30, 50, 100, 200),
        advanced=True,
        ge=0,
        le=10_000,
    )


def cd_steps(default: int, help: str) -> Any:
    """Describe the Gibbs steps of contrastive divergence."""
    return hyperparameter(default, "CD-k", help, unit="steps", stops=(1, 2, 3, 5, 7, 10, 15, 20, 25, 50), ge=1, le=50)


def momentum(default: float = 0.0) -> Any:
    """Describe the momentum of contrastive divergence."""
    return hyperparameter(
        default,
        "Momentum",
        "Share of the last update that is added to the next one.",
        stops=(0.0, 0.5, 0.8, 0.9, 0.95),
        advanced=True,
        ge=0,
        le=0.99,
    )


def low_momentum(default: int = 0) -> Any:
    """Describe for how long the momentum of contrastive divergence is low."""
    return hyperparameter(
        default,
        "Low momentum for",
        "During so many epochs at the start the momentum is 0.5 at the most, while progress is fast (Hinton 2010, "
        "section 9).",
        unit="epochs",
        stops=(0, 1, 2, 5, 10),
        advanced=True,
        ge=0,
        le=10_000,
    )


def centred(what: str) -> Any:
    """Describe whether contrastive divergence takes the centred gradient."""
    return hyperparameter(
        False,
        "Centred",
        f"The gradient of {what} is taken with the means of visible and hidden units subtracted, as moving averages "
        "over the batches (Montavon & Müller 2012; Melchior, Fischer & Wiskott 2016): what all units have in common is "
        "left to the biases, and the weights are free for what tells images apart.",
        advanced=True,
        added=True,
    )


def weight_decay(default: float = 0.0) -> Any:
    """Describe the weight decay of contrastive divergence."""
    return hyperparameter(
        default,
        "Weight decay",
        "Each update shrinks every weight by learning rate × weight decay of itself.",
        stops=(0.0, 0.0001, 0.0002, 0.001, 0.01),
        advanced=True,
        ge=0,
        le=1,
    )


def initial_std(help: str) -> Any:
    """Describe the spread of the first weights of an RBM."""
    return hyperparameter(
        0.1,
        "Initial standard deviation",
        help,
        stops=(0.0, 0.001, 0.01, 0.05, 0.1, 0.5, 1.0),
        advanced=True,
        ge=0,
        le=2,
    )
