"""What a finding is, and those that every kind of model can have.

It is told from the figures of one epoch, by the names of their metrics, and from the config. Thresholds leave much
room: what a model does on its way should not be called a failure. A figure that is missing says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Figures = Mapping[str, float]

HUGE_WEIGHT = 100.0  # no model that has learned something has one above 25


class Finding(NamedTuple):
    """What is wrong with a model: what is seen, with its number; why that is; what to change. Sentences in Markdown."""

    name: str
    seen: str
    why: str
    remedy: str

    @property
    def text(self) -> str:
        """All of it."""
        return f"**{self.name}**: {self.seen} {self.why} {self.remedy}"


def not_finite(titles: list[str]) -> list[Finding]:
    """Return the finding that figures, by their titles, are infinite or not a number."""
    if not titles:
        return []
    seen = f"{', '.join(titles)} cannot be computed: infinite, or not a number."
    why = "Somewhere on the way numbers have grown beyond what a computer can hold."
    return [Finding("Not a number", seen, why, "Train it again with a smaller learning rate.")]


def exploding(figures: Figures) -> list[Finding]:
    """Return the finding that weights grow without bound."""
    largest = figures.get("largest_weight", 0.0)
    if largest < HUGE_WEIGHT:
        return []
    seen = f"The largest weight is **{largest:,.0f}**."
    why = "Updates that overshoot make the next ones larger, until numbers end."
    return [Finding("Exploding weights", seen, why, "Train it again with a smaller learning rate or weight decay.")]


def nothing_to_learn(figures: Figures) -> list[Finding]:
    """Return the finding that all training images are the same."""
    if figures.get("varying_pixels", 1.0) > 0:
        return []
    seen, why = "All training images are the same.", "There is nothing in them that a model could tell apart."
    return [Finding("Constant data", seen, why, "Take another data set.")]
