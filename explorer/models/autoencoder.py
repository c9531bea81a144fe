"""What all autoencoders share, and the classic one: a narrow code between pixels and pixels.

x (B, V) images, f the encoder, c = f(x) (B, C) their codes, g the decoder. −log p(x|c) is minimised, up to constants:
a squared error is that of a Gaussian with mean g(c), the cross-entropy that of Bernoulli pixels. With linear units and
squared error the best code spans the subspace of the first C principal components (Baldi & Hornik, "Neural networks and
principal component analysis", 1989); other units make a generalised PCA of it (Hinton & Salakhutdinov, "Reducing the
dimensionality of data with neural networks", 2006).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from explorer.models.config import LayerSizes, ModelConfig, fields, hyperparameter, layer_sizes
from explorer.models.functions import tied_layer
from explorer.models.interface import Model

Activation = Literal["sigmoid", "tanh", "relu", "linear"]
Loss = Literal["squared error", "cross-entropy"]
ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "linear": lambda x: x,
}
# the slope of an activation, from its value
SLOPES: dict[Activation, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: 1 - h.square(),
    "relu": lambda h: (h > 0).to(h.dtype),
    "linear": torch.ones_like,
}
# How much wider than Glorot's the first weights are: the sigmoid's slope at 0 is a quarter, half of all ReLUs are off.
GAINS: dict[Activation, float] = {"sigmoid": 4.0, "tanh": 1.0, "relu": math.sqrt(2), "linear": 1.0}


def applied(activation: Activation, total: str) -> str:
    """Return an activation of a total input in words."""
    named = {"sigmoid": f"sigmoid({total})", "tanh": f"tanh({total})", "relu": f"max(0, {total})", "linear": total}
    return named[activation]


def code_units(default: int, most: int, stops: Sequence[int]) -> Any:
    """Describe the number of code units, whose default and bound differ from kind to kind."""
    return hyperparameter(
        default,
        "Code units",
        "How many numbers describe an image: the units of the middle layer.",
        unit="units",
        stops=stops,
        ge=1,
        le=most,
    )


def tied_weights(default: bool) -> Any:
    """Describe whether the decoder has weights of its own, which differs from kind to kind."""
    return hyperparameter(
        default,
        "Tied weights",
        "The decoder's weights are the encoder's, transposed. Biases are its own.",
    )


def reconstruction_loss(default: Loss) -> Any:
    """Describe the loss, whose default differs from kind to kind."""
    return hyperparameter(
        default,
        "Loss",
        "squared error: summed over pixels, with a linear output; cross-entropy: grey values as probabilities, with a "
        "sigmoid at the output.",
    )


class AutoencodingConfig(ModelConfig):
    """The hyperparameters of every autoencoder."""

    epochs: int = fields.training_epochs(30)
    hidden_layers: LayerSizes = layer_sizes(
        (),
        "Hidden layers",
        "Units of the layers between pixels and code, the lowest first; the decoder has the same in reverse. none: the "
        "code is the only hidden layer.",
        stops=((), (100,), (256,), (500,), (500, 250), (1000, 500, 250)),
        ge=2,
        le=2000,
        least=0,
        most=4,
    )
    code_size: int = code_units(30, 200, (1, 2, 3, 5, 10, 20, 30, 50, 100, 200))
    activation: Activation = hyperparameter(
        "sigmoid", "Activation", "What each hidden unit and each code unit makes of its total input."
    )
    linear_code: bool = hyperparameter(
        False,
        "Linear code",
        "Code units give their total input as it is, whatever the activation of the other layers.",
        advanced=True,
    )
    tied: bool = tied_weights(False)
    loss: Loss = reconstruction_loss("squared error")
    learning_rate: float = fields.adam_rate(1e-3)
    decay_epochs: int = fields.decay_over()

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> Autoencoder:
        """Return an autoencoder with all parameters 0."""
        sizes = (math.prod(shape), *self.hidden_layers, self.code_size)
        return Autoencoder(
            sizes, self.activation, self.loss, linear_code=self.linear_code, tied=self.tied, device=device
        )

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: each weight of encoder and decoder thrice."""
        sizes = (math.prod(shape), *self.hidden_layers, self.code_size)
        return 6.0 * sum(below * above for below, above in pairwise(sizes))


class AutoencoderConfig(AutoencodingConfig):
    """The hyperparameters of a classic autoencoder."""

    kind: ClassVar[str] = "autoencoder"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.autoencoder_learner:AutoencoderLearner"


