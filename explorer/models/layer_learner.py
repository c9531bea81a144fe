"""How one layer learns on top of others: as an RBM, with binary or linear units, or as a shallow autoencoder.

Sources: Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006, and its supporting
material (RBMs); Bengio, Lamblin, Popovici & Larochelle, "Greedy layer-wise training of deep networks", 2007
(autoencoders).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor

from explorer.models.adam import Adam
from explorer.models.autoencoder import ACTIVATIONS, Autoencoder
from explorer.models.autoencoder_learner import cross_entropy
from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.interface import Learner, Model
from explorer.models.observation import GREY
from explorer.models.pretraining import PretrainingConfig, unfold_on
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.units import BINARY, Gaussian

SMALLER_STEPS = 100  # by how much linear units, and autoencoders, learn slower than binary RBMs


class LayerRule(Protocol):
    """How one layer W (V, H), visible bias a (V,) and hidden bias b (H,) learns from activities of the layer below."""

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate and source of random numbers."""

    def state(self) -> dict[str, Tensor]:
        """Return W, a, b, and what continuing needs beside them."""

    def update(self, v: Tensor) -> object:
        """Update W, a and b in place on activities (B, V) from 0 to 1."""


class ShallowAutoencoder:
    """The gradient of the cross-entropy between activities x and σ(φ(xW + b)Wᵀ + a), by Adam."""

    def __init__(self, config: PretrainingConfig, n_visible: int, generator: torch.Generator) -> None:
        device, radius = generator.device, math.sqrt(6 / (n_visible + config.code_size))  # Glorot & Bengio 2010
        W = torch.empty(n_visible, config.code_size, device=device).uniform_(-radius, radius, generator=generator)
        self._layer = {
            "W": W,
            "a": torch.zeros(n_visible, device=device),
            "b": torch.zeros(config.code_size, device=device),
        }
        self._act = ACTIVATIONS["linear" if config.linear_code else "sigmoid"]
        self._rate = config.learning_rate / SMALLER_STEPS
        self._adam = Adam(self._layer, self._rate)

    @property
    def current_learning_rate(self) -> float:
        """The learning rate, which does not change."""
        return self._rate

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Do nothing: the rate stays, and nothing is random."""

    def state(self) -> dict[str, Tensor]:
        """Return W, a, b and Adam's moments."""
        return self._layer | self._adam.state()

    def update(self, v: Tensor) -> None:
        """Update W, a and b in place on activities (B, V)."""
        W, a, b = self._layer["W"], self._layer["a"], self._layer["b"]
        h = self._act(torch.addmm(b, v, W))
        self._adam.minimize(cross_entropy(torch.addmm(a, h, W.T), v))


class LayerLearner(Learner):
    """Trains the last layer on what the layers below make of the images; those stay as they are."""

    model: Autoencoder

    def __init__(self, config: PretrainingConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        self.model = config.new_model(shape, generator.device)
        *below, n_visible, _ = self.model.sizes
        # The weights below may have been drawn from the same seed: the last ones take numbers that come after those.
        used = sum(lower * upper for lower, upper in pairwise((*below, n_visible)))
        torch.empty(used, device=generator.device).normal_(generator=generator)
        self._rule = _rule(config, n_visible, generator)
        self._below = [f"encoder.{layer}" for layer in range(len(below))]
        own = self._rule.state()
        last = len(below)
        self.model.parameters |= {f"encoder.{last}.W": own["W"], f"encoder.{last}.b": own["b"], "decoder.0.b": own["a"]}

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self._rule.current_learning_rate

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Copy the layers below, if there are any.

        Raises:
            ValueError: the model below has other layers than the config says.
        """
        if parents:
            unfold_on(self.model, parents["below"])

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate and source of random numbers."""
        self._rule.begin_epoch(epoch, generator)

    def state(self) -> dict[str, Tensor]:
        """Return the model's tensors, and what the last layer's rule needs beside its weights."""
        own = {f"layer.{name}": x for name, x in self._rule.state().items() if name not in {"W", "a", "b"}}
        return self.model.state() | own

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update the last layer in place on a batch of bytes (B, V); nothing is measured here."""
        x = pixels / 255
        with torch.no_grad():
            for name in self._below:
                x = torch.addmm(self.model.parameters[f"{name}.b"], x, self.model.parameters[f"{name}.W"]).sigmoid_()
        self._rule.update(x)
        return {}


def _rule(config: PretrainingConfig, n_visible: int, generator: torch.Generator) -> LayerRule:
    """Return how the last layer learns.

    Along an RBM's chain visible units are means, as in the paper, so that even many steps do not give quite the
    gradient of the likelihood. A linear code has normal noise of variance 1.
    """
    if config.method == "autoencoders":
        return ShallowAutoencoder(config, n_visible, generator)
    settings = RBMConfig(
        dataset=config.dataset,
        batch_size=config.batch_size,
        seed=config.seed,
        hidden_units=config.code_size,
        cd_k=config.cd_k,
        learning_rate=config.learning_rate / (SMALLER_STEPS if config.linear_code else 1),
        momentum=config.momentum,
        low_momentum_epochs=config.low_momentum_epochs,
        weight_decay=config.weight_decay,
        centred=config.centred,
    )
    device = generator.device
    hidden = Gaussian(device=device) if config.linear_code else BINARY
    layer = RBM(n_visible, config.code_size, device, hidden=hidden, sees=GREY)
    layer.draw_weights(settings.initial_std, generator)
    return ContrastiveDivergence(layer, settings, generator, mean_chain=True)
