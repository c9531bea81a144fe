"""Configs: the only place where a hyperparameter is described.

Sliders, command-line flags, URL parameters, validation and documentation are all derived from what stands here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from explorer.data.catalogue import CATALOGUE, default_name
from explorer.errors import ConfigError, Problem

if TYPE_CHECKING:
    import torch

    from explorer.models.interface import Learner, Model


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


class ModelConfig(BaseModel, ABC):
    """What every kind of model has; each kind adds its own hyperparameters in its own file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: ClassVar[str]  # the name of the kind in the registry
    algorithm: ClassVar[int]  # raised when the same config no longer gives the same weights

    dataset: str = Field(
        default_factory=default_name,
        title="Data set",
        description="What the model is trained on. The test set of the same data is what the pictures show.",
        json_schema_extra={"unit": "", "stops": [], "advanced": False},
    )
    epochs: int = training_epochs(100)
    batch_size: int = hyperparameter(
        100,
        "Batch size",
        "How many images are averaged in one update. Larger: smoother, fewer updates in an epoch.",
        unit="images",
        stops=(10, 20, 50, 100, 200, 500, 1000),
        advanced=True,
        ge=1,
        le=2_000,
    )
    seed: int = hyperparameter(
        0,
        "Seed",
        "Fixes the initial weights and all random numbers. The same seed lets one hyperparameter be compared alone.",
        stops=(0, 1, 2, 3, 4),
        advanced=True,
        ge=0,
        le=2**31 - 1,
    )

    @field_validator("dataset")
    @classmethod
    def _known_dataset(cls, name: str) -> str:
        if name not in CATALOGUE:
            raise ValueError(f"one of {', '.join(CATALOGUE)}")
        return name

    @abstractmethod
    def new_model(self, shape: tuple[int, int]) -> Model:
        """Return a model for images of (rows, columns), on the CPU, ready for `load_state`."""

    @abstractmethod
    def new_learner(self, shape: tuple[int, int], generator: torch.Generator) -> Learner:
        """Return an untrained learner for images of (rows, columns), on the generator's device, initialised from it."""

    @abstractmethod
    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds that one training image of (rows, columns) costs, for estimates of time."""

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Return a config from untrusted values (URL, command line, file); texts are converted.

        Raises:
            ConfigError: listing each unknown field and each value out of its range.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError([_problem(cls, dict(p)) for p in error.errors()]) from None


@dataclass(frozen=True)
class Hyperparameter:
    """One field of a config, as sliders, flags and texts need it."""

    name: str
    title: str
    help: str
    unit: str
    stops: tuple[float, ...]
    advanced: bool
    type: type  # int, float, bool or str
    default: Any
    minimum: float  # of numbers; texts and booleans have 0 and 0
    maximum: float
    minimum_excluded: bool
    choices: tuple[str, ...]

    @property
    def range(self) -> str:
        """The valid values in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.type is bool:
            return "true or false"
        kind = "a whole number" if self.type is int else "a number"
        lower = f"above {self.minimum} and up" if self.minimum_excluded else f"from {self.minimum}"
        return f"{kind} {lower} to {self.maximum}"


def text_of(value: object) -> str:
    """Return a hyperparameter's value as a short text that is read back as the same value."""
    if isinstance(value, bool):
        return str(value).lower()
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def hyperparameters(config: type[ModelConfig]) -> list[Hyperparameter]:
    """Return the fields of a config class in the order in which they are declared."""
    return [_hyperparameter(name, info) for name, info in config.model_fields.items()]


def default_values(config: type[ModelConfig]) -> dict[str, Any]:
    """Return the default of every hyperparameter."""
    return {h.name: h.default for h in hyperparameters(config)}


def _hyperparameter(name: str, info: FieldInfo) -> Hyperparameter:
    shown = info.json_schema_extra
    if not isinstance(shown, dict):
        raise TypeError(f"the field {name} was not declared with hyperparameter()")
    bounds = {key: getattr(rule, key) for rule in info.metadata for key in ("ge", "gt", "le") if hasattr(rule, key)}
    literal = get_origin(info.annotation) is Literal
    choices = get_args(info.annotation) if literal else tuple(CATALOGUE) if name == "dataset" else ()
    return Hyperparameter(
        name=name,
        title=info.title or name,
        help=info.description or "",
        unit=str(shown["unit"]),
        stops=tuple(shown["stops"]),  # type: ignore[arg-type]
        advanced=bool(shown["advanced"]),
        type=str if choices else cast(type, info.annotation),
        default=info.get_default(call_default_factory=True, validated_data={}),
        minimum=bounds.get("ge", bounds.get("gt", 0)),
        maximum=bounds.get("le", 0),
        minimum_excluded="gt" in bounds,
        choices=tuple(choices),
    )


def _problem(config: type[ModelConfig], error: dict[str, Any]) -> Problem:
    name = str(error["loc"][0]) if error["loc"] else config.kind
    known = {h.name: h for h in hyperparameters(config)}
    if name not in known:
        return Problem(name, error["input"], f"{config.kind} has no such field; it has {', '.join(known)}")
    return Problem(name, error["input"], known[name].range)
