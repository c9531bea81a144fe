"""Layer-wise pre-training: layer after layer learns to give back what the one below makes of the images.

Each layer is an RBM or a shallow autoencoder with tied weights; unfolded, the layers are a deep autoencoder whose
decoder is the encoder upside down. Activities on the way up are probabilities, not states.
Sources: Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006, and its supporting
material (RBMs); Bengio, Lamblin, Popovici & Larochelle, "Greedy layer-wise training of deep networks", 2007
(autoencoders).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar, Literal, Protocol, Self

import torch
from torch import Tensor

from explorer.models import fields
from explorer.models.adam import Adam
from explorer.models.autoencoder import ACTIVATIONS, Autoencoder, cross_entropy
from explorer.models.config import ModelConfig
from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.fields import LayerSizes, hyperparameter, layer_sizes, training_epochs
from explorer.models.interface import Learner, Model
from explorer.models.rbm import RBMConfig

SMALLER_STEPS = 100  # by how much linear units, and autoencoders, learn slower than binary RBMs


class PretrainingConfig(ModelConfig):
    """The hyperparameters of layer-wise pre-training.

    With several layers, each stack of fewer layers is a run of its own; see `parents`.
    """

    kind: ClassVar[str] = "pretraining"
    algorithm: ClassVar[int] = 1

    epochs: int = training_epochs(10)
    hidden_layers: LayerSizes = layer_sizes(
        (1000, 500, 250),
        "Hidden layers",
        "Units of the layers between pixels and code, the lowest first. none: the code is the only layer.",
        stops=((), (100,), (250, 100), (300, 150, 50), (500, 250), (500, 250, 100), (1000, 500), (1000, 500, 250)),
        ge=2,
        le=1000,
        least=0,
        most=4,
    )
    code_size: int = hyperparameter(
        30,
        "Code units",
        "How many numbers describe an image: the units of the last layer.",
        unit="units",
        stops=(2, 3, 5, 10, 20, 30, 50, 100, 250, 500, 1000),
        ge=1,
        le=1000,
    )
    linear_code: bool = hyperparameter(
        True,
        "Linear code",
        "Code units are linear, with normal noise of variance 1 while an RBM learns; else they are as all others.",
        advanced=True,
    )
    method: Literal["RBMs", "autoencoders"] = hyperparameter(
        "RBMs",
        "Layers are trained as",
        "RBMs: by contrastive divergence; autoencoders: by the gradient of each layer's own reconstruction error, with "
        "tied weights.",
    )
    layer_epochs: int = hyperparameter(
        10,
        "Epochs of layers below",
        "How long each layer below the last one is trained. With one layer there are none.",
        unit="epochs",
        stops=(1, 2, 3, 5, 10, 20, 30, 50, 100),
        ge=1,
        le=10_000,
    )
    cd_k: int = fields.cd_steps(1, "Gibbs steps before the negative statistics are taken. Autoencoders have none.")
    learning_rate: float = hyperparameter(
        0.1,
        "Learning rate",
        "Size of one update of a binary RBM. Linear units, and autoencoders (by Adam), take a hundredth of it.",
        stops=(0.01, 0.03, 0.05, 0.1, 0.2, 0.3),
        advanced=True,
        gt=0,
        le=10,
    )
    momentum: float = fields.momentum(0.9)
    low_momentum_epochs: int = fields.low_momentum(5)
    weight_decay: float = fields.weight_decay(2e-4)

    def sizes_on(self, shape: tuple[int, int]) -> tuple[int, ...]:
        """Return the units of all layers, from the pixels of images of (rows, columns) to the code."""
        return (math.prod(shape), *self.sizes())

    def only_sizes(self) -> Self:
        """Return the config with everything but the layers at its default."""
        kept = {"dataset", "hidden_layers", "code_size", "linear_code"}
        return self.without(*(name for name in type(self).model_fields if name not in kept))

    def sizes(self) -> tuple[int, ...]:
        """Return the units of all layers above the pixels."""
        return (*self.hidden_layers, self.code_size)

    def parents(self) -> dict[str, ModelConfig]:
        """Return the stack of one layer less, trained for `layer_epochs`, whose last layer is as all hidden ones."""
        if not self.hidden_layers:
            return {}
        *lower, last = self.hidden_layers
        changes = {
            "hidden_layers": tuple(lower),
            "code_size": last,
            "linear_code": False,
            "epochs": self.layer_epochs,
        }
        return {"below": self.model_copy(update=changes)}

    def trajectory(self) -> Self:
        """Return the config with the defaults of what a single layer, or autoencoders, leave unused."""
        unused = [] if self.hidden_layers else ["layer_epochs"]
        if self.method == "autoencoders":
            unused += ["cd_k", "momentum", "low_momentum_epochs", "weight_decay"]
        return super().trajectory().without(*unused)

    def new_model(self, shape: tuple[int, int]) -> Autoencoder:
        """Return the unfolded layers with all parameters 0."""
        return self.model_on(shape, "cpu")

    def model_on(self, shape: tuple[int, int], device: torch.device | str, *, tied: bool = True) -> Autoencoder:
        """Return the unfolded layers for images of (rows, columns) on a device, with all parameters 0."""
        sizes = self.sizes_on(shape)
        return Autoencoder(sizes, "sigmoid", "cross-entropy", linear_code=self.linear_code, tied=tied, device=device)

    def new_learner(self, shape: tuple[int, int], generator: torch.Generator) -> LayerLearner:
        """Return the unfolded layers, all 0 until `prepare` but for the last one, and its learning rule."""
        return LayerLearner(self, shape, generator)

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: once up, and in the last layer what its rule takes."""
        *levels, top = (below * above for below, above in pairwise(self.sizes_on(shape)))
        return float(sum(levels) + top * (2 * self.cd_k + 3 if self.method == "RBMs" else 6))


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


