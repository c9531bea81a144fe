"""The convolutional variational autoencoder of the lab: two strided convolutions down, two transposed ones up.

Kingma & Welling, "Auto-encoding variational Bayes", 2014.
"""

from __future__ import annotations

import math
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from pydantic import model_validator
from torch import Tensor

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import field_error, fields
from explorer.models.observation import Binarized, Observation
from explorer.models.variational import (
    Decoder,
    VariationalConfig,
    VariationalModel,
    latents,
)

FIRST, SECOND, THIRD = 32, 64, 32  # channels: of both convolutions down, and where the way up begins
KERNEL = 3
IN_CACHE = 100  # images whose maps stay in a processor's cache: with thousands, decoding takes more than twice as long
REDUCTION = 4  # of each side, by the convolutions down


class ConvVAEConfig(VariationalConfig):
    """The hyperparameters of a convolutional VAE. Defaults are the lab's: 8 latents, Adam at 0.0001, 10 epochs."""

    kind: ClassVar[str] = "conv-vae"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.variational:VariationalLearner"

    latent_size: int = latents(8)
    epochs: int = fields.training_epochs(10)
    learning_rate: float = fields.adam_rate(1e-4)

    @model_validator(mode="after")
    def _check_images(self) -> Self:
        if any(side % REDUCTION for side in CATALOGUE[self.dataset].shape):
            needed = (
                f"images whose sides are multiples of {REDUCTION} pixels, which two strided convolutions make smaller"
            )
            raise field_error("dataset", self.dataset, f"a set of {needed}")
        return self

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> ConvVAE:
        """Return a convolutional VAE with all parameters 0."""
        return ConvVAE(shape, self.latent_size, self.decoder, device, Binarized(self.binarize))

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: each layer thrice, and the way up for each importance sample."""
        pixels, taps = math.prod(shape), KERNEL**2
        down = taps * (pixels / 4 * FIRST + pixels / 16 * FIRST * SECOND) + pixels / 16 * SECOND * 2 * self.latent_size
        up = taps * (pixels / 16 * THIRD * SECOND + pixels / 4 * SECOND * THIRD + pixels * THIRD)
        return 3.0 * (down + self.importance_samples * (up + self.latent_size * pixels / 16 * THIRD))


class ConvVAE(VariationalModel):
    """Images of (rows, columns) that are multiples of 4; kernels in torch's layout, dense layers W (below, above)."""

    decoded_at_once = 1_000
    quadrature_step = 0.1

    def __init__(
        self,
        shape: tuple[int, int],
        latent_size: int,
        kind: Decoder = "bernoulli",
        device: torch.device | str = "cpu",
        sees: Observation | None = None,
    ) -> None:
        self.sees = sees or Binarized()
        self.decoder = kind
        self.latent_size = latent_size
        self._shape = shape
        self._small = (shape[0] // 4, shape[1] // 4)
        area = math.prod(self._small)
        outputs = 2 if kind == "gaussian" else 1
        sizes = {
            "encoder.conv1": (FIRST, 1, KERNEL, KERNEL),
            "encoder.conv2": (SECOND, FIRST, KERNEL, KERNEL),
            "encoder.dense": (SECOND * area, 2 * latent_size),
            "decoder.dense": (latent_size, THIRD * area),
            "decoder.conv1": (THIRD, SECOND, KERNEL, KERNEL),  # transposed: inputs first
            "decoder.conv2": (SECOND, THIRD, KERNEL, KERNEL),
            "decoder.conv3": (THIRD, outputs, KERNEL, KERNEL),
        }
        self.parameters = {}
        for name, size in sizes.items():
            above = size[0] if name.startswith("encoder.conv") else size[1]
            self.parameters[f"{name}.W"] = torch.zeros(size, device=device)
            self.parameters[f"{name}.b"] = torch.zeros(above, device=device)

    def in_words(self) -> str:
        """Return encoder and decoder in words."""
        rows, columns = self._shape
        return f"""A convolutional variational autoencoder. Images are maps (B, 1, {rows}, {columns}), channels first.
What it sees of images: {self.sees.in_words()}.
Convolutions have kernels of 3x3, W (above, below, 3, 3), and a margin of one pixel of zeros; they are not flipped:
y[i, j] = b + sum of W[., ., k, l] * x[s i + k - 1, s j + l - 1], with the stride s.
The encoder: max(0, .) of encoder.conv1 with stride 2, then of encoder.conv2 with stride 2; from there, flattened
channel by channel,
  output = h @ encoder.dense.W + encoder.dense.b
{self.encoded_in_words}
The decoder: max(0, z @ decoder.dense.W + decoder.dense.b) as {THIRD} maps of {rows // 4}x{columns // 4}.
Then transposed convolutions, W (below, above, 3, 3): each x[i, j] adds x[i, j] * W[., ., k, l] to
y[s i + k - 1, s j + l - 1], where there is such a pixel, and b is added; sides grow to s times theirs.
max(0, .) of decoder.conv1 with stride 2, then of decoder.conv2 with stride 2; output = decoder.conv3 with stride 1,
flattened.
{self.decoded_in_words}"""

    def initialize(self, generator: torch.Generator) -> None:
        """Draw all parameters from U(−1/√n, 1/√n), n the inputs of a unit."""
        for name, W in self.parameters.items():
            if name.endswith(".W"):
                inputs = len(W) if W.ndim == 2 else W[0].numel() if name.startswith("encoder") else len(W) * KERNEL**2
                for tensor in (W, self.parameters[f"{name[:-1]}b"]):
                    tensor.uniform_(-1 / math.sqrt(inputs), 1 / math.sqrt(inputs), generator=generator)

    def latent_weights(self) -> Tensor:
        """Return the decoder's weights from each latent, (Z, channels · area)."""
        return self.parameters["decoder.dense.W"]

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of q(z|x), (B, V) → twice (B, Z)."""
        if _too_many(x):
            means, log_variances = zip(*map(self.encode, torch.split(x, IN_CACHE)), strict=True)
            return torch.cat(means), torch.cat(log_variances)
        p = self.parameters
        y = x.view(-1, 1, *self._shape)  # (B, 1, rows, columns)
        for layer in ("encoder.conv1", "encoder.conv2"):
            y = F.relu(F.conv2d(y, p[f"{layer}.W"], p[f"{layer}.b"], stride=2, padding=1))
        code = torch.addmm(p["encoder.dense.b"], y.flatten(1), p["encoder.dense.W"])
        mean, log_variance = code.chunk(2, dim=-1)
        return mean, log_variance

    def pixel_parameters(self, z: Tensor) -> Tensor:
        """Return logits (B, V), or (B, 2V) for a Gaussian decoder."""
        if _too_many(z):
            return torch.cat([self.pixel_parameters(part) for part in torch.split(z, IN_CACHE)])
        p = self.parameters
        y = F.relu(torch.addmm(p["decoder.dense.b"], z, p["decoder.dense.W"])).view(-1, THIRD, *self._small)
        for layer, stride in (("decoder.conv1", 2), ("decoder.conv2", 2), ("decoder.conv3", 1)):
            W, b = p[f"{layer}.W"], p[f"{layer}.b"]
            y = F.conv_transpose2d(y, W, b, stride=stride, padding=1, output_padding=stride - 1)
            y = y if layer == "decoder.conv3" else F.relu(y)
        return y.flatten(1)


def _too_many(rows: Tensor) -> bool:
    """Whether maps of so many images are better made in parts: on a CPU, where no gradient needs them all at once."""
    return len(rows) > IN_CACHE and rows.device.type == "cpu" and not torch.is_grad_enabled()
