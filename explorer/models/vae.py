"""The variational autoencoder (VAE) of fully connected layers.

Kingma & Welling, "Auto-encoding variational Bayes", 2014; with several importance samples Burda, Grosse &
Salakhutdinov, "Importance weighted autoencoders", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models.config import hyperparameter
from explorer.models.functions import softplus
from explorer.models.observation import Binarized, Observation
from explorer.models.variational import Decoder, VariationalConfig, VariationalModel

Activation = Literal["softplus", "relu", "tanh"]
ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "softplus": softplus,
    "relu": F.relu,
    "tanh": torch.tanh,
}


class VAEConfig(VariationalConfig):
    """The hyperparameters of a VAE. Defaults are the lab's: 784-200-200-20 and back, softplus, Adam at 0.001."""

    kind: ClassVar[str] = "vae"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.variational:VariationalLearner"

    hidden_units: int = hyperparameter(
        200,
        "Hidden units",
        "Units of each layer between pixels and latents.",
        unit="units",
        stops=(50, 100, 200, 400, 500, 1000),
        ge=4,
        le=2_000,
    )
    encoder_layers: int = hyperparameter(
        2,
        "Encoder layers",
        "Hidden layers from pixels to latents.",
        unit="layers",
        stops=(1, 2, 3, 4, 5),
        advanced=True,
        ge=1,
        le=6,
    )
    decoder_layers: int = hyperparameter(
        2,
        "Decoder layers",
        "Hidden layers from latents to pixels.",
        unit="layers",
        stops=(1, 2, 3, 4, 5),
        advanced=True,
        ge=1,
        le=6,
    )
    activation: Activation = hyperparameter(
        "softplus", "Activation", "What each hidden unit makes of its total input.", advanced=True
    )

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> VAE:
        """Return a VAE with all parameters 0."""
        n_pixels, hidden = math.prod(shape), self.hidden_units
        outputs = n_pixels * (2 if self.decoder == "gaussian" else 1)
        encoder = (n_pixels, *[hidden] * self.encoder_layers, 2 * self.latent_size)
        decoder = (self.latent_size, *[hidden] * self.decoder_layers, outputs)
        return VAE(encoder, decoder, self.activation, self.decoder, device, Binarized(self.binarize))

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: each weight thrice, and the decoder's for each importance sample."""
        encoder, decoder = (
            sum(math.prod(weights.shape) for weights in layers) for layers in self.new_model(shape).weights()
        )
        return 3.0 * (encoder + self.importance_samples * decoder)


class VAE(VariationalModel):
    """Layers of units: W (below, above) and b (above,) each; the last of the encoder are μ and log σ² (2Z)."""

    def __init__(
        self,
        encoder: Sequence[int],
        decoder: Sequence[int],
        activation: Activation,
        kind: Decoder = "bernoulli",
        device: torch.device | str = "cpu",
        sees: Observation | None = None,
    ) -> None:
        self.sees = sees or Binarized()
        self.decoder = kind
        self.latent_size = decoder[0]
        self._activation: Activation = activation
        self._act = ACTIVATIONS[activation]
        self._encoder, self._decoder = (
            [(torch.zeros(n, m, device=device), torch.zeros(m, device=device)) for n, m in pairwise(sizes)]
            for sizes in (encoder, decoder)
        )
        self.parameters = {
            f"{side}.{layer}.{name}": tensor
            for side, layers in (("encoder", self._encoder), ("decoder", self._decoder))
            for layer, pair in enumerate(layers)
            for name, tensor in zip("Wb", pair, strict=True)
        }

    def in_words(self) -> str:
        """Return encoder and decoder in words."""
        act = {"softplus": "log(1 + exp({}))", "relu": "max(0, {})", "tanh": "tanh({})"}[self._activation]

        def layers(side: str, count: int) -> str:
            inputs = [f"h @ {side}.{layer}.W + {side}.{layer}.b" for layer in range(count)]
            return "\n".join([*(f"  h = {act.format(x)}" for x in inputs[:-1]), f"  output = {inputs[-1]}"])

        return f"""A variational autoencoder: each W is (below, above).
What it sees of images: {self.sees.in_words()}.
The encoder, from h = what it sees:
{layers("encoder", len(self._encoder))}
{self.encoded_in_words}
The decoder, from h = z:
{layers("decoder", len(self._decoder))}
{self.decoded_in_words}"""

    def initialize(self, generator: torch.Generator) -> None:
        """Draw all parameters from U(−1/√n, 1/√n), n the units below."""
        for W, b in (*self._encoder, *self._decoder):
            for tensor in (W, b):
                tensor.uniform_(-1 / math.sqrt(len(W)), 1 / math.sqrt(len(W)), generator=generator)

    def weights(self) -> tuple[list[Tensor], list[Tensor]]:
        """Return the weight matrices of the encoder and of the decoder, in the order in which they are used."""
        return [W for W, _ in self._encoder], [W for W, _ in self._decoder]

    def latent_weights(self) -> Tensor:
        """Return the decoder's weights from each latent, (Z, H)."""
        return self._decoder[0][0]

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of q(z|x), (B, V) → twice (B, Z)."""
        mean, log_variance = self._through(self._encoder, x).chunk(2, dim=-1)
        return mean, log_variance

    def pixel_parameters(self, z: Tensor) -> Tensor:
        """Return logits (B, V), or (B, 2V) for a Gaussian decoder."""
        return self._through(self._decoder, z)

    def _through(self, layers: Sequence[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
        *hidden, (W, b) = layers
        for W_hidden, b_hidden in hidden:
            x = self._act(torch.addmm(b_hidden, x, W_hidden))
        return torch.addmm(b, x, W)
