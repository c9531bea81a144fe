"""What is measured of a generative adversarial network while it trains.

Its losses don't say how good it is: they are about the opponent. A classifier of digits looks at its images instead;
with other data sets than digits, or without the classifier's file, these figures are absent.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from explorer.analysis.digit_classifier import DigitClassifier, digit_classifier
from explorer.analysis.generation import (
    class_entropy,
    directions,
    duplicate_distance,
    duplicate_share,
    frechet_distance,
    kernel_distance,
    mean_confidence,
    precision_and_recall,
)
from explorer.analysis.measures import Contrast, Measures, Metric, Pulse, TestBed
from explorer.data.catalogue import load
from explorer.data.images import Bytes
from explorer.models.dcgan import DCGAN
from explorer.models.resizing import enlarge
from explorer.plots.tiles import Picture, quantize, tile_picture

AT_ONCE = 500  # images
CHEAP, MANY = 500, 2_000  # images of the figures of each epoch, and of those at snapshots
PICTURED = 100  # samples of the preview


class GANMeasures(Measures):
    """D's opinions and a classifier's of some images each epoch; distances to real images at snapshots."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "discriminator_loss_train",
            "Loss of D (training)",
            "nats",
            "Of real and of generated images together, mean over the epoch; 2 ln 2 = 1.386 where D can't tell them "
            "apart. With the hinge loss a margin, without unit.",
        ),
        Metric(
            "generator_loss_train",
            "Loss of G (training)",
            "nats",
            "Mean over the epoch. No measure of quality: it tells who is ahead.",
            beside="discriminator_loss_train",
        ),
        Metric(
            "real_probability",
            "D(x) (test)",
            "probability",
            f"Mean over {CHEAP} test images, each judged by itself: normalised with running statistics, where batches "
            "of training have their own.",
        ),
        Metric(
            "real_probability_train",
            "D(x) (training)",
            "probability",
            "Mean over the epoch, with the batch's own means and variances in batch normalisation.",
        ),
        Metric(
            "generated_probability",
            "D(G(z))",
            "probability",
            f"Mean over {CHEAP} generated images, after the epoch.",
            beside="real_probability",
        ),
        Metric(
            "generated_probability_train",
            "D(G(z)) (training)",
            "probability",
            "Mean over the epoch.",
            beside="real_probability_train",
        ),
        Metric(
            "discriminator_accuracy_train",
            "Right decisions of D (training)",
            "share",
            "Of real and generated images, mean over the epoch: near 1 D has won, near 0.5 it is fooled.",
        ),
        Metric(
            "class_entropy",
            "Entropy of the classes",
            "nats",
            f"Of the digits that a classifier sees in {CHEAP} generated images: ln 10 = 2.303 if all ten are as "
            "frequent, lower where some are missing.",
        ),
        Metric(
            "confidence",
            "Confidence of the classifier",
            "probability",
            "Of its first choice, mean over the same images.",
        ),
        Metric(
            "frechet_ratio",
            "Fréchet distance",
            "× train-against-test",
            f"Between a classifier's features of {MANY:,} generated and as many test images, divided by that between "
            "as many training images and these: 1 would be as good as handing out training images.",
        ),
        Metric(
            "kernel_distance",
            "Kernel distance",
            "squared",
            "The maximum mean discrepancy of the same features, unbiased.",
        ),
        Metric(
            "kernel_floor",
            "Kernel distance of training images",
            "squared",
            "To the same test images.",
            beside="kernel_distance",
        ),
        Metric(
            "precision",
            "Precision",
            "share",
            "Generated images that are among real ones, by the directions of their features. Real digits reach 0.85.",
        ),
        Metric("recall", "Recall", "share", "Test images that are among generated ones.", beside="precision"),
        Metric(
            "duplicates",
            "Duplicates",
            "share",
            "Generated images with another nearer, by pixels, than 99 of 100 training images have one.",
        ),
    )
    headline = ("frechet_ratio", "class_entropy")
    contrast = Contrast(
        "Good against varied",
        "recall",
        "precision",
        "One point for each snapshot from epoch 1 on. Up are images like real ones, right is more of their variety.",
    )

    @torch.no_grad()
    def each_epoch(self, model: DCGAN, bed: TestBed) -> dict[str, float]:
        """Return D's mean opinions of test images and samples, and the classifier's of the samples."""
        samples = _samples(model, CHEAP, bed.generator)
        test = _images(bed.test[:CHEAP].cpu().numpy(), model.side).to(bed.test.device)
        figures = {
            "real_probability": float(model.discriminate(test).mean()),
            "generated_probability": float(model.discriminate(samples).mean()),
        }
        if classifier := digit_classifier(bed.config.dataset):
            probabilities = classifier.look(samples.cpu())[1]
            figures["class_entropy"] = class_entropy(probabilities)
            figures["confidence"] = mean_confidence(probabilities)
        return figures

    @torch.no_grad()
    def each_snapshot(self, model: DCGAN, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        """Return how near samples are to test images, and how many of them are duplicates."""
        real = _real(bed.config.dataset, model.side)
        samples = _samples(model, real.count, bed.generator).cpu()
        pulse()
        figures = {"duplicates": duplicate_share(samples.flatten(1), real.duplicate_distance)}
        pulse()
        if real.features is None or real.classifier is None:
            return figures
        features = real.classifier.look(samples)[0]
        pulse()
        precision, recall = precision_and_recall(directions(features), directions(real.features))
        return figures | {
            "frechet_ratio": frechet_distance(features, real.features) / real.frechet,
            "kernel_distance": kernel_distance(features, real.features),
            "kernel_floor": real.kernel,
            "precision": precision,
            "recall": recall,
        }

    @torch.no_grad()
    def histograms(self, model: DCGAN, bed: TestBed) -> dict[str, Tensor]:
        """Return all tensors of both networks, D's logits of test images and samples, and the samples' pixels."""
        samples = _samples(model, CHEAP, bed.generator)
        test = _images(bed.test[:CHEAP].cpu().numpy(), model.side).to(bed.test.device)
        return model.state() | {
            "logits_real": model.logits(test),
            "logits_generated": model.logits(samples),
            "pixels_generated": samples,
        }

    @torch.no_grad()
    def pictures(self, model: DCGAN, bed: TestBed) -> dict[str, Picture]:
        """Return 100 samples, of the same noise at each epoch."""
        z = torch.randn(PICTURED, model.latent_size, generator=torch.Generator().manual_seed(0))
        images = model.sample(z.to(bed.test.device)).cpu().numpy()
        return {"samples": Picture(tile_picture(quantize(images, 0, 1)), "pixels")}


class _Real:
    """What generated images are compared with: as many test images, and how they compare with training images."""

    def __init__(self, dataset: str, side: int, most: int) -> None:
        images = load(dataset)
        self.count = min(most, len(images.train), len(images.test))
        train, test = (_images(x[: self.count], side) for x in (images.train, images.test))
        self.duplicate_distance = duplicate_distance(train.flatten(1))
        self.classifier: DigitClassifier | None = digit_classifier(dataset)
        self.features: Tensor | None = None
        self.frechet = self.kernel = 0.0  # of training images
        if self.classifier:
            seen, self.features = (self.classifier.look(x)[0] for x in (train, test))
            self.frechet, self.kernel = frechet_distance(seen, self.features), kernel_distance(seen, self.features)


@lru_cache(maxsize=4)
def _real(dataset: str, side: int) -> _Real:
    """Return it, computed once per process."""
    return _Real(dataset, side, MANY)


def _images(pixels: Bytes, side: int) -> Tensor:
    """Return bytes (N, 784) at the size of generated images and in [0, 1], (N, S, S)."""
    return torch.tensor(enlarge(pixels, side)).view(-1, side, side) / 255


def _samples(model: DCGAN, count: int, generator: torch.Generator) -> Tensor:
    """Return images of fresh noise, (count, S, S) in [0, 1]."""
    z = torch.randn(count, model.latent_size, generator=generator, device=generator.device)
    return torch.cat([model.sample(part) for part in torch.split(z, AT_ONCE)])


MEASURES = GANMeasures()
