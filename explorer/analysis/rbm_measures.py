"""What is measured of an RBM while it trains."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from explorer.analysis.activation import ALWAYS_ON_ABOVE, DEAD_BELOW
from explorer.analysis.ais import Bracket, bracket_log_partition
from explorer.analysis.findings.boltzmann import boltzmann_findings
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.likelihood import (
    enumerable_units,
    exact_log_partition,
    log_likelihood,
    pseudo_likelihood,
)
from explorer.analysis.log_z_version import LOG_Z_ESTIMATOR, VERSION_OF_LOG_Z
from explorer.analysis.measures import Contrast, Heavy, Measures, Metric, Pulse, TestBed
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.sampling import binarize
from explorer.plots.tiles import Picture, quantize, reach, tile_picture

MOST_TRAINING_IMAGES = 20_000  # of the figures that are told of all images
SAMPLE, TRAIN_SAMPLE = 2_000, 1_000  # test and training images of the figures measured at each epoch
EXACT_UNITS = 20  # enumerated at each snapshot in some seconds; AIS takes over above

LIKELIHOOD = (
    "log_likelihood",
    "log_likelihood_error",
    "log_likelihood_reverse",
    "effective_chains",
    VERSION_OF_LOG_Z,
)
EFFECTIVE_CHAINS = Metric(
    "effective_chains",
    "Effective chains of AIS",
    "chains",
    "How many of some thousand annealed chains carry the estimate of log Z, (Σw)² / Σw² of their weights: a few tens "
    "are enough, and with less than ten its interval is a guess.",
)
LOG_Z = Metric(
    VERSION_OF_LOG_Z,
    "Version of the estimator of log Z",
    "",
    "Figures by another version are not shown beside these.",
    charted=False,
)
ERROR_IN_TRAINING = Metric(
    "reconstruction_error_train",
    "Reconstruction error (training)",
    "squared error per image",
    f"The same on {TRAIN_SAMPLE:,} training images.",
    beside="reconstruction_error",
)
FREE_ENERGY_GAP = Metric(
    "free_energy_gap",
    "Free-energy gap",
    "nats per image",
    f"Mean free energy of {SAMPLE:,} test images minus that of {TRAIN_SAMPLE:,} training images: grows when the model "
    "overfits. Its level is an accident of which images these are; that of all images says more.",
)
HIDDEN_ON = Metric("hidden_on", "Hidden units on", "share", "Mean of p(h = 1 | v) over test images and units.")
UNITS = (
    Metric("dead_units", "Dead units", "share", "Hidden units that are on for less than 1 % of the test images."),
    Metric("always_on_units", "Units always on", "share", "On for more than 99 % of them.", beside="dead_units"),
    Metric(
        "free_energy_gap_all",
        "Free-energy gap of all images",
        "nats per image",
        f"The same of all test images and up to {MOST_TRAINING_IMAGES:,} training images from all over their set, at "
        "snapshots.",
        error="free_energy_gap_error",
    ),
    Metric("free_energy_gap_error", "Standard error of the gap", "nats", "Of the difference of the two means."),
)


class RBMMeasures(Measures):
    """Reconstruction error, pseudo-likelihood and free energies each epoch; the log-likelihood is heavy."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "reconstruction_error",
            "Reconstruction error (test)",
            "squared error per image",
            "Σ over pixels of (pixel − reconstruction)², with one hidden sample; what training does not minimise.",
        ),
        ERROR_IN_TRAINING,
        Metric(
            "pseudo_likelihood",
            "Pseudo-likelihood (test)",
            "nats per image",
            "Σ over pixels of log p(pixel | all other pixels): cheap, and no likelihood.",
        ),
        Metric(
            "log_likelihood",
            "Log-likelihood (test)",
            "nats per image",
            "log p(image) of the test images, their pixels sampled from the grey values; log Z exact or by AIS.",
            error="log_likelihood_error",
            lower="log_likelihood_reverse",
        ),
        Metric(
            "log_likelihood_error",
            "Interval of the log-likelihood, ±",
            "nats",
            "Half of a 95 % interval of log Z, by AIS; 0 where exact. None where the estimates from the two sides are "
            "more than a nat apart.",
        ),
        Metric(
            "log_likelihood_reverse",
            "Log-likelihood by reverse AIS (test)",
            "nats per image",
            "With log Z estimated from the other side, as far as its chains have found all modes.",
        ),
        EFFECTIVE_CHAINS,
        LOG_Z,
        FREE_ENERGY_GAP,
        HIDDEN_ON,
        *UNITS,
    )

    headline = ("reconstruction_error", "log_likelihood")
    contrast = Contrast(
        "Reconstruction error is not likelihood",
        "reconstruction_error",
        "log_likelihood",
        "One point for each snapshot from epoch 1 on. Up is a better model, left a better copy.",
    )

    def _each_epoch(self, model: RBM, bed: TestBed) -> dict[str, float]:
        """Return the figures that need no partition function, on some training and test images."""
        figures, test, driven = copying(model, bed)
        if not model.sees.binary:
            test = binarize(bed.test[:SAMPLE], "sample", bed.generator)
            driven = model.hidden_input(test)
        return figures | {"pseudo_likelihood": float(pseudo_likelihood(model, test, bed.generator, driven).mean())}

    def heavy(self, config: RBMConfig) -> tuple[Heavy, ...]:  # noqa: ARG002
        """Return what units do, and the log-likelihood."""
        return HEAVY_UNITS, Heavy("likelihood", LIKELIHOOD, self._likelihood, long=True)

    def _found(self, config: RBMConfig, figures: Figures) -> list[Finding]:
        return boltzmann_findings(config, figures)

    def _likelihood(self, model: RBM, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        """Return the mean log-likelihood of stochastic test pixels: exact up to 20 units on a side, else by AIS."""
        v = binarize(bed.test, "sample", bed.generator)
        mean = float(log_likelihood(model, v, 0.0).mean())
        if enumerable_units(model) <= EXACT_UNITS:
            return {"log_likelihood": mean - exact_log_partition(model, pulse), "log_likelihood_error": 0.0}
        states = binarize(bed.train[:SAMPLE], "sample", bed.generator)
        return of_bracket("log_likelihood", mean, bracket_log_partition(model, states, bed.generator, pulse))

    def histograms(self, model: RBM, bed: TestBed) -> dict[str, Tensor]:
        """Return W, a, b and the hidden probabilities of test images."""
        hidden = model.mean_hidden(model.observe(bed.test[:SAMPLE], bed.generator))
        return model.state() | {"hidden_probability": hidden}

    def pictures(self, model: RBM, bed: TestBed) -> dict[str, Picture]:
        """Return the first 100 weight tiles."""
        return {"weights": weight_picture(model, bed)}


def of_bracket(name: str, mean: float, log_z: Bracket) -> dict[str, float]:
    """Return the figures of a mean (nats) less log Z by AIS, under the name of the metric; no ± where it means none."""
    figures = {name: mean - log_z.forward, f"{name}_reverse": mean - log_z.reverse}
    figures |= {} if log_z.interval is None else {f"{name}_error": log_z.interval}
    return figures | {"effective_chains": log_z.effective, VERSION_OF_LOG_Z: float(LOG_Z_ESTIMATOR)}


def weight_picture(model: RBM, bed: TestBed) -> Picture:
    """Return the first 100 weight tiles of an RBM on pixels."""
    tiles = model.W.T[:100].reshape(-1, *bed.shape).cpu().numpy()
    limit = reach(tiles)
    return Picture(tile_picture(quantize(tiles, -limit, limit)), "signed")


def copying(model: RBM, bed: TestBed) -> tuple[dict[str, float], Tensor, Tensor]:
    """Return what any RBM's copies and free energies of images tell, and the test images as seen and their input.

    One product drives the hidden units of all figures: they have to cost far less than an epoch of few images.
    """
    test, train = bed.test[:SAMPLE], bed.train[:TRAIN_SAMPLE]
    v_test, v_train = (model.observe(x, bed.generator) for x in (test, train))
    of_test, of_train = model.hidden_input(v_test), model.hidden_input(v_train)
    gap = model.free_energy(v_test, of_test).mean() - model.free_energy(v_train, of_train).mean()
    figures = {
        "reconstruction_error": _squared_error(model, test, of_test, bed.generator),
        "reconstruction_error_train": _squared_error(model, train, of_train, bed.generator),
        "free_energy_gap": float(gap),
        "hidden_on": float(model.hidden.mean(of_test).mean()),
    }
    return figures, v_test, of_test


def units_and_gap(machine: RBM, v_test: Tensor, v_train: Tensor) -> dict[str, float]:
    """Return the figures of `UNITS` of an RBM's visible states, (N, V) and (M, V)."""
    of_test, of_train = machine.hidden_input(v_test), machine.hidden_input(v_train)
    frequency = machine.hidden.mean(of_test).mean(dim=0)
    test, train = machine.free_energy(v_test, of_test), machine.free_energy(v_train, of_train)
    return {
        "dead_units": float((frequency < DEAD_BELOW).float().mean()),
        "always_on_units": float((frequency > ALWAYS_ON_ABOVE).float().mean()),
        "free_energy_gap_all": float(test.mean() - train.mean()),
        "free_energy_gap_error": float((test.var() / len(test) + train.var() / len(train)).sqrt()),
    }


def of_all(bed: TestBed) -> tuple[Tensor, Tensor]:
    """Return the bytes of all test images, and of twenty thousand training images at most, from all over their set."""
    return bed.test, bed.train[:: math.ceil(len(bed.train) / MOST_TRAINING_IMAGES)]


def _units(model: RBM, bed: TestBed, pulse: Pulse) -> dict[str, float]:
    pulse()
    v_test, v_train = (model.observe(pixels, bed.generator) for pixels in of_all(bed))
    return units_and_gap(model, v_test, v_train)


HEAVY_UNITS = Heavy("units", tuple(metric.name for metric in UNITS), _units)


def _squared_error(model: RBM, pixels: Tensor, hidden_input: Tensor, generator: torch.Generator) -> float:
    """Return Σ (pixel − reconstruction)² per image, against the grey values of bytes (B, V)."""
    h = model.hidden.sample(model.hidden.mean(hidden_input), generator)
    return float((model.picture(model.mean_visible(h)) - pixels / 255).square().sum(dim=1).mean())


MEASURES = RBMMeasures()
