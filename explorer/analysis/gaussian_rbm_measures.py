"""What is measured of a Gaussian–Bernoulli RBM while it trains."""

from __future__ import annotations

from typing import ClassVar, cast

from torch import Tensor

from explorer.analysis.findings.boltzmann import boltzmann_findings
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.likelihood import exact_log_partition, log_likelihood
from explorer.analysis.measures import Contrast, Heavy, Measures, Metric, Pulse, TestBed
from explorer.analysis.rbm_measures import (
    ERROR_IN_TRAINING,
    EXACT_UNITS,
    FREE_ENERGY_GAP,
    HEAVY_UNITS,
    HIDDEN_ON,
    SAMPLE,
    UNITS,
    copying,
    weight_picture,
)
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.observation import Standardised
from explorer.models.rbm import RBM
from explorer.models.units import Gaussian
from explorer.plots.tiles import Picture


class GaussianRBMMeasures(Measures):
    """Reconstruction error, free energies and noise each epoch; the density of test images at snapshots."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "reconstruction_error",
            "Reconstruction error (test)",
            "squared error per image",
            "Σ over pixels of (pixel − mean of its reconstruction)², with one hidden sample.",
        ),
        ERROR_IN_TRAINING,
        Metric(
            "log_likelihood",
            "Log-density (test)",
            "nats per image",
            "log p of the test images as real values from 0 to 1: a density, so that it may be above 0, and not to be "
            "compared with a probability of binary pixels. log Z by a sum over all hidden states.",
        ),
        FREE_ENERGY_GAP,
        HIDDEN_ON,
        Metric(
            "noise",
            "Noise of a pixel",
            "grey values",
            "σ, the standard deviation of every pixel around its mean given the hidden states; black is 0, white 1.",
        ),
        *UNITS,
    )
    headline = ("reconstruction_error", "log_likelihood")
    contrast = Contrast(
        "Copying against modelling",
        "reconstruction_error",
        "log_likelihood",
        "One point for each snapshot from epoch 1 on. Up is a better model, left a better copy.",
    )
    absent = (
        f"The log-density is counted exactly, which takes 2^H terms, up to {EXACT_UNITS} hidden units. With more there "
        "is no estimate to be trusted: annealed importance sampling and its reverse are tens of nats apart."
    )

    def _each_epoch(self, model: RBM, bed: TestBed) -> dict[str, float]:
        """Return the figures that need no partition function, on some training and test images."""
        noise = cast(Gaussian, model.visible).variance.sqrt() * cast(Standardised, model.sees).std
        return copying(model, bed)[0] | {"noise": float(noise)}

    def heavy(self, config: GaussianRBMConfig) -> tuple[Heavy, ...]:
        """Return what units do, and the log-density, where the hidden states can be counted."""
        density = Heavy("density", ("log_likelihood",), self._density, long=True)
        return (HEAVY_UNITS, density) if config.hidden_units <= EXACT_UNITS else (HEAVY_UNITS,)

    def _found(self, config: GaussianRBMConfig, figures: Figures) -> list[Finding]:
        return boltzmann_findings(config, figures)

    def _density(self, model: RBM, bed: TestBed, pulse: Pulse) -> dict[str, float]:  # noqa: ARG002
        """Return the mean log-density of test images per grey value.

        With v = (x − mean) / std, p(x) = p(v) / std^V.
        """
        density = log_likelihood(model, model.observe(bed.test, bed.generator), exact_log_partition(model)).mean()
        return {"log_likelihood": float(density) - model.n_visible * float(cast(Standardised, model.sees).std.log())}

    def histograms(self, model: RBM, bed: TestBed) -> dict[str, Tensor]:
        """Return the parameters and the hidden probabilities of test images."""
        hidden = model.mean_hidden(model.observe(bed.test[:SAMPLE], bed.generator))
        return model.state() | {"hidden_probability": hidden}

    def pictures(self, model: RBM, bed: TestBed) -> dict[str, Picture]:
        """Return the first 100 weight tiles."""
        return {"weights": weight_picture(model, bed)}


MEASURES = GaussianRBMMeasures()
