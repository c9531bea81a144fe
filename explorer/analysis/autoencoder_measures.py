"""What is measured of autoencoders while they train."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.autoencoder_pictures import PICTURED_IMAGES, paired, reconstructions, weight_pictures
from explorer.analysis.codes import LabelledCodes, knn_accuracy, probe_accuracy
from explorer.analysis.findings.autoencoder import autoencoder_findings
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.jacobian import jacobian_norm
from explorer.analysis.measures import Contrast, Heavy, Measures, Metric, Pulse, TestBed
from explorer.analysis.pca import (
    PrincipalComponents,
    angles_to_pca,
    decoder_subspace,
    has_linear_decoder,
    principal_components,
)
from explorer.analysis.sparsity import ON_ABOVE, sparsity
from explorer.arrays import Floats
from explorer.data.catalogue import load
from explorer.models.autoencoder import SLOPES, Activation, Autoencoder
from explorer.models.denoising import corrupt
from explorer.plots.tiles import Picture

AT_ONCE = 2_000  # images
SAMPLE, TRAIN_SAMPLE = 2_000, 1_000  # images of the figures of each epoch that are less than a run's result
JACOBIAN_IMAGES, JACOBIAN_WORK = 200, 10**10  # fewer images where it takes more multiply-adds: a second
PROBE_TRAIN, KNN_TEST = 10_000, 2_000  # images; with all 60,000 digits a probe tells 1.5 % more
BOUNDED: dict[Activation, float] = {"sigmoid": 0.5, "tanh": 0.0}  # with the value at which they are steepest
CONSTANT, FLAT = 0.01, 0.05
PROBE_STEPS = 30  # more change 0.1 %

ERROR = (
    Metric(
        "reconstruction_error",
        "Reconstruction error (test)",
        "squared error per image",
        "Σ over pixels of (grey value − reconstruction)².",
    ),
    Metric(
        "reconstruction_error_train",
        "Reconstruction error (training)",
        "squared error per image",
        f"The same on {TRAIN_SAMPLE:,} training images.",
        beside="reconstruction_error",
    ),
    Metric(
        "pca_error",
        "Error of PCA",
        "squared error per image",
        "By as many principal components of the training images as there are code units. A decoder of one layer with "
        "squared error gets no lower on the training images, whatever its code; one with non-linear layers can.",
        beside="reconstruction_error",
    ),
    Metric(
        "loss_train",
        "Loss (training)",
        "per image",
        "What is minimised, mean over the epoch: a squared error, or a cross-entropy in nats, with its penalty.",
        depends=("dataset", "loss"),
    ),
)
PENALTY = (
    Metric(
        "reconstruction_train",
        "Loss without the penalty (training)",
        "per image",
        "Mean over the epoch.",
        beside="loss_train",
    ),
    Metric("penalty_train", "Penalty (training)", "per image", "What is added to the loss; mean over the epoch."),
)
JACOBIAN = (
    Metric(
        "jacobian_norm",
        "Sensitivity of the code, ‖J‖",
        "code per pixel",
        "By how much codes change when pixels do: the norm of ∂code/∂pixels, mean over test images.",
    ),
)
USE = (
    Metric(
        "probe_accuracy",
        "Linear probe",
        "share",
        f"Test images whose class a logistic regression on the codes of {PROBE_TRAIN:,} training images tells.",
    ),
    Metric(
        "knn_accuracy",
        "Nearest neighbours",
        "share",
        f"The same, by a vote of the 5 nearest of these codes, on {KNN_TEST:,} test images.",
        beside="probe_accuracy",
    ),
)
CODE = (
    Metric("constant_units", "Constant code units", "share", "Units with the same value for all test images."),
    Metric(
        "saturated_code",
        "Saturated code",
        "share",
        "Values of the code at which its activation is less than a twentieth as steep as it can be.",
        beside="constant_units",
    ),
    Metric(
        "data_rank", "Directions of the data", "directions", "In which training images vary; of PCA.", charted=False
    ),
)


class AutoencoderMeasures(Measures):
    """Errors and the code's sensitivity each epoch; PCA's error and what the code is good for are heavy."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        *ERROR,
        *USE,
        *JACOBIAN,
        *CODE,
    )
    headline: ClassVar[tuple[str, ...]] = ("reconstruction_error", "probe_accuracy")
    contrast: ClassVar[Contrast | None] = Contrast(
        "Copying well against telling classes apart",
        "reconstruction_error",
        "probe_accuracy",
        "One point for each snapshot from epoch 1 on. Left is a better copy, up a code that tells the classes apart.",
    )

    absent = "Classes are told apart where images have labels of several classes."

    @torch.no_grad()
    def _each_epoch(self, model: Autoencoder, bed: TestBed) -> dict[str, float]:
        """Return the errors of all test and of some training images, and ‖J‖ at some images."""
        errors = {
            "reconstruction_error": reconstruction_error(model, bed.test),
            "reconstruction_error_train": reconstruction_error(model, bed.train[:TRAIN_SAMPLE]),
        }
        return errors | self._of_code(model, bed)

    def _of_code(self, model: Autoencoder, bed: TestBed) -> dict[str, float]:
        """Return what is measured of the code at each epoch."""
        return {"jacobian_norm": _mean_jacobian_norm(model, bed)}

    def heavy(self, config: Any) -> tuple[Heavy, ...]:  # noqa: ARG002
        """Return the error of as many principal components, and how well the code tells classes apart."""
        return (
            Heavy("pca", ("pca_error",), self._pca),
            Heavy("code", tuple(metric.name for metric in CODE), self._code),
            Heavy("use", tuple(metric.name for metric in USE), self._use),
        )

    @torch.no_grad()
    def _code(self, model: Autoencoder, bed: TestBed, pulse: Pulse) -> dict[str, float]:  # noqa: ARG002
        codes = torch.from_numpy(_codes(model, bed.test))
        return {
            "constant_units": share_constant(codes, bounded=model.code_activation in BOUNDED),
            "saturated_code": share_flat(codes, model.code_activation),
            "data_rank": float(len(_pca(bed.config.dataset).components)),
        }

    def _found(self, config: Any, figures: Figures) -> list[Finding]:
        return autoencoder_findings(config, figures)

    def _pca(self, model: Autoencoder, bed: TestBed, pulse: Pulse) -> dict[str, float]:  # noqa: ARG002
        floor = _pca_floor(bed.config.dataset)
        return {"pca_error": floor[model.code_size]} if model.code_size < len(floor) else {}

    @torch.no_grad()
    def _use(self, model: Autoencoder, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        images = load(bed.config.dataset)
        if not images.labelled:
            return {}
        labels = images.labels("training")[:PROBE_TRAIN]
        if len(np.unique(labels)) < 2:  # of a set in the order of its classes, too
            return {}
        train = LabelledCodes(_codes(model, bed.train[:PROBE_TRAIN]), labels)
        test = LabelledCodes(_codes(model, bed.test), images.labels("test"))
        pulse()
        figures = {"probe_accuracy": probe_accuracy(train, test, PROBE_STEPS)}
        pulse()
        figures["knn_accuracy"] = knn_accuracy(train, LabelledCodes(test.codes[:KNN_TEST], test.labels[:KNN_TEST]))
        return figures

    @torch.no_grad()
    def histograms(self, model: Autoencoder, bed: TestBed) -> dict[str, Tensor]:
        """Return all weights and biases, and the codes and errors of test images."""
        x = bed.test[:SAMPLE] / 255
        code = model.encode(x)
        return model.state() | {"code": code, "squared_error": (model.decode(code) - x).square().sum(dim=1)}

    def pictures(self, model: Autoencoder, bed: TestBed) -> dict[str, Picture]:
        """Return the first 20 test images below what is made of them, and what each unit draws."""
        return {"reconstructions": reconstructions(model, bed), **weight_pictures(model, bed)}


class LayersMeasures(AutoencoderMeasures):
    """The same without a loss: each layer is trained for what is below it, none for the whole."""

    metrics: ClassVar[tuple[Metric, ...]] = tuple(m for m in AutoencoderMeasures.metrics if m.name != "loss_train")


class ClassicMeasures(AutoencoderMeasures):
    """The same, and how near a decoder of one layer has come to PCA."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        *AutoencoderMeasures.metrics,
        Metric(
            "largest_angle",
            "Largest angle to PCA's subspace",
            "degrees",
            "Between the images that a decoder of one layer can make and those of as many principal components: 0 "
            "where both are the same. Measured with squared error.",
        ),
    )
    absent = (
        AutoencoderMeasures.absent + " Subspaces are compared where the decoder has one layer and squared error, and "
        "PCA has a component."
    )

    def heavy(self, config: Any) -> tuple[Heavy, ...]:
        """Return the angle to PCA's subspace, and what the others have."""
        return (Heavy("subspace", ("largest_angle",), self._angle), *super().heavy(config))

    @torch.no_grad()
    def _angle(self, model: Autoencoder, bed: TestBed, pulse: Pulse) -> dict[str, float]:  # noqa: ARG002
        if not has_linear_decoder(model):
            return {}
        angles = angles_to_pca(decoder_subspace(model), _pca(bed.config.dataset))
        return {"largest_angle": float(angles[0])} if len(angles) else {}  # PCA of images that are all the same


class OvercompleteMeasures(AutoencoderMeasures):
    """The same; the weights are the model's face."""

    def pictures(self, model: Autoencoder, bed: TestBed) -> dict[str, Picture]:
        """Return what each unit draws, and the first 20 test images below what is made of them."""
        return {**weight_pictures(model, bed), "reconstructions": reconstructions(model, bed)}


class DenoisingMeasures(OvercompleteMeasures):
    """The same, and how well noise as in training is taken away."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        *ERROR,
        Metric(
            "denoised_error",
            "Denoised error (test)",
            "squared error per image",
            "Σ over pixels of (clean grey value − reconstruction)² from images with noise as in training, afresh at "
            f"each epoch, on {SAMPLE:,} of them.",
        ),
        *USE,
        *JACOBIAN,
        *CODE,
    )
    headline: ClassVar[tuple[str, ...]] = ("denoised_error", "probe_accuracy")

    def _of_code(self, model: Autoencoder, bed: TestBed) -> dict[str, float]:
        x = bed.test[:SAMPLE] / 255
        error = (model.reconstruct(_noisy(x, bed)) - x).square().sum(dim=1).mean()
        return super()._of_code(model, bed) | {"denoised_error": float(error)}

    def pictures(self, model: Autoencoder, bed: TestBed) -> dict[str, Picture]:
        """Return what each unit draws, and the first 20 test images with noise below what is made of them."""
        x = _noisy(bed.test[:PICTURED_IMAGES] / 255, bed)
        return {**weight_pictures(model, bed), "denoised": paired(model, x, bed)}


class ContractiveMeasures(OvercompleteMeasures):
    """The same, and what is asked of the code beside a good copy: not to move."""

    metrics: ClassVar[tuple[Metric, ...]] = (*ERROR, *PENALTY, *JACOBIAN, *USE, *CODE)
    headline: ClassVar[tuple[str, ...]] = ("reconstruction_error", "jacobian_norm")
    contrast: ClassVar[Contrast | None] = Contrast(
        "Copying well against standing still",
        "reconstruction_error",
        "jacobian_norm",
        "One point for each epoch. Left is a better copy, down a code that ignores more of what changes in an image.",
    )


class SparseMeasures(OvercompleteMeasures):
    """Errors, and how much of the code is on."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        *ERROR,
        *PENALTY,
        Metric(
            "mean_activation",
            "Mean activation",
            "share",
            f"Over all units, on {SAMPLE:,} test images; its target is ρ.",
        ),
        Metric(
            "units_on",
            "Units on per image",
            "units",
            f"Code units above {ON_ABOVE}, mean over {SAMPLE:,} test images.",
        ),
        Metric(
            "dead_units", "Dead units", "share", f"Units above {ON_ABOVE} for less than 1 % of {SAMPLE:,} test images."
        ),
        *USE,
        *CODE,
    )
    headline: ClassVar[tuple[str, ...]] = ("reconstruction_error", "units_on")

    def _of_code(self, model: Autoencoder, bed: TestBed) -> dict[str, float]:
        found = sparsity(_codes(model, bed.test[:SAMPLE]))
        return {
            "mean_activation": float(found.mean.mean()),
            "units_on": float(found.units_on.mean()),
            "dead_units": found.share_dead,
        }


