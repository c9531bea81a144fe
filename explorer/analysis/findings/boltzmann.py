"""What can be wrong with an RBM, or with the top RBM of a deep belief network."""

from __future__ import annotations

from explorer.analysis.findings.finding import Figures, Finding
from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig

MANY_UNITS = 0.2  # share of the hidden units
WIDE_GAP = 5.0  # nats of free energy, and…
SURE_GAP = 5.0  # … standard errors of it: the two sets differ by chance, too


def boltzmann_findings(config: ModelConfig, figures: Figures) -> list[Finding]:
    """Return what is wrong."""
    found = [_dead(config, figures), _always_on(figures), _overfitting(figures), _real_values(config)]
    return [finding for finding in found if finding]


def _dead(config: ModelConfig, figures: Figures) -> Finding | None:
    share = figures.get("dead_units", 0.0)
    if share < MANY_UNITS:
        return None
    seen = f"**{share:.0%}** of the hidden units are on for less than 1 % of the test images."
    if getattr(getattr(config, "base", config), "tied_start", False):
        why = (
            "With a tied start a top unit begins as one two layers below, such as a pixel of the margin, as seldom on."
        )
        return Finding("Dead units", seen, why, "The learning rate is not at fault. A random start has fewer of them.")
    why = "A unit that is never on says nothing of an image, and its weights hardly change any more."
    return Finding("Dead units", seen, why, "Take a smaller learning rate, or fewer units.")


def _always_on(figures: Figures) -> Finding | None:
    share = figures.get("always_on_units", 0.0)
    if share < MANY_UNITS:
        return None
    seen = f"**{share:.0%}** of the hidden units are on for more than 99 % of the test images."
    why = "A unit that is always on only adds its weights to the biases of the visible units."
    return Finding("Units always on", seen, why, "Take the centred gradient, or train it longer.")


def _overfitting(figures: Figures) -> Finding | None:
    gap, error = figures.get("free_energy_gap_all", 0.0), figures.get("free_energy_gap_error", 0.0)
    if gap < max(WIDE_GAP, SURE_GAP * error):
        return None
    seen = f"The free energy of test images is **{gap:.1f}** nats above that of training images."
    why = (
        "The model finds images that it was trained on more probable than others of the same sort; two sets differ a "
        "little by themselves, too."
    )
    return Finding("Overfitting", seen, why, "Take more images, fewer units, weight decay, or an earlier epoch.")


def _real_values(config: ModelConfig) -> Finding | None:
    if not CATALOGUE[config.dataset].real_valued or config.kind == "gaussian-rbm":
        return None
    seen = "The data are real numbers, and this model's visible units are binary."
    why = "It takes each number as the probability of a 1 and learns how often the coins fall, not where points lie."
    return Finding("Binary model of real values", seen, why, "Take the Gaussian–Bernoulli RBM.")
