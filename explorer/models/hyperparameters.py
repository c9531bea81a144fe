"""A hyperparameter as sliders, flags and texts need it, read from the field that declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from explorer.data.catalogue import CATALOGUE
from explorer.models.fields import NO_LAYERS


@dataclass(frozen=True)
class Hyperparameter:
    """One field of a config, as sliders, flags and texts need it."""

    name: str
    title: str
    help: str
    unit: str
    stops: tuple[Any, ...]
    advanced: bool
    type: type  # int, float, bool, str, or tuple for the sizes of several layers
    default: Any
    minimum: float  # of numbers and sizes; texts and booleans have 0 and 0
    maximum: float
    minimum_excluded: bool
    choices: tuple[str, ...]
    least: int = 1  # layers
    most: int = 1
    parents: tuple[str, ...] = ()  # titles of the models it belongs to, from this one down to its own
    in_sight: bool = True  # shown without request, unless advanced; those of most parents are not

    @property
    def full_title(self) -> str:
        """The title, with the model's where it is not this config's own."""
        return f"{self.parents[-1]}: {self.title}" if self.parents else self.title

    def allows(self, sizes: tuple[int, ...]) -> bool:
        """Whether so many layers of these sizes are within the bounds."""
        return self.least <= len(sizes) <= self.most and all(self.minimum <= n <= self.maximum for n in sizes)

    @property
    def range(self) -> str:
        """The valid values in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.type is bool:
            return "true or false"
        if self.type is tuple:
            layers = (
                f"{self.least} to {self.most} layers of {self.minimum} to {self.maximum} units each, the lowest first"
            )
            return f"{layers}, such as {text_of(self.stops[-1])}"
        kind = "a whole number" if self.type is int else "a number"
        lower = f"above {self.minimum} and up" if self.minimum_excluded else f"from {self.minimum}"
        return f"{kind} {lower} to {self.maximum}"


def text_of(value: object) -> str:
    """Return a hyperparameter's value as a short text that is read back as the same value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or NO_LAYERS
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def described(name: str, info: FieldInfo) -> Hyperparameter:
    """Return what a config's field, made by `hyperparameter` or `layer_sizes`, declares."""
    shown = info.json_schema_extra
    if not isinstance(shown, dict):
        raise TypeError(f"the field {name} was not declared with hyperparameter()")
    bounds = {key: getattr(rule, key) for rule in info.metadata for key in ("ge", "gt", "le") if hasattr(rule, key)}
    literal = get_origin(info.annotation) is Literal
    choices = get_args(info.annotation) if literal else tuple(CATALOGUE) if name == "dataset" else ()
    low, high, least, most = cast(
        list[int], shown.get("sizes", (bounds.get("ge", bounds.get("gt", 0)), bounds.get("le", 0), 1, 1))
    )
    return Hyperparameter(
        name=name,
        title=info.title or name,
        help=info.description or "",
        unit=str(shown["unit"]),
        stops=tuple(tuple(x) if isinstance(x, list) else x for x in cast(list[Any], shown["stops"])),
        advanced=bool(shown["advanced"]),
        type=str if choices else tuple if "sizes" in shown else cast(type, info.annotation),
        default=info.get_default(call_default_factory=True, validated_data={}),
        minimum=low,
        maximum=high,
        minimum_excluded="gt" in bounds,
        choices=tuple(choices),
        least=least,
        most=most,
    )