def reconstruction_error(model: Autoencoder, pixels: Tensor) -> float:
    """Return Σ (grey value − reconstruction)² over pixels, mean over images of bytes (N, V)."""
    parts = (part / 255 for part in torch.split(pixels, AT_ONCE))
    total = sum(float((model.reconstruct(x) - x).square().sum()) for x in parts)
    return total / len(pixels)


def share_constant(codes: Tensor, *, bounded: bool) -> float:
    """Return the share of units with the same value for all images, codes (N, C), give or take a hundredth.

    A hundredth of the activation's range, or where that has no bounds of the deviation of the most varied unit.
    """
    deviation = codes.std(dim=0, correction=0)
    scale = 1.0 if bounded else float(deviation.max())
    return float((deviation <= CONSTANT * scale).float().mean())


def share_flat(codes: Tensor, activation: Activation) -> float:
    """Return the share of a code's values at which its activation's slope is below a twentieth of the steepest."""
    if activation not in BOUNDED:
        return 0.0
    slope, steepest = SLOPES[activation](codes), SLOPES[activation](torch.tensor(BOUNDED[activation]))
    return float((slope < FLAT * steepest).float().mean())


def _noisy(x: Tensor, bed: TestBed) -> Tensor:
    return corrupt(x, bed.config.noise, bed.config.noise_strength, bed.generator)


