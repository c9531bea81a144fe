"""How sparse a code is: how much each unit is on, how many are on for an image, and which never are.

N images, C code units. A unit is on above ½; one that is on for less than 1 % of the images is called dead, although
with a target near 0.01 no more may be asked of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.activation import DEAD_BELOW
from explorer.arrays import Floats

ON_ABOVE = 0.5  # of a sigmoid unit


@dataclass(frozen=True)
class Sparsity:
    """Mean activation of each unit (C,), share of images that it is on for (C,), and units on for each image (N,)."""

    mean: Floats
    share_on: Floats
    units_on: NDArray[np.int64]

    @property
    def dead(self) -> list[int]:
        """The units that are on for less than 1 % of the images."""
        return np.flatnonzero(self.share_on < DEAD_BELOW).tolist()

    @property
    def share_dead(self) -> float:
        """The share of units that are on for less than 1 % of the images."""
        return float(np.mean(self.share_on < DEAD_BELOW))


def sparsity(codes: Floats, on_above: float = ON_ABOVE) -> Sparsity:
    """Return how sparse codes (N, C) are; a unit is on where its activation is larger than `on_above`."""
    on = codes > on_above
    return Sparsity(
        codes.mean(axis=0, dtype=np.float64).astype(np.float32),
        on.mean(axis=0, dtype=np.float64).astype(np.float32),
        on.sum(axis=1),
    )


@dataclass(frozen=True)
class Histogram:
    """Images by the activation of each unit, (C, bins), and the edges of the bins (bins + 1,)."""

    counts: NDArray[np.int64]
    edges: Floats


def activation_histogram(codes: Floats, bins: int = 50) -> Histogram:
    """Return the distribution of each unit's activation over images (N, C); all units have the same bins.

    They reach from 0 to 1 where all activations do, else from the smallest to the largest; each bin but the last is
    without its upper edge.
    """
    low, high = float(codes.min()), float(codes.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    counts = np.stack([np.histogram(unit, edges)[0] for unit in codes.T])
    return Histogram(counts.astype(np.int64), edges.astype(np.float32))
