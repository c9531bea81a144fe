"""The denoising autoencoder: it sees a corrupted image x̃ and is to give back the clean one.

Source: Vincent, Larochelle, Lajoie, Bengio & Manzagol, "Stacked denoising autoencoders", 2010.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor

from explorer.models.autoencoder import AutoencodingConfig, Loss, code_units, reconstruction_loss, tied_weights
from explorer.models.autoencoder_learner import AutoencoderLearner
from explorer.models.config import field_error, fields, hyperparameter

Noise = Literal["masking", "salt and pepper", "gaussian"]
MOST_PIXELS = 0.9  # share: of an image without any pixel nothing can be learned


class DenoisingConfig(AutoencodingConfig):
    """The hyperparameters of a denoising autoencoder."""

    kind: ClassVar[str] = "denoising"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.denoising:DenoisingLearner"

    noise: Noise = hyperparameter(
        "masking",
        "Noise",
        "masking: pixels become black; salt and pepper: pixels become black or white; gaussian: normal noise is added "
        "to every pixel.",
    )
    noise_strength: float = hyperparameter(
        0.3,
        "Noise strength",
        "Masking, salt and pepper: the share of pixels that are hit, up to 0.9. Gaussian: the standard deviation. "
        "0: no noise.",
        stops=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9),
        ge=0,
        le=1,
    )
    code_size: int = code_units(500, 1000, (30, 50, 100, 200, 500, 784, 1000))
    tied: bool = tied_weights(True)
    loss: Loss = reconstruction_loss("cross-entropy")
    learning_rate: float = fields.adam_rate(3e-3)

    @model_validator(mode="after")
    def _check_strength(self) -> Self:
        if self.noise != "gaussian" and self.noise_strength > MOST_PIXELS:
            raise field_error(
                "noise_strength",
                self.noise_strength,
                f"at most {MOST_PIXELS}, a share of the pixels, for {self.noise} noise; or set noise to gaussian",
            )
        return self


def corrupt(x: Tensor, noise: Noise, strength: float, generator: torch.Generator) -> Tensor:
    """Return images with noise, (B, V) → (B, V); each pixel is drawn for itself (Vincent et al. 2010, section 3.3).

    masking: a pixel becomes 0 with probability `strength`; salt and pepper: 0 or 1 with half of it each; gaussian:
    N(0, strength²) is added, and the result may leave [0, 1].
    """
    if noise == "gaussian":
        return x + torch.empty_like(x).normal_(0, 1, generator=generator).mul_(strength)
    draw = torch.empty_like(x).uniform_(generator=generator)  # in [0, 1)
    if noise == "masking":
        return x * draw.ge_(strength)
    # the lower half of the pixels that are hit turns black, the upper half white
    return torch.where(draw < strength, (draw >= strength / 2).to(x.dtype), x)


class DenoisingLearner(AutoencoderLearner):
    """Shows the encoder each image with fresh noise; the loss compares with the clean one."""

    config: DenoisingConfig

    def corrupt(self, x: Tensor) -> Tensor:
        """Return the images (B, V) with noise as the config has it."""
        return corrupt(x, self.config.noise, self.config.noise_strength, self.generator)
