"""What the training loop and the pages ask of every model.

A **model** is a set of named tensors with something to do; a **learner** is a model together with its learning rule.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import FunctionType

import torch
from torch import Tensor

from explorer.models.observation import GREY, Observation


class Model(ABC):
    """A trained or untrained model: named tensors, in and out. What it can do beyond that is its own."""

    sees: Observation = GREY  # what the model is given of an image

    def observe(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        """Return what the model sees of images of bytes, as in training, (B, V) → (B, V)."""
        return self.sees.observe(pixels, generator)

    def picture(self, v: Tensor) -> Tensor:
        """Return the grey values from 0 to 1 that what the model sees stands for, (…, V) → (…, V)."""
        return self.sees.picture(v)

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Return the tensors that define the model, by name; they are the model's own, not copies."""

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Copy named tensors into the model, whatever their precision.

        Raises:
            ValueError: a tensor is missing, unknown or of another shape.
        """
        copy_tensors(state, self.state())

    def in_words(self) -> str:
        """Return how the model computes, in words that suffice to rebuild it from the tensors of `state`.

        x stands for images as rows of grey values from 0 to 1, (B, V); `@` is the product of matrices. Every kind that
        is trained and exported overrides this.
        """
        return ""

    def form(self) -> object:
        """Return what a model is but for the numbers of its state: shapes, units, activations, what it sees.

        Weights mean the same in models of equal form.
        """
        return _form(self, {id(tensor) for tensor in self.state().values()})


def _form(part: object, state: set[int]) -> object:
    """Return a part of a model as values that can be compared; of a tensor in the state its shape."""
    match part:
        case Tensor():
            return tuple(part.shape) if id(part) in state else part.tolist()
        case Mapping():
            return {name: _form(inner, state) for name, inner in part.items()}
        case list() | tuple():
            return [_form(inner, state) for inner in part]
        case FunctionType():
            return part
    return (type(part), _form(vars(part), state)) if hasattr(part, "__dict__") else part


class Learner(ABC):
    """A model being trained, with everything that continuing needs beside its weights.

    `state()` has the same tensors from construction on, and `train_batch` decides nothing by Python values that change
    within an epoch: on a GPU one step is recorded and replayed.
    """

    model: Model

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: B027  (most start from chance alone)
        """Take what the start needs from the training data, bytes (N, V), and from the trained models built on.

        Called once before the first epoch, never when a training goes on; `parents` are as the config names them.
        """

    @abstractmethod
    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Prepare for the epoch (1, 2, …); all its random numbers come from `generator`."""

    @abstractmethod
    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update in place on one batch of bytes (B, V); return means over its images, as 0-d tensors.

        An epoch's metric is the mean over all its images: each batch counts by how many it has.
        """

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Return the model's tensors and the learning rule's own (momentum, chains), by name; not copies."""

    @property
    @abstractmethod
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Copy named tensors into model and learning rule.

        Raises:
            ValueError: a tensor is missing, unknown or of another shape.
        """
        copy_tensors(state, self.state())


def copy_tensors(source: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> None:
    """Copy `source` into `target` in place, name by name.

    Raises:
        ValueError: a tensor is missing in one of the two or has another shape there.
    """
    if unknown := source.keys() - target.keys():
        raise ValueError(f"there is no tensor {', '.join(sorted(unknown))}")
    for name, tensor in target.items():
        if name not in source:
            raise ValueError(f"the tensor {name} is missing")
        if source[name].shape != tensor.shape:
            raise ValueError(f"{name} has shape {tuple(source[name].shape)} instead of {tuple(tensor.shape)}")
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(source[name])
