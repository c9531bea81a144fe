"""Configs: the only place where a hyperparameter is described.

Sliders, command-line flags, URL parameters, validation and documentation are all derived from what stands here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from explorer.data.catalogue import CATALOGUE, default_name
from explorer.errors import ConfigError, Problem
from explorer.models.fields import field_error, hyperparameter, is_added, training_epochs
from explorer.models.hyperparameters import Hyperparameter, described, text_of

if TYPE_CHECKING:
    import torch

    from explorer.data.images import Bytes, ImageSet
    from explorer.models.interface import Learner, Model


class ModelConfig(BaseModel, ABC):
    """What every kind of model has; each kind adds its own hyperparameters in its own file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: ClassVar[str]  # the name of the kind in the registry
    algorithm: ClassVar[int]  # raised when the same config no longer gives the same weights
    learner: ClassVar[str]  # "module:class" of the Learner, made of (config, shape, generator)
    keeps_between: ClassVar[bool] = True  # snapshots on the way, not only of the start and of the epochs asked for

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

    @field_validator("*")
    @classmethod
    def _within_bounds(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        if isinstance(value, tuple) and not described(name, cls.model_fields[name]).allows(value):
            raise ValueError("sizes out of bounds")
        return value

    @model_validator(mode="before")
    @classmethod
    def _share_dataset(cls, values: object) -> object:
        """Give a model and its parents the same data set, whichever of them names one."""
        if not isinstance(values, Mapping) or not parent_fields(cls):
            return values
        given = dict(values)
        for name in parent_fields(cls):
            named = _dataset_of(given.get(name))
            if named is not None:
                given.setdefault("dataset", named)
        for name in parent_fields(cls):
            inner = given.get(name, {})
            if isinstance(inner, Mapping) and given.get("dataset") in tuple(CATALOGUE):  # one problem is enough
                given[name] = {"dataset": given["dataset"]} | dict(inner)
        return given

    @model_validator(mode="after")
    def _check_datasets(self) -> Self:
        for name in parent_fields(type(self)):
            inner: ModelConfig = getattr(self, name)
            if inner.dataset != self.dataset:
                raise field_error(
                    f"{name}.dataset", inner.dataset, f"{self.dataset!r}, as dataset says (or change dataset)"
                )
        return self

    def parents(self) -> dict[str, ModelConfig]:
        """Return the configs of the models this one is built on, by what they are to it; each is a run of its own."""
        return {name: getattr(self, name) for name in parent_fields(type(self))}

    def trajectory(self) -> Self:
        """Return the config that stands for all whose training is the same: what has no effect has its default.

        A kind in which a setting can be without effect overrides this.
        """
        return self.model_copy(update={name: getattr(self, name).trajectory() for name in parent_fields(type(self))})

    def without(self, *names: str) -> Self:
        """Return the config with the default in the fields named."""
        defaults = {name: type(self).model_fields[name].get_default(call_default_factory=True) for name in names}
        return self.model_copy(update=defaults)

    def at_added_defaults(self) -> set[str]:
        """Return the fields added after runs were kept that have their default: by these no run is told from another.

        A parent has its default if it is that of its class on the same data set.
        """
        parents = parent_fields(type(self))
        added = [name for name, info in type(self).model_fields.items() if is_added(info)]
        usual = {name: parents[name](dataset=self.dataset) for name in added if name in parents}
        return {name for name in added if getattr(self, name) == usual.get(name, getattr(self.without(name), name))}

    def sizes(self) -> tuple[int, ...]:
        """Return the layers by which a model is told from others of its kind that it is built on; () without any."""
        return next((value for _, value in self if isinstance(value, tuple)), ())

    def training_rows(self, images: ImageSet) -> Bytes:
        """Return what the learner is trained on, (N, W) bytes, a row for each image: by default its pixels."""
        return images.train

    def values(self) -> dict[str, Any]:
        """Return all hyperparameters by name, those of parents under "<field>.<name>"."""
        return flat(self.model_dump())

    @abstractmethod
    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> Model:
        """Return a model for images of (rows, columns), all its numbers 0, ready for `load_state`."""

    def new_learner(self, shape: tuple[int, int], generator: torch.Generator) -> Learner:
        """Return an untrained learner for images of (rows, columns), on the generator's device, initialised from it."""
        return resolve_name(self.learner)(self, shape, generator)  # type: ignore[no-any-return]

    @abstractmethod
    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds that one training image of (rows, columns) costs, for estimates of time."""

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Return a config from untrusted values (URL, command line, file), flat or nested; texts are converted.

        Raises:
            ConfigError: listing each unknown field and each value out of its range.
        """
        try:
            return cls.model_validate(nested(dict(values)))
        except ValidationError as error:
            problems = [_problem(cls, dict(p)) for p in error.errors()]
            raise ConfigError(list({problem.field: problem for problem in problems}.values())) from None
        except RecursionError:
            raise ConfigError([Problem(cls.kind, "…", "values nested no deeper than its models")]) from None


def parent_fields(config: type[ModelConfig]) -> dict[str, type[ModelConfig]]:
    """Return the fields that hold the config of another model, and of which class."""
    return {
        name: info.annotation
        for name, info in config.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, ModelConfig)
    }


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