def _codes(model: Autoencoder, pixels: Tensor) -> Floats:
    return torch.cat([model.encode(part / 255) for part in torch.split(pixels, AT_ONCE)]).cpu().numpy()


def _mean_jacobian_norm(model: Autoencoder, bed: TestBed) -> float:
    """Return the mean of ‖∂code/∂pixels‖ over up to 200 test images, fewer of a large deep model."""
    work = model.code_size * sum(below * above for below, above in pairwise(model.sizes)) if len(model.sizes) > 2 else 1
    images = min(max(JACOBIAN_WORK // work, 1), JACOBIAN_IMAGES)
    return float(jacobian_norm(model, bed.test[:images] / 255).mean())


@lru_cache(maxsize=2)
def _pca(dataset: str) -> PrincipalComponents:
    """Return the principal components of a data set's training images, found once per process."""
    return principal_components(load(dataset).train)


@lru_cache(maxsize=2)
def _pca_floor(dataset: str) -> list[float]:
    """Return the squared error per test image with 0, 1, … components."""
    floor: list[float] = _pca(dataset).floor(np.divide(load(dataset).test, 255, dtype=np.float32)).tolist()
    return floor


AUTOENCODER = ClassicMeasures()
DENOISING = DenoisingMeasures()
CONTRACTIVE = ContractiveMeasures()
SPARSE = SparseMeasures()
DEEP = AutoencoderMeasures()
LAYERS = LayersMeasures()
