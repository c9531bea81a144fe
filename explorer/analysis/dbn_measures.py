"""What is measured of deep belief networks while they train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.analysis.ais import bracket_log_partition
from explorer.analysis.bounds import nested_bounds
from explorer.analysis.deep_likelihood import exact_log_likelihood, importance_weights
from explorer.analysis.findings.boltzmann import boltzmann_findings
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.gibbs import random_states
from explorer.analysis.likelihood import exact_log_partition
from explorer.analysis.log_z_version import VERSION_OF_LOG_Z
from explorer.analysis.measures import Contrast, Heavy, Measures, Metric, Pulse, TestBed
from explorer.analysis.rbm_measures import (
    EFFECTIVE_CHAINS,
    ERROR_IN_TRAINING,
    LOG_Z,
    SAMPLE,
    TRAIN_SAMPLE,
    UNITS,
    of_all,
    of_bracket,
    units_and_gap,
)
from explorer.models.dbn import DBN, Level
from explorer.models.sampling import binarize
from explorer.plots.tiles import Picture, quantize, reach, tile_picture

LIKELIHOOD = (
    "likelihood_bound",
    "likelihood_bound_error",
    "likelihood_bound_reverse",
    "likelihood_bound_50",
    "log_likelihood",
    "effective_chains",
    VERSION_OF_LOG_Z,
)
EXACT_UNITS = 20  # a side of the top RBM, and…
EXACT_BELOW = 12  # … hidden units below the top layer that are enumerated at each snapshot
BOUND_SAMPLES, BOUND_IMAGES = 50, 500  # of the tighter bound
PICTURED, PICTURE_STEPS, PICTURE_SHARE_ON = 100, 200, 0.1


class DBNMeasures(Measures):
    """Reconstruction error and activity each epoch; the variational bound of the log-likelihood is heavy."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "reconstruction_error",
            "Reconstruction error (test)",
            "squared error per image",
            "Σ over pixels of (pixel − reconstruction)²: up to the top, CD-k's steps there, and down again.",
        ),
        ERROR_IN_TRAINING,
        Metric(
            "likelihood_bound",
            "Likelihood bound (test)",
            "nats per image",
            "The model is at least so good: log p(image) ≥ E[log p(image, h) − log q(h | image)], with h from the way "
            "up, pixels sampled from the grey values, log Z of the top RBM exact or by AIS.",
            error="likelihood_bound_error",
            lower="likelihood_bound_reverse",
        ),
        Metric(
            "likelihood_bound_error",
            "Interval of the bound, ±",
            "nats",
            "Half of a 95 % interval of log Z, by AIS; 0 where exact. None where the estimates from the two sides are "
            "more than a nat apart.",
        ),
        Metric(
            "likelihood_bound_reverse",
            "Bound by reverse AIS (test)",
            "nats per image",
            "With log Z estimated from the other side, as far as its chains have found all modes.",
        ),
        EFFECTIVE_CHAINS,
        LOG_Z,
        Metric(
            "likelihood_bound_50",
            "Tighter bound, 50 samples",
            "nats per image",
            "The mean of 50 weights takes the place of one. How much this gains is measured on "
            f"{BOUND_IMAGES} of the images.",
            beside="likelihood_bound",
        ),
        Metric(
            "log_likelihood",
            "Log-likelihood",
            "nats per image",
            f"log p(image) itself, by summing over all states of up to {EXACT_BELOW} hidden units below the top. Its "
            f"lead over the bound is measured on {BOUND_IMAGES} of the images.",
            beside="likelihood_bound",
        ),
        Metric(
            "free_energy_gap",
            "Free-energy gap of the top RBM",
            "nats per image",
            "Mean free energy of what test images become below the top layer, minus that of training images: grows "
            "when the top layer overfits.",
        ),
        Metric("top_on", "Top units on", "share", "Mean of p(h = 1) in the top layer over test images and units."),
        *UNITS,
    )
    headline = ("reconstruction_error", "likelihood_bound")
    contrast = Contrast(
        "Copying against modelling",
        "reconstruction_error",
        "likelihood_bound",
        "One point for each snapshot from epoch 1 on. Up is a better model, left a better copy.",
    )

    def _each_epoch(self, model: DBN, bed: TestBed) -> dict[str, float]:
        """Return the figures that need no partition function, on some training and test images."""
        test, train = bed.test[:SAMPLE], bed.train[:TRAIN_SAMPLE]
        top = [model.up(model.observe(x, bed.generator), bed.generator)[-1] for x in (test, train)]  # below it
        driven = [model.top.hidden_input(h) for h in top]
        gap = model.top.free_energy(top[0], driven[0]).mean() - model.top.free_energy(top[1], driven[1]).mean()
        return {
            "reconstruction_error": _error(model, test, top[0], bed),
            "reconstruction_error_train": _error(model, train, top[1], bed),
            "free_energy_gap": float(gap),
            "top_on": float(model.top.hidden.mean(driven[0]).mean()),
        }

    def heavy(self, config: Any) -> tuple[Heavy, ...]:  # noqa: ARG002
        """Return what the top units do, and the bounds of the log-likelihood."""
        units = Heavy("units", tuple(metric.name for metric in UNITS), self._units)
        return units, Heavy("likelihood", LIKELIHOOD, self._likelihood, long=True)

    def _units(self, model: DBN, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        pulse()
        test, train = (model.up(model.observe(x, bed.generator), bed.generator)[-1] for x in of_all(bed))
        return units_and_gap(model.top, test, train)

    def _found(self, config: Any, figures: Figures) -> list[Finding]:
        return boltzmann_findings(config, figures)

    def _likelihood(self, model: DBN, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        """Return bounds of the mean log-likelihood of stochastic test pixels, and where it is cheap the exact one.

        L₅₀ and the exact value are the bound of all images plus what they gain on some, with the same pixels and draws:
        images differ by far more than the figures do. With no more images than that, they are the plain means.
        """
        v = binarize(bed.test, "sample", bed.generator)
        weights = importance_weights(model, v[:BOUND_IMAGES], BOUND_SAMPLES, bed.generator, pulse)
        others = importance_weights(model, v[BOUND_IMAGES:], 1, bed.generator, pulse)
        bound_1, bound_50 = nested_bounds(weights, (1, BOUND_SAMPLES))
        bound = float(torch.cat([bound_1, others[0]]).mean())  # plus log Z of the top RBM, as yet
        figures = _less_log_partition(model, bound, bed, pulse)
        figures["likelihood_bound_50"] = figures["likelihood_bound"] + float((bound_50 - bound_1).mean())
        if sum(level.W.shape[1] for level in model.levels) <= EXACT_BELOW:
            log_z = bound - figures["likelihood_bound"]
            lead = exact_log_likelihood(model, v[:BOUND_IMAGES], pulse) - (bound_1 - log_z)
            figures["log_likelihood"] = figures["likelihood_bound"] + float(lead.mean())
        return figures

    def histograms(self, model: DBN, bed: TestBed) -> dict[str, Tensor]:
        """Return all weights and biases, and the top layer's probabilities of test images."""
        v = model.observe(bed.test[:SAMPLE], bed.generator)
        return model.state() | {"top_probability": model.mean_top(v, bed.generator)}

    def pictures(self, model: DBN, bed: TestBed) -> dict[str, Picture]:
        """Return 100 samples from the same random start at each epoch, and the top weights projected down to pixels."""
        samples = dream(model, bed.generator.device).reshape(-1, *bed.shape).cpu().numpy()
        tiles = projected_weights(model).T[:PICTURED].reshape(-1, *bed.shape).cpu().numpy()
        limit = reach(tiles)
        return {
            "samples": Picture(tile_picture(quantize(samples, 0, 1)), "pixels"),
            "projected_weights": Picture(tile_picture(quantize(tiles, -limit, limit)), "signed"),
        }


class FineTunedMeasures(DBNMeasures):
    """The same, and how far the weights up and down have parted."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        *DBNMeasures.metrics,
        Metric(
            "weight_asymmetry",
            "Recognition and generation apart",
            "share",
            "How far a hidden unit's weights up, R, have left its weights down, W′: ‖R − W′‖ / ‖W′‖, mean over the "
            "units. 0 where fine-tuning starts.",
        ),
    )

    def _each_epoch(self, model: DBN, bed: TestBed) -> dict[str, float]:
        """Return what is measured of every DBN, and the asymmetry."""
        return super()._each_epoch(model, bed) | {"weight_asymmetry": weight_asymmetry(model)}


def weight_asymmetry(model: DBN) -> float:
    """Return the mean over all hidden units below the top layer of ‖R − W′‖ / ‖W′‖ of the weights up and down."""
    return float(torch.cat([asymmetry(level) for level in model.levels]).mean())


def asymmetry(level: Level) -> Tensor:
    """Return ‖R − W′‖ / ‖W′‖ of each hidden unit of a level, (H,); a unit without weights is symmetric."""
    tiny = torch.finfo(torch.float32).tiny
    share: Tensor = (level.W - level.G).norm(dim=0) / level.G.norm(dim=0).clamp_min(tiny)
    return share


def spread(figures: Sequence[NDArray[np.floating]]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the median and the largest of the units' figures (H,) at each of N epochs, (N,) each."""
    together = np.stack(figures)
    return np.asarray(np.median(together, axis=1)), np.asarray(together.max(axis=1))


def projected_weights(model: DBN) -> Tensor:
    """Return the top units' weights as they reach the pixels through all downward weights, W₁ W₂ …, as (V, H)."""
    product = model.top.W
    for level in reversed(model.levels):
        product = level.G @ product
    return product


def dream(model: DBN, device: torch.device) -> Tensor:
    """Return pixel probabilities (100, V) after 200 Gibbs steps of the top RBM from random states with 10 % on."""
    draws = torch.Generator(device).manual_seed(0)
    h = random_states(model.top, PICTURED, PICTURE_SHARE_ON, draws)
    below_top, _ = model.top.gibbs(draws, h=h, steps=PICTURE_STEPS)
    return model.down(below_top, draws)


def _error(model: DBN, pixels: Tensor, below_top: Tensor, bed: TestBed) -> float:
    """Return Σ (pixel − reconstruction)² per image, against the grey values, from the states below the top layer."""
    h, _ = model.top.gibbs(bed.generator, v=below_top, steps=bed.config.cd_k)
    return float((model.down(h, bed.generator) - pixels / 255).square().sum(dim=1).mean())


def _less_log_partition(model: DBN, bound: float, bed: TestBed, pulse: Pulse) -> dict[str, float]:
    """Return the figures of a bound (nats) less log Z of the top RBM, exact or by AIS."""
    top = model.top
    if min(top.n_visible, top.n_hidden) <= EXACT_UNITS:
        return {"likelihood_bound": bound - exact_log_partition(top, pulse), "likelihood_bound_error": 0.0}
    states = model.up(binarize(bed.train[:SAMPLE], "sample", bed.generator), bed.generator)[-1]
    return of_bracket("likelihood_bound", bound, bracket_log_partition(top, states, bed.generator, pulse))


MEASURES = DBNMeasures()
FINE_TUNED_MEASURES = FineTunedMeasures()
