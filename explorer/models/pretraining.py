"""Layer-wise pre-training: layer after layer learns to give back what the one below makes of the images.

Each layer is an RBM or a shallow autoencoder with tied weights; unfolded, the layers are a deep autoencoder whose
decoder is the encoder upside down. Activities on the way up are probabilities, not states.
Sources: Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006, and its supporting
material (RBMs); Bengio, Lamblin, Popovici & Larochelle, "Greedy layer-wise training of deep networks", 2007
(autoencoders).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar, Literal, Self

import torch

from explorer.models.autoencoder import Autoencoder
from explorer.models.config import ANEW, LayerSizes, ModelConfig, fields, hyperparameter, layer_sizes
from explorer.models.interface import Model


class PretrainingConfig(ModelConfig):
    """The hyperparameters of layer-wise pre-training.

    With several layers, each stack of fewer layers is a run of its own; see `parents`.
    """

    kind: ClassVar[str] = "pretraining"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.layer_learner:LayerLearner"
    only_at_start: ClassVar[tuple[str, ...]] = ("layer_epochs",)

    epochs: int = fields.training_epochs(10)
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
    centred: bool = fields.centred("each RBM")

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
            "start": ANEW,
        }
        return {"below": self.model_copy(update=changes)}

    def trajectory(self) -> Self:
        """Return the config with the defaults of what a single layer, or autoencoders, leave unused."""
        unused = [] if self.hidden_layers else ["layer_epochs"]
        if self.method == "autoencoders":
            unused += ["cd_k", "momentum", "low_momentum_epochs", "weight_decay", "centred"]
        return super().trajectory().without(*unused)

    def new_model(
        self, shape: tuple[int, int], device: torch.device | str = "cpu", *, tied: bool = True
    ) -> Autoencoder:
        """Return the unfolded layers with all parameters 0."""
        sizes = self.sizes_on(shape)
        return Autoencoder(sizes, "sigmoid", "cross-entropy", linear_code=self.linear_code, tied=tied, device=device)

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: once up, and in the last layer what its rule takes."""
        *levels, top = (below * above for below, above in pairwise(self.sizes_on(shape)))
        return float(sum(levels) + top * (2 * self.cd_k + 3 if self.method == "RBMs" else 6))


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
