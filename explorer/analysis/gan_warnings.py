"""When a generative adversarial network has gone wrong, told from the figures of one epoch.

The thresholds leave much room: what a network does on its way should not be called a failure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

CLASSES = 10
LOW_ENTROPY = 1.8  # nats: as if 6 of the ten digits were drawn; 500 real ones, however chosen, have 2.27 or more
MANY_DUPLICATES = 0.25  # of real images it is 0.01
NEARLY_ALWAYS_RIGHT = 0.98  # of D's decisions in training; 0.5 is guessing
SURE_OF_REAL, SURE_OF_GENERATED = 0.98, 0.02  # means of D(x) and D(G(z))


class Finding(NamedTuple):
    """What is wrong, and how it shows, in Markdown."""

    name: str
    reason: str


def gan_findings(figures: Mapping[str, float], epoch: int) -> list[Finding]:
    """Return what is wrong after an epoch, given its figures by the names of their metrics.

    Before the first epoch nothing has gone wrong yet. A figure that is missing, or not a number, says nothing.
    """
    known = {name: value for name, value in figures.items() if not math.isnan(value)}
    found = [_collapse(known), _saturation(known)] if epoch >= 1 else []
    return [finding for finding in found if finding]


def _collapse(figures: Mapping[str, float]) -> Finding | None:
    """Return whether the generator draws only few different images."""
    reasons = []
    entropy, duplicates = figures.get("class_entropy", math.inf), figures.get("duplicates", 0.0)
    if entropy < LOW_ENTROPY:
        reasons.append(
            f"the classes seen in the samples have an entropy of **{entropy:.2f}** nats, as if only "
            f"{_digits(math.exp(entropy))} were drawn (all ten equally often: {math.log(CLASSES):.2f})"
        )
    if duplicates > MANY_DUPLICATES:
        reasons.append(f"**{duplicates:.0%}** of the samples are nearly the same image as another (real digits: 1%)")
    return Finding("Mode collapse", "; ".join(reasons)) if reasons else None


def _saturation(figures: Mapping[str, float]) -> Finding | None:
    """Return whether the discriminator has won, so that its answers say little about how to improve an image."""
    accuracy = figures.get("discriminator_accuracy_train", 0.0)
    real, generated = figures.get("real_probability", 0.0), figures.get("generated_probability", 1.0)
    reasons = []
    if accuracy > NEARLY_ALWAYS_RIGHT:
        reasons.append(f"in training **{accuracy:.1%}** of its decisions are right")
    if real > SURE_OF_REAL and generated < SURE_OF_GENERATED:
        reasons.append(f"on average it gives test images **{real:.3f}** and samples **{generated:.3f}**")
    if not reasons:
        return None
    lesson = ". An answer that is sure whatever the generator tries teaches it little"
    return Finding("Saturated discriminator", " and ".join(reasons) + lesson)


def _digits(effective: float) -> str:
    return "one of the ten digits" if effective < 1.5 else f"{effective:.0f} of the ten digits"
