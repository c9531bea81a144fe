"""Random bits: Bernoulli states from probabilities, and binary images from grey ones."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

WIDE = ("cpu", "cuda")  # devices that draw 64-bit random numbers; Apple's GPUs (mps) do not
Binarize = Literal["sample", "threshold", "none"]


def bernoulli(p: Tensor, generator: torch.Generator) -> Tensor:
    """Return 0s and 1s (as floats) that are 1 with probability p, elementwise; see `Coins`."""
    return Coins(p.numel(), p.device)(p, generator, torch.empty_like(p))


class Coins:
    """Writes 0s and 1s that are 1 with given probabilities, without allocating (but on Apple's GPUs).

    One 64-bit random number makes two floats: 23 random bits below the exponent of 1 are a float in [1, 2). On a
    CPU this takes 60 % of the time of as many uniform floats, which would be a third of an update. Probabilities
    are met to 23 bits, 0 and 1 exactly.
    """

    FRACTIONS, ONES = 0x007FFFFF_007FFFFF, 0x3F800000_3F800000  # bits of two floats

    def __init__(self, size: int, device: torch.device | str) -> None:
        self._words = torch.empty(-(-size // 2), dtype=torch.int64, device=device)

    def __call__(self, p: Tensor, generator: torch.Generator, out: Tensor) -> Tensor:
        """Write the states for probabilities p into `out`, of the same shape, and return it; both may be one tensor."""
        if p.device.type not in WIDE:
            return torch.lt(torch.empty_like(p).uniform_(generator=generator), p, out=out)
        size = p.numel()
        words = self._words[: -(-size // 2)].random_(-(2**63), None, generator=generator)
        words.bitwise_and_(self.FRACTIONS).bitwise_or_(self.ONES)
        uniform = words.view(torch.float32)[:size].view(p.shape).sub_(1)
        return torch.lt(uniform, p, out=out)


class Binarizer:
    """Turns bytes (B, V) into the pixels (B, V) a model is trained on, without allocating.

    "sample": 1 with the pixel's grey value as probability, afresh at each call; "threshold": 1 where the byte exceeds
    127; "none": the grey value itself, byte / 255.

    Sampling compares each byte x with an odd random byte r: P(x ≥ r) is exactly 0 for black and 1 for white, and
    between them at most 0.0039 from x / 255. One 64-bit random number serves eight pixels.
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
        if pixels.device.type not in WIDE:
            return torch.lt(torch.empty_like(out).uniform_(generator=generator), pixels / 255, out=out)
        self._words.random_(-(2**63), None, generator=generator).bitwise_or_(0x0101010101010101)
        return torch.ge(pixels, self._thresholds[: len(pixels)], out=out)


def binarize(pixels: Tensor, mode: Binarize, generator: torch.Generator) -> Tensor:
    """Return (B, V) float pixels of the bytes (B, V); see `Binarizer`."""
    shape = (pixels.shape[0], pixels.shape[1])
    return Binarizer(mode, shape, pixels.device)(pixels, generator, torch.empty(shape, device=pixels.device))
