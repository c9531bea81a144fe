"""Random bits: Bernoulli states from probabilities, and binary images from grey ones."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Binarize = Literal["sample", "threshold", "none"]


def bernoulli(p: Tensor, generator: torch.Generator) -> Tensor:
    """Return 0s and 1s (as floats) that are 1 with probability p, elementwise."""
    return torch.empty_like(p).uniform_(generator=generator).lt_(p)


class Binarizer:
    """Turns bytes (B, V) into the pixels (B, V) a model is trained on, without allocating.

    "sample": 1 with the pixel's grey value as probability, afresh at each call; "threshold": 1 where the byte exceeds
    127; "none": the grey value itself, byte / 255.

    Sampling compares each byte x with a random byte r, of which 0 counts as 1: P(x ≥ r) is exactly 0 for black and 1
    for white, and (x + 1)/256 between, at most 0.0039 above x/255. Eight such bytes cost one 64-bit random number.
    """

    def __init__(self, mode: Binarize, shape: tuple[int, int], device: torch.device | str) -> None:
        self.mode = mode
        size = shape[0] * shape[1]
        self._words = torch.empty(-(-size // 8), dtype=torch.int64, device=device)
        self._thresholds = self._words.view(torch.uint8)[:size].view(shape)

    def __call__(self, pixels: Tensor, generator: torch.Generator, out: Tensor) -> Tensor:
        """Write the batch's pixels into `out` (B, V) and return it; B may be smaller than the shape's."""
        if self.mode == "none":
            return torch.mul(pixels, 1 / 255, out=out)
        if self.mode == "threshold":
            return torch.gt(pixels, 127, out=out)
        self._words.random_(-(2**63), None, generator=generator)
        self._thresholds.clamp_(min=1)
        return torch.ge(pixels, self._thresholds[: len(pixels)], out=out)


def binarize(pixels: Tensor, mode: Binarize, generator: torch.Generator) -> Tensor:
    """Return (B, V) float pixels of the bytes (B, V); see `Binarizer`."""
    shape = (pixels.shape[0], pixels.shape[1])
    return Binarizer(mode, shape, pixels.device)(pixels, generator, torch.empty(shape, device=pixels.device))
