"""How often hidden units are on, and what turns them on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.arrays import Floats
from explorer.models.rbm import RBM

DEAD_BELOW, ALWAYS_ON_ABOVE = 0.01, 0.99  # shares of the test images


@dataclass(frozen=True)
class Activation:
    """Hidden activity over N test images: `total_input` (N, H) is vW + b, `frequency` (H,) the mean of p(h = 1 | v)."""

    total_input: NDArray[np.float16]  # not p(h = 1 | v), which is 1 to so many digits for many images
    frequency: Floats

    @property
    def dead(self) -> list[int]:
        """The units that are on for less than 1 % of the images."""
        return np.flatnonzero(self.frequency < DEAD_BELOW).tolist()

    @property
    def always_on(self) -> list[int]:
        """The units that are on for more than 99 % of the images."""
        return np.flatnonzero(self.frequency > ALWAYS_ON_ABOVE).tolist()

    def strongest(self, unit: int, count: int) -> list[int]:
        """Return the indices of the `count` images that turn the unit on most, strongest first."""
        return [int(i) for i in np.argsort(-self.total_input[:, unit], kind="stable")[:count]]

    def probability(self, image: int, unit: int) -> float:
        """Return p(h = 1 | v) of a unit for an image."""
        return float(torch.sigmoid(torch.tensor(float(self.total_input[image, unit]))))


def activation(rbm: RBM, pixels: NDArray[np.uint8], generator: torch.Generator) -> Activation:
    """Return the hidden activity for images of bytes (N, V), seen as in training."""
    return activity(rbm, rbm.observe(torch.tensor(pixels), generator))


def activity(rbm: RBM, v: Tensor) -> Activation:
    """Return the hidden activity for visible states (N, V), as in the top RBM of a deep model."""
    total_input = rbm.hidden_input(v)
    return Activation(total_input.clamp(-60_000, 60_000).half().numpy(), torch.sigmoid(total_input).mean(dim=0).numpy())
