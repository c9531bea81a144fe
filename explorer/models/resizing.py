"""Images of 28×28 pixels at the size a network works at, and back."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.arrays import Bytes

SIDE = 28  # of MNIST's images and of those in its form
MARGINS = {32: 2}  # sizes that a margin makes; others are interpolated
AT_ONCE = 5_000  # images


def enlarge(pixels: Bytes, side: int, background: int = 0) -> Bytes:
    """Return images of bytes at another size, (N, 784) → (N, side²).

    32 adds a margin of 2 pixels with the grey value of the background, so that no other changes; other sizes are
    bilinear, rounded to bytes.
    """
    if side == SIDE:
        return pixels
    result = np.full((len(pixels), side, side), background, np.uint8)
    if side in MARGINS:
        inside = slice(MARGINS[side], -MARGINS[side])
        result[:, inside, inside] = pixels.reshape(-1, SIDE, SIDE)
        return result.reshape(-1, side**2)
    for start in range(0, len(pixels), AT_ONCE):
        part = torch.tensor(pixels[start : start + AT_ONCE], dtype=torch.float32).view(-1, 1, SIDE, SIDE)
        large = F.interpolate(part, size=(side, side), mode="bilinear", align_corners=False)
        result[start : start + AT_ONCE] = large[:, 0].round_().byte().numpy()
    return result.reshape(-1, side**2)


def images_at(pixels: Bytes, side: int, background: int = 0) -> NDArray[np.float32]:
    """Return images of bytes at another size in [0, 1], (N, 784) → (N, side, side), with a margin as `enlarge` has."""
    return enlarge(pixels, side, background).reshape(-1, side, side).astype(np.float32) / np.float32(255)


def shrink(images: Tensor) -> Tensor:
    """Return images as 28×28 pixels, (B, S, S) → (B, 28, 28): without the margin, or bilinear with antialiasing."""
    side = images.shape[-1]
    if side in MARGINS:
        inside = slice(MARGINS[side], -MARGINS[side])
        return images[:, inside, inside]
    if side == SIDE:
        return images
    return F.interpolate(images.unsqueeze(1), size=(SIDE, SIDE), mode="bilinear", antialias=True)[:, 0]