class GaussianCode(ContrastiveDivergence):
    """CD-k of an RBM whose hidden units are linear with normal noise of variance 1: p(h|v) = N(vW + b, 1).

    Visible units are binary; along the chain they are probabilities, as in the paper, so that even many steps do not
    give quite the gradient of the likelihood. In the statistics hidden units are means at both ends, which have the
    same expectation as states and less noise.
    Source: Hinton & Salakhutdinov 2006, supporting material (the code layer).
    """

    def _step(self, size: int) -> Tensor:
        rbm = self.model
        v = self._v if size == self.config.batch_size else self._v[: 2 * size]
        p, h = self._h[: 2 * size], self._states[:size]
        signs = torch.cat([self._signs[:size], -self._signs[:size]])
        v_chain, p_data, p_chain = v[size:], p[:size], p[size:]
        torch.addmm(rbm.b, v[:size], rbm.W, out=p_data)
        means = p_data
        for _ in range(self.config.cd_k):
            h.normal_(generator=self._generator).add_(means)
            torch.addmm(rbm.a, h, rbm.W.T, out=v_chain).sigmoid_()
            means = torch.addmm(rbm.b, v_chain, rbm.W, out=p_chain)
        p_chain.neg_()
        self._update(v, p, signs)
        return v_chain


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
        self.model = config.model_on(shape, generator.device)
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


def unfold_on(model: Autoencoder, below: Model) -> None:
    """Copy a stack's layers into a model's lowest ones: its encoder first, its decoder last.

    A model whose weights are not tied gets the stack's, turned upside down, in its decoder.

    Raises:
        ValueError: the layers do not fit.
    """
    if not isinstance(below, Autoencoder):
        raise TypeError(f"layers are stacked on layers, not on a {type(below).__name__}")
    depth, shift = len(below.sizes), len(model.sizes) - len(below.sizes)
    if model.sizes[:depth] != below.sizes:
        raise ValueError(f"layers of {below.sizes} units do not fit into {model.sizes}")
    with torch.no_grad():
        for layer in range(depth - 1):
            for name in ("W", "b"):
                model.parameters[f"encoder.{layer}.{name}"].copy_(below.parameters[f"encoder.{layer}.{name}"])
            model.parameters[f"decoder.{layer + shift}.b"].copy_(below.parameters[f"decoder.{layer}.b"])
            if not model.tied:
                model.parameters[f"decoder.{layer + shift}.W"].copy_(below.decoder_weights()[layer])


def _rule(config: PretrainingConfig, n_visible: int, generator: torch.Generator) -> LayerRule:
    if config.method == "autoencoders":
        return ShallowAutoencoder(config, n_visible, generator)
    rbm = RBMConfig(
        dataset=config.dataset,
        batch_size=config.batch_size,
        seed=config.seed,
        hidden_units=config.code_size,
        cd_k=config.cd_k,
        learning_rate=config.learning_rate / (SMALLER_STEPS if config.linear_code else 1),
        binarize="none",
        momentum=config.momentum,
        low_momentum_epochs=config.low_momentum_epochs,
        weight_decay=config.weight_decay,
    )
    return (GaussianCode if config.linear_code else ContrastiveDivergence)(rbm, n_visible, generator)
