"""How autoencoders learn: a reconstruction loss, what a kind adds to it, and Adam."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from explorer.models.adam import Adam
from explorer.models.autoencoder import Autoencoder, Loss
from explorer.models.functions import bernoulli_log_prob
from explorer.models.interface import Learner


def squared_error(output: Tensor, x: Tensor) -> Tensor:
    """Return Σ (x − y)² over pixels, averaged over images, for y and x (B, V), as a 0-d tensor."""
    return (output - x).square().sum(dim=-1).mean()


def cross_entropy(logits: Tensor, x: Tensor) -> Tensor:
    """Return −Σ [x log y + (1 − x) log(1 − y)] over pixels in nats, averaged over images, for logits of y (B, V).

    For grey x (B, V) its least value is not 0 but the entropy of x.
    """
    return -bernoulli_log_prob(logits, x).mean()


LOSSES: dict[Loss, Callable[[Tensor, Tensor], Tensor]] = {
    "squared error": squared_error,
    "cross-entropy": cross_entropy,
}


class Descent(Protocol):
    """What of a config the learning rule needs."""

    @property
    def batch_size(self) -> int:
        """Images in one update."""

    @property
    def learning_rate(self) -> float:
        """Of Adam, in the first epoch."""

    @property
    def decay_epochs(self) -> int:
        """Over how many epochs the learning rate falls to 0; 0 keeps it."""

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> Autoencoder:
        """Return an autoencoder for images of (rows, columns) on a device, with all parameters 0."""


class AutoencoderLearner(Learner):
    """Minimises the loss by Adam. What it does to images, adds to the loss and does after a step, kinds override."""

    model: Autoencoder
    config: Descent

    def __init__(self, config: Descent, shape: tuple[int, int], generator: torch.Generator) -> None:
        self.config = config
        self.model = config.new_model(shape, generator.device)
        self.model.initialize(generator)
        self._adam = Adam(self.model.state(), config.learning_rate)
        self._x = torch.empty(config.batch_size, math.prod(shape), device=generator.device)
        self.generator = generator
        self._rate = config.learning_rate

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self._rate

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate and source of random numbers."""
        config = self.config
        left = max(0.0, 1 - (epoch - 1) / config.decay_epochs) if config.decay_epochs else 1.0
        self._rate = config.learning_rate * left
        self._adam.set_rate(self._rate)
        self.generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return the model's parameters and Adam's moments."""
        return self.model.state() | self._adam.state()

    def corrupt(self, x: Tensor) -> Tensor:
        """Return what the encoder gets to see of images (B, V): here all."""
        return x

    def penalty(self, x: Tensor, code: Tensor) -> Tensor | None:  # noqa: ARG002
        """Return what is added to the loss for inputs (B, V) and their codes (B, C), a 0-d tensor; here nothing."""
        return None

    def after_step(self, code: Tensor) -> None:
        """Do what follows each gradient step, from the codes (B, C) before it; here nothing."""

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update on a batch of bytes (B, V); return the mean loss and, where something was added to it, both parts."""
        x = torch.mul(pixels, 1 / 255, out=self._x[: len(pixels)])
        seen = self.corrupt(x)
        code = self.model.encode(seen)
        loss = LOSSES[self.model.loss](self.model.logits(code), x)
        penalty = self.penalty(seen, code)
        if penalty is None:
            self._adam.minimize(loss)
            self.after_step(code.detach())
            return {"loss_train": loss.detach()}
        self._adam.minimize(loss + penalty)
        self.after_step(code.detach())
        loss, penalty = loss.detach(), penalty.detach()
        return {"loss_train": loss + penalty, "reconstruction_train": loss, "penalty_train": penalty}
