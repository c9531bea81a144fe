"""Whether a figure changes with a hyperparameter by more than seeds' noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

LEAST_SEEDS = 3  # below which nothing is said of noise
SEEDS_OF_INTERVAL = 5  # from which on the band is an interval of confidence
CONFIDENCE = 0.95
STANDARD_ERRORS = 2.0  # by which a mean difference has to exceed noise to be called an effect

Figures = Mapping[int, float]  # of one value of a hyperparameter, by seed


@dataclass(frozen=True)
class Spread:
    """The mean of a figure over seeds, and the ends of the band around it."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """What a figure gains between two values, as the mean of the differences within each seed."""

    difference: float
    standard_error: float
    seeds: int  # that have both

    @property
    def exceeds_noise(self) -> bool:
        """Whether the difference is more than two standard errors; without any noise, whether there is one at all."""
        return abs(self.difference) > STANDARD_ERRORS * self.standard_error

    @property
    def standard_errors(self) -> float:
        """The size of the difference in standard errors; infinite where all seeds agree to the last digit."""
        if self.standard_error:
            return abs(self.difference) / self.standard_error
        return math.inf if self.difference else 0.0


def spread(values: Sequence[float]) -> Spread:
    """Return the mean of a figure over seeds (N,) and its band: see `band_name`.

    The interval is Student's, mean ± t(0.975, N − 1) · s / √N.
    """
    mean = float(np.mean(values))
    if len(values) < SEEDS_OF_INTERVAL:
        return Spread(mean, min(values), max(values))
    half = stdtrit(len(values) - 1, 0.5 + CONFIDENCE / 2) * np.std(values, ddof=1) / math.sqrt(len(values))
    return Spread(mean, mean - float(half), mean + float(half))


def band_name(seeds: int) -> str:
    """Return what the band of so many seeds is, in words; nothing for one, which has none."""
    if seeds < 2:
        return ""
    return "from the lowest to the highest seed" if seeds < SEEDS_OF_INTERVAL else "a 95 % t-interval of the mean"


def effect(before: Figures, after: Figures) -> Effect | None:
    """Return the difference of a figure between two values, paired by seed; None below three seeds that have both."""
    both = sorted(before.keys() & after.keys())
    if len(both) < LEAST_SEEDS:
        return None
    differences = np.array([after[seed] - before[seed] for seed in both])
    return Effect(
        float(differences.mean()), float(differences.std(ddof=1) / math.sqrt(len(differences))), len(differences)
    )