class Autoencoder(Model):
    """Layers of units: W (below, above) and b (above,) each, from pixels (V) to the code (C) and back."""

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Activation = "sigmoid",
        loss: Loss = "squared error",
        *,
        linear_code: bool = False,
        tied: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        """Make an autoencoder of the given sizes (V, …, C) with all tensors 0.

        loss: decides the output, linear for a squared error and a sigmoid for the cross-entropy.
        """
        self.sizes = tuple(sizes)
        self.activation: Activation = activation
        self.code_activation: Activation = "linear" if linear_code else activation
        self.loss: Loss = loss
        self.tied = tied
        self.parameters: dict[str, Tensor] = {}
        for side, around in (("encoder", self.sizes), ("decoder", self.sizes[::-1])):
            for layer, (below, above) in enumerate(pairwise(around)):
                if side == "encoder" or not tied:
                    self.parameters[f"{side}.{layer}.W"] = torch.zeros(below, above, device=device)
                self.parameters[f"{side}.{layer}.b"] = torch.zeros(above, device=device)

    @property
    def code_size(self) -> int:
        """C, the number of code units."""
        return self.sizes[-1]

    def state(self) -> dict[str, Tensor]:
        """Return "encoder.0.W", "encoder.0.b" … "decoder.0.W" …, in the order of use; no decoder's W if tied."""
        return self.parameters

    def in_words(self) -> str:
        """Return the way to the code and back in words."""
        depth = len(self.sizes) - 1
        lines = ["An autoencoder: h = x at first, then layer after layer, each W (below, above).", "To the code:"]
        for layer in range(depth):
            act = self.activation if layer < depth - 1 else self.code_activation
            lines.append(f"  h = {applied(act, f'h @ encoder.{layer}.W + encoder.{layer}.b')}")
        lines.append("Back, from h = the code:")
        for layer in range(depth):
            W = f"encoder.{depth - 1 - layer}.W.T" if self.tied else f"decoder.{layer}.W"
            output: Activation = "sigmoid" if self.loss == "cross-entropy" else "linear"
            act = self.activation if layer < depth - 1 else output
            lines.append(f"  h = {applied(act, f'h @ {W} + decoder.{layer}.b')}")
        bounds = "" if self.loss == "cross-entropy" else "; nothing keeps them between these"
        return "\n".join([*lines, f"The last h are the pixels, grey values of which 0 is black and 1 white{bounds}."])

    def initialize(self, generator: torch.Generator) -> None:
        """Draw each W from U(−r, r), r = gain · √(6 / (below + above)) (Glorot & Bengio 2010, eq. 16); biases are 0.

        The gain is that of the layer's activation: 1 for tanh, linear units and pixels, 4 for sigmoids, √2 for ReLUs
        (He et al. 2015); tied weights take the encoder's. Where the code is the only hidden layer, it is 1: a single
        layer learns as well, and what is left of the start is less of its weights.
        """
        for name, W in self.parameters.items():
            if name.endswith(".W"):
                radius = self._gain(name) * math.sqrt(6 / sum(W.shape))
                W.uniform_(-radius, radius, generator=generator)

    def _gain(self, name: str) -> float:
        if len(self.sizes) == 2:
            return 1.0
        side, layer, _ = name.split(".")
        if int(layer) < len(self.sizes) - 2:
            return GAINS[self.activation]
        return GAINS[self.code_activation] if side == "encoder" else 1.0

    def encoder_weights(self) -> list[Tensor]:
        """Return W (below, above) of each layer from pixels to code."""
        return [self.parameters[f"encoder.{layer}.W"] for layer in range(len(self.sizes) - 1)]

    def decoder_weights(self) -> list[Tensor]:
        """Return W (below, above) of each layer from code to pixels; transposed views of the encoder's if tied."""
        if self.tied:
            return [W.T for W in reversed(self.encoder_weights())]
        return [self.parameters[f"decoder.{layer}.W"] for layer in range(len(self.sizes) - 1)]

    def layers(self, x: Tensor) -> list[Tensor]:
        """Return what each layer of the encoder makes of images, the code last, (B, V) → (B, H₁), …, (B, C)."""
        found: list[Tensor] = []
        for layer, W in enumerate(self.encoder_weights(), 1):
            act = ACTIVATIONS[self.activation if layer < len(self.sizes) - 1 else self.code_activation]
            x = act(torch.addmm(self.parameters[f"encoder.{layer - 1}.b"], x, W))
            found.append(x)
        return found

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes of images, (B, V) → (B, C)."""
        return self.layers(x)[-1]

    def logits(self, code: Tensor) -> Tensor:
        """Return the total inputs of the output pixels, (B, C) → (B, V): log-odds for the cross-entropy."""
        act = ACTIVATIONS[self.activation]
        for layer, W in enumerate(self.decoder_weights()):
            below, b = act(code) if layer else code, self.parameters[f"decoder.{layer}.b"]
            code = tied_layer(below, self.encoder_weights()[-1 - layer], b) if self.tied else torch.addmm(b, below, W)
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Return the pixels of codes, (B, C) → (B, V): within [0, 1] for the cross-entropy, else without bounds."""
        logits = self.logits(code)
        return torch.sigmoid(logits) if self.loss == "cross-entropy" else logits

    def reconstruct(self, x: Tensor) -> Tensor:
        """Return g(f(x)), (B, V) → (B, V)."""
        return self.decode(self.encode(x))
