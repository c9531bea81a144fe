"""What every kind's config has: common hyperparameters, one data set for all models it is built on, and its parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ConfigError, Problem
from explorer.models.config.declare import DataSetName, dataset_name, field_error, hyperparameter
from explorer.models.config.describe import added_fields, parent_fields
from explorer.models.config.fields import Start, start, training_epochs
from explorer.models.config.read import flat, nested, problems
from explorer.models.config.values import DataSets, Origin, origin_in, text_of

if TYPE_CHECKING:
    import torch

    from explorer.arrays import Bytes
    from explorer.data.images import ImageSet
    from explorer.models.interface import Learner, Model


class ModelConfig(BaseModel, ABC):
    """What every kind of model has; each kind adds its own hyperparameters in its own file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: ClassVar[str]  # the name of the kind in the registry
    algorithm: ClassVar[int]  # raised when the same config no longer gives the same weights
    learner: ClassVar[str]  # "module:class" of the Learner, made of (config, shape, generator)
    keeps_between: ClassVar[bool] = True  # snapshots on the way, not only of the start and of the epochs asked for
    only_at_start: ClassVar[tuple[str, ...]] = ()  # fields without effect where the weights are those of a run

    dataset: DataSetName = dataset_name(
        "Data set",
        "What the model is trained on. The test set of the same data is what the pictures show.",
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
    start: Start = start()

    @model_validator(mode="before")
    @classmethod
    def _share_dataset(cls, values: object) -> object:
        """Give a model and its parents the data set that it names, or else the first one that a parent names."""
        if not isinstance(values, Mapping) or not parent_fields(cls):
            return values
        named = _named_dataset(values)
        if not DataSets().allows(named):  # no name, or one that is reported where it stands
            return values
        shared = {"dataset": named}
        parents = {name: values.get(name, {}) for name in parent_fields(cls)}
        informed = {name: shared | dict(inner) for name, inner in parents.items() if isinstance(inner, Mapping)}
        return shared | dict(values) | informed

    @model_validator(mode="after")
    def _check_datasets(self) -> Self:
        for name in parent_fields(type(self)):
            inner: ModelConfig = getattr(self, name)
            if inner.dataset != self.dataset:
                raise field_error(
                    f"{name}.dataset", inner.dataset, f"{self.dataset!r}, as dataset says (or change dataset)"
                )
        return self

    @model_validator(mode="after")
    def _check_start(self) -> Self:
        if self.origin and self.origin.run.rpartition("-")[0] != self.kind:
            raise field_error("start", self.start, f"a run of {self.kind}")
        if self.origin and self.epochs <= self.first_epoch:
            raise field_error("epochs", self.epochs, f"more than {self.first_epoch}, the epoch that start names")
        return self

    @property
    def origin(self) -> Origin | None:
        """The run, and its epoch, with whose weights the training starts; None if it starts as its kind does."""
        return origin_in(self.start)

    @property
    def first_epoch(self) -> int:
        """The epoch at which the run begins: that of its origin, else 0."""
        return self.origin.epoch if self.origin else 0

    def parents(self) -> dict[str, ModelConfig]:
        """Return the configs of the models this one is built on, by what they are to it; each is a run of its own."""
        return {name: getattr(self, name) for name in parent_fields(type(self))}

    def trajectory(self) -> Self:
        """Return the config that stands for all whose training is the same: what has no effect has its default.

        A kind in which a setting can be without effect overrides this.
        """
        parents = {name: getattr(self, name).trajectory() for name in parent_fields(type(self))}
        return self.model_copy(update=parents).without(*self.only_at_start if self.origin else ())

    def without(self, *names: str) -> Self:
        """Return the config with the default in the fields named."""
        defaults = {name: type(self).model_fields[name].get_default(call_default_factory=True) for name in names}
        return self.model_copy(update=defaults)

    def at_added_defaults(self) -> set[str]:
        """Return the fields added after runs were kept that have their default: by these no run is told from another.

        A parent has its default if it is that of its class on the same data set.
        """
        parents = parent_fields(type(self))
        added = added_fields(type(self))
        usual = {name: parents[name](dataset=self.dataset) for name in added if name in parents}
        return {name for name in added if getattr(self, name) == usual.get(name, getattr(self.without(name), name))}

    def misfits(self) -> list[Problem]:
        """Return the values with which nobody should begin a training, though runs that have them stay readable.

        A kind in which some values contradict each other overrides this.
        """
        parents = self.parents().items()
        return [replace(each, field=f"{name}.{each.field}") for name, inner in parents for each in inner.misfits()]

    def misfits_with(self, earlier: ModelConfig) -> list[Problem]:
        """Return the settings that are not as those of the run whose weights the training starts with, but have to be.

        The model has to be the same but for its numbers, and built on the same; how it learns may differ.
        """
        values, needed = self.trajectory().values(), earlier.trajectory().values()
        different = [name for name in values if name != "epochs" and values[name] != needed.get(name)]
        return [
            Problem(name, text_of(values[name]), f"{text_of(needed[name])}, as of the run that start names", True)
            for name in different
            if self._says_what_is_built_on(name) or self._form() != self._form({name: needed[name]})
        ]

    def _says_what_is_built_on(self, name: str) -> bool:
        parents = parent_fields(type(self))
        return name.partition(".")[0] in parents or (name == "dataset" and bool(parents))

    def _form(self, changes: Mapping[str, object] | None = None) -> object:
        config = self.model_copy(update=changes)
        return config.new_model(CATALOGUE[config.dataset].shape).form()

    def to_train(self) -> Self:
        """Return the config itself, if a training may begin with it.

        Raises:
            ConfigError: listing what contradicts each other.
        """
        if found := self.misfits():
            raise ConfigError(found)
        return self

    def sizes(self) -> tuple[int, ...]:
        """Return the layers by which a model is told from others of its kind that it is built on; () without any."""
        return next((value for _, value in self if isinstance(value, tuple)), ())

    def training_rows(self, images: ImageSet) -> Bytes:
        """Return what the learner is trained on, (N, W) bytes, a row for each image: by default its pixels."""
        return images.train

    @property
    def images_per_epoch(self) -> int:
        """How many images an epoch trains on; one that is seen twice counts twice."""
        return CATALOGUE[self.dataset].n_train

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
            raise ConfigError(problems(cls, cls.kind, error)) from None
        except RecursionError:
            raise ConfigError([Problem(cls.kind, "…", "values nested no deeper than its models")]) from None


def _named_dataset(values: object) -> object:
    """Return the data set that a config or untrusted values name, or a model that they are built on; else None."""
    if isinstance(values, ModelConfig):
        return values.dataset
    if not isinstance(values, Mapping):
        return None
    return values.get("dataset") or next(filter(None, map(_named_dataset, values.values())), None)
