"""What can be wrong with an autoencoder, and with a classifier made of one."""

from __future__ import annotations

from explorer.analysis.findings.finding import Figures, Finding
from explorer.models.config import ModelConfig

MANY_UNITS = 0.1  # share of the code units
MOSTLY_FLAT = 0.9  # share of the code's values
WIDE_GAP = 1.5  # error of test images, in those of training images
WIDE_CLASS_GAP = 0.1  # share of wrong answers


def autoencoder_findings(config: ModelConfig, figures: Figures) -> list[Finding]:
    """Return what is wrong."""
    found = [_constant(figures), _saturated(config, figures), _overfitting(figures), _too_wide(config, figures)]
    return [finding for finding in found if finding]


def classifier_findings(config: ModelConfig, figures: Figures) -> list[Finding]:  # noqa: ARG001
    """Return what is wrong with a classifier."""
    test, train = figures.get("error", 0.0), figures.get("error_train", 0.0)
    if test - train < WIDE_CLASS_GAP:
        return []
    seen = f"**{test:.1%}** of the test images are classified wrongly, and {train:.1%} of those it was trained on."
    why = "It has learned its labelled images by heart."
    return [Finding("Overfitting", seen, why, "Take more labels, or start from pre-trained layers.")]


def _constant(figures: Figures) -> Finding | None:
    share = figures.get("constant_units", 0.0)
    if share < MANY_UNITS:
        return None
    seen = f"**{share:.0%}** of the code units have the same value for all test images."
    why = "They say nothing of an image, so that the code is in truth that much smaller."
    return Finding("Dead units", seen, why, "Take a smaller learning rate, a weaker penalty, or fewer units.")


def _saturated(config: ModelConfig, figures: Figures) -> Finding | None:
    share = figures.get("saturated_code", 0.0)
    if share < MOSTLY_FLAT or config.kind == "sparse":  # which is asked for zeros
        return None
    seen = f"**{share:.0%}** of the code's values lie where the activation is flat."
    why = "The code is little more than zeros and ones, and hardly any gradient passes through it."
    return Finding("Saturated code", seen, why, "Take a smaller learning rate, or a linear code.")


def _overfitting(figures: Figures) -> Finding | None:
    test, train = figures.get("reconstruction_error", 0.0), figures.get("reconstruction_error_train", 0.0)
    if not train or test < WIDE_GAP * train:
        return None
    seen = f"The error of test images is **{test / train:.1f}** times that of training images."
    why = "The model copies the images that it was trained on better than others of the same sort."
    return Finding("Overfitting", seen, why, "Take more images, a smaller code, or an earlier epoch.")


def _too_wide(config: ModelConfig, figures: Figures) -> Finding | None:
    rank, size = figures.get("data_rank"), getattr(config, "code_size", 0)
    if not rank or size <= rank or _is_overcomplete(config):
        return None
    seen = f"The training images vary in **{rank:.0f}** directions, and the code has {size} units."
    why = f"A linear code of {rank:.0f} units copies them without any error, and PCA has no more components."
    return Finding("Code larger than the data", seen, why, f"Take {rank:.0f} code units at the most.")


def _is_overcomplete(config: ModelConfig) -> bool:
    """Whether the kind's codes are meant to be large, held back by noise or a penalty."""
    return config.kind in ("denoising", "contractive", "sparse", "pretraining")
