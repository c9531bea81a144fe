"""What can be wrong with a generative adversarial network."""

from __future__ import annotations

import math

from explorer.analysis.findings.finding import Figures, Finding
from explorer.models.config import ModelConfig

CLASSES = 10
LOW_ENTROPY = 1.8  # nats: as if 6 of the ten digits were drawn; 500 real ones, however chosen, have 2.27 or more
MANY_DUPLICATES = 0.25  # of real images it is 0.01
NEARLY_ALWAYS_RIGHT = 0.98  # of D's decisions in training; 0.5 is guessing
SURE_OF_REAL, SURE_OF_GENERATED = 0.98, 0.02  # means of D(x) and D(G(z))


def adversarial_findings(config: ModelConfig, figures: Figures) -> list[Finding]:  # noqa: ARG001
    """Return what is wrong."""
    found = [_collapse(figures), _saturation(figures)]
    return [finding for finding in found if finding]


def _collapse(figures: Figures) -> Finding | None:
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
    if not reasons:
        return None
    seen = "; ".join(reasons)
    why = "Nothing in the game asks for variety: the discriminator looks at each image alone."
    remedy = "Take an earlier epoch, batch normalisation, or a smaller learning rate of D."
    return Finding("Mode collapse", f"{seen[0].upper()}{seen[1:]}.", why, remedy)


def _saturation(figures: Figures) -> Finding | None:
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
    seen = " and ".join(reasons)
    why = "An answer that is sure whatever the generator tries teaches it little."
    remedy = "Take a smaller learning rate of D, label smoothing, or more updates of G."
    return Finding("Saturated discriminator", f"{seen[0].upper()}{seen[1:]}.", why, remedy)


def _digits(effective: float) -> str:
    return "one of the ten digits" if effective < 1.5 else f"{effective:.0f} of the ten digits"
