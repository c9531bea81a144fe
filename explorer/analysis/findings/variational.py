"""What can be wrong with a variational autoencoder."""

from __future__ import annotations

from explorer.analysis.findings.finding import Figures, Finding
from explorer.data.catalogue import CATALOGUE
from explorer.models.variational import VariationalConfig

WIDE_GAP = 0.04  # of the ELBO


def variational_findings(config: VariationalConfig, figures: Figures) -> list[Finding]:
    """Return what is wrong."""
    found = [_collapse(config, figures), _overfitting(figures), _no_prior(config), _no_bound(config)]
    found += [_real_values(config), _density_of_binary(config)]
    return [finding for finding in found if finding]


def _collapse(config: VariationalConfig, figures: Figures) -> Finding | None:
    if figures.get("active_latents", 1.0) > 0:
        return None
    seen = f"**None** of the {config.latent_size} latents tells anything of an image: their means hardly vary."
    why = "The KL term is lowest if q(z|x) is the prior whatever the image; the decoder then draws one mean image."
    remedy = "Take a smaller β, or wait: many models leave this state in the first epochs."
    return Finding("Posterior collapse", seen, why, remedy)


def _overfitting(figures: Figures) -> Finding | None:
    if "elbo" not in figures or "elbo_train" not in figures:
        return None
    gap = figures["elbo_train"] - figures["elbo"]
    if gap < WIDE_GAP * abs(figures["elbo"]):
        return None
    seen = f"The ELBO of test images is **{gap:.1f}** nats below that of training images."
    why = "The model finds images that it was trained on more probable than others of the same sort."
    return Finding("Overfitting", seen, why, "Take more images, fewer hidden units, or an earlier epoch.")


def _no_prior(config: VariationalConfig) -> Finding | None:
    if config.beta > 0:
        return None
    seen = "With **β = 0** nothing holds the latents near the prior."
    why = "This is an autoencoder with noise in its code: what is decoded from z ~ N(0, I) is no sample of a model."
    return Finding("No prior", seen, why, "Take a β above 0.")


def _no_bound(config: VariationalConfig) -> Finding | None:
    if config.importance_samples == 1 or config.beta == 1:
        return None
    seen = f"With β = **{config.beta:g}** and {config.importance_samples} importance samples no bound is maximised."
    why = "The weights p(x, z) / q(z|x) average to p(x) only if all three terms count alike."
    return Finding("No bound", seen, why, "Take β = 1, or one importance sample.")


def _real_values(config: VariationalConfig) -> Finding | None:
    if not CATALOGUE[config.dataset].real_valued or config.decoder == "gaussian":
        return None
    seen = "The data are real numbers, and the decoder gives each pixel the probability of a 1."
    why = "It learns how often coins fall, not where points lie."
    return Finding("Binary model of real values", seen, why, "Take a Gaussian decoder, with pixels: none.")


def _density_of_binary(config: VariationalConfig) -> Finding | None:
    if not config.misfits():
        return None
    seen = "The decoder gives densities, and the pixels are black or white."
    why = "A density of values that are only 0 or 1 has no upper bound: it grows as σ falls."
    return Finding("Density of binary pixels", seen, why, "Take pixels: none, or a Bernoulli decoder.")
