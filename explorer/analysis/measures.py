"""What is measured of a model while it trains, and how each figure is called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pulse = Callable[[], None]  # called often during long computations; it may raise to end them


@dataclass(frozen=True)
class Metric:
    """One column of a run's metrics: its title, unit and meaning."""

    name: str
    title: str
    unit: str
    help: str


@dataclass(frozen=True)
class TestBed:
    """What a model is measured on: its config, bytes (N, V) and (M, V) on the model's device, a generator there."""

    config: Any
    train: Tensor
    test: Tensor
    generator: torch.Generator


class Measures(ABC):
    """The measurements of one kind of model."""

    metrics: ClassVar[tuple[Metric, ...]]

    @abstractmethod
    def each_epoch(self, model: Any, bed: TestBed) -> dict[str, float]:
        """Return figures that cost far less than an epoch."""

    @abstractmethod
    def each_snapshot(self, model: Any, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        """Return figures worth a second or two, measured where a snapshot is kept."""

    @abstractmethod
    def histograms(self, model: Any, bed: TestBed) -> dict[str, Tensor]:
        """Return the tensors whose distributions TensorBoard shows."""

    @abstractmethod
    def pictures(self, model: Any, shape: tuple[int, int]) -> dict[str, NDArray[np.uint8]]:
        """Return the pictures (rows, columns) or (rows, columns, 3) that TensorBoard shows; `shape` is of one image."""
