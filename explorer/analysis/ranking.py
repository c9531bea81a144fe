"""Orders of units, images and classes by a figure of each."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.number]


def largest_first(values: Numbers) -> NDArray[np.int64]:
    """Return the places of values (N,), the largest first and NaN last; equal ones keep their order."""
    return np.argsort(-values.astype(np.float64), kind="stable")


def rank_of(values: Numbers, place: int) -> int:
    """Return which rank the value at a place of (N,) has, 1 for the largest."""
    return int((values > values[place]).sum()) + 1


def unit_norms(W: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the Euclidean norm of the weights of each unit, (inputs, H) → (H,)."""
    return np.asarray(np.linalg.norm(W, axis=0))


def counts_of(values: NDArray[np.integer], least: int = 0) -> NDArray[np.int64]:
    """Return how often each of 0, 1, … is among natural numbers (N,): `least` counts, or as many as it takes."""
    return np.bincount(values, minlength=least)


def falling(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return values (N,), the largest first."""
    return np.sort(values)[::-1]


def shares(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return counts (N,) as shares of their sum."""
    return np.asarray(counts / counts.sum())


def times_apart(a: float, b: float) -> float:
    """Return |ln(a / b)| of two positive numbers: how far they are apart by their ratio."""
    return abs(math.log(a / b))
