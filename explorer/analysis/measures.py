"""What is measured of a model while it trains, and how each figure is called."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor

from explorer.analysis.findings.finding import Figures, Finding, exploding, not_finite, nothing_to_learn
from explorer.plots.tiles import Picture

Pulse = Callable[[], None]  # called often during long computations; it may raise to end them


@dataclass(frozen=True)
class Metric:
    """One column of a run's metrics: its title, unit and meaning, and which other columns belong into its chart."""

    name: str
    title: str
    unit: str
    help: str
    beside: str = ""  # the metric into whose chart it is drawn, in dots, if it has no chart of its own
    error: str = ""  # the metric that is how far this one may be off, as its title says: a standard error, an interval
    lower: str = ""  # the metric that is this one estimated from the other side
    charted: bool = True  # whether it has a chart; else it is only kept, and a finding may speak of it
    depends: tuple[str, ...] = ("dataset",)  # the settings that say what it is a measure of, where it has its own chart


OF_EVERY_KIND = (
    Metric("largest_weight", "Largest weight", "weight", "The largest |weight| of the model.", charted=False),
    Metric(
        "varying_pixels",
        "Varying pixels",
        "pixels",
        "How many pixels are not the same in all training images.",
        charted=False,
    ),
)


@dataclass(frozen=True)
class Contrast:
    """Two metrics, by name, that are often mistaken for one another: drawn as a path, one against the other."""

    title: str
    x: str
    y: str
    caption: str


def apart(config: Any, other: Any, *metrics: Metric) -> list[str]:
    """Return the settings by which metrics of two configs of one kind are measures of different things."""
    names = dict.fromkeys(name for metric in metrics for name in metric.depends)
    return [name for name in names if getattr(config, name) != getattr(other, name)]


@dataclass(frozen=True)
class TestBed:
    """What a model is measured on: bytes (N, V) and (M, V) of images of `shape`, on the device of the generator."""

    config: Any
    shape: tuple[int, int]
    train: Tensor
    test: Tensor
    generator: torch.Generator

    @cached_property
    def varying_pixels(self) -> int:
        """How many pixels are not the same in all training images."""
        return int((self.train.amax(dim=0) > self.train.amin(dim=0)).sum())


@dataclass(frozen=True)
class Heavy:
    """Figures that take long beside an epoch: measured apart from training, of a snapshot that is kept.

    `measure` takes a model, what it is measured on with the generator at its start, and a pulse that may end it by
    raising; it returns figures of the names in `metrics`, fewer where some do not apply. What is `long` waits until all
    else is measured of all snapshots.
    """

    name: str  # under which the figures are kept
    metrics: tuple[str, ...]
    measure: Callable[[Any, TestBed, Pulse], dict[str, float]]
    long: bool = False


class Measures(ABC):
    """The measurements of one kind of model; those of every kind come by themselves."""

    metrics: ClassVar[tuple[Metric, ...]]
    headline: ClassVar[tuple[str, ...]]  # the metrics, by name, that sum a model up
    contrast: ClassVar[Contrast | None] = None
    absent: ClassVar[str] = ""  # a sentence on why some of the metrics may be missing

    def __init_subclass__(cls) -> None:
        if "metrics" in vars(cls):
            cls.metrics = tuple(dict.fromkeys((*cls.metrics, *OF_EVERY_KIND)))

    def each_epoch(self, model: Any, bed: TestBed) -> dict[str, float]:
        """Return figures that cost far less than an epoch."""
        weights = [tensor.detach() for tensor in model.state().values() if tensor.ndim > 1]
        largest = float(torch.stack([each.abs().max() for each in weights]).max())
        figures = {"largest_weight": largest, "varying_pixels": float(bed.varying_pixels)}
        return self._each_epoch(model, bed) | figures

    @abstractmethod
    def _each_epoch(self, model: Any, bed: TestBed) -> dict[str, float]:
        """Return figures of this kind that cost far less than an epoch."""

    def heavy(self, config: Any) -> tuple[Heavy, ...]:  # noqa: ARG002
        """Return what is measured of a config's snapshots apart from training, the quickest first."""
        return ()

    def measure_heavy(self, model: Any, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        """Return all heavy figures of a model at once, each measurement with the same random numbers."""
        figures: dict[str, float] = {}
        start = bed.generator.get_state()
        for heavy in self.heavy(bed.config):
            bed.generator.set_state(start)
            figures |= heavy.measure(model, bed, pulse)
        return figures

    def findings(self, config: Any, row: Mapping[str, float | None], epoch: int) -> list[Finding]:
        """Return what is wrong after an epoch, by its figures, of which one that is None was not finite.

        Before the first epoch nothing has gone wrong yet.
        """
        if epoch < 1:
            return []
        broken = {name for name, value in row.items() if value is None or not math.isfinite(value)}
        known = {name: value for name, value in row.items() if value is not None and name not in broken}
        unknown = [metric.title for metric in self.metrics if metric.name in broken]
        return not_finite(unknown) + exploding(known) + nothing_to_learn(known) + self._found(config, known)

    def _found(self, config: Any, figures: Figures) -> list[Finding]:  # noqa: ARG002
        """Return what is wrong with a model of this kind."""
        return []

    @abstractmethod
    def histograms(self, model: Any, bed: TestBed) -> dict[str, Tensor]:
        """Return the tensors whose distributions TensorBoard shows."""

    @abstractmethod
    def pictures(self, model: Any, bed: TestBed) -> dict[str, Picture]:
        """Return the pictures of a snapshot that TensorBoard shows; the first is the model's face on the Home page."""