def hyperparameters(config: type[ModelConfig]) -> list[Hyperparameter]:
    """Return the fields of a config class in the order in which they are declared, those of parents last."""
    parents = parent_fields(config)
    own = [described(name, info) for name, info in config.model_fields.items() if name not in parents]
    return own + [h for name, inner in parents.items() for h in _inherited(name, config, inner)]


def _inherited(field: str, config: type[ModelConfig], inner: type[ModelConfig]) -> list[Hyperparameter]:
    info = config.model_fields[field]
    title, in_sight = info.title or field, bool(cast(dict[str, Any], info.json_schema_extra)["in_sight"])
    return [
        replace(h, name=f"{field}.{h.name}", parents=(title, *h.parents), in_sight=h.in_sight and in_sight)
        for h in hyperparameters(inner)
        if h.name != "dataset"
    ]


def default_values(config: type[ModelConfig]) -> dict[str, Any]:
    """Return the default of every hyperparameter."""
    return {h.name: h.default for h in hyperparameters(config)}


def read_value(config: type[ModelConfig], name: str, value: object) -> Any:
    """Return one hyperparameter's value from a text, whether it fits the others or not.

    Raises:
        ConfigError: it is not valid by itself.
    """
    *path, own = name.split(".")
    for field in path:
        config = parent_fields(config)[field]
    info = config.model_fields[own]
    known = next(h for h in hyperparameters(config) if h.name == own)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[info.annotation, "", *info.metadata])  # type: ignore[arg-type]
        read = adapter.validate_python(value)
    except ValidationError:
        raise ConfigError([Problem(name, value, known.range)]) from None
    if (known.choices and read not in known.choices) or (known.type is tuple and not known.allows(read)):
        raise ConfigError([Problem(name, value, known.range)])
    return read


def _dataset_of(values: object) -> object:
    """Return the data set that a config or untrusted values name, or a model that they are built on; else None."""
    if isinstance(values, ModelConfig):
        return values.dataset
    if not isinstance(values, Mapping):
        return None
    return values.get("dataset") or next(filter(None, map(_dataset_of, values.values())), None)


def _problem(config: type[ModelConfig], error: dict[str, Any]) -> Problem:
    place = [str(part) for part in error["loc"]]
    known = {h.name: h for h in hyperparameters(config)}
    if error["type"] == "field_error":
        found = error["ctx"]
        name = ".".join([*place, found["field"]])
        return Problem(name, text_of(found["value"]), found["expected"], combination=True)
    name = ".".join(place) or config.kind
    outer = [".".join(place[:length]) for length in range(len(place), 0, -1)]  # the last part may be inside a value
    field = next((known[x] for x in outer if x in known), None)
    if field:
        return Problem(field.name, error["input"], field.range)
    if place[-1:] == ["dataset"]:
        return Problem(name, error["input"], known["dataset"].range)
    own = [x for x in known if x.startswith(f"{name}.")]
    if own:
        return Problem(name, error["input"], f"a mapping, or single values by {', '.join(own)}")
    return Problem(name, error["input"], f"{config.kind} has no such field; it has {', '.join(known)}")
