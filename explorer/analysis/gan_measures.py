"""What is measured of a generative adversarial network while it trains.

Its losses don't say how good it is: they are about the opponent. A classifier of digits looks at its images instead;
with other data sets than digits, or without the classifier's file, these figures are absent.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from explorer.analysis.digit_classifier import digit_classifier_or_none
from explorer.analysis.findings.adversarial import adversarial_findings
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.generation import class_entropy, duplicate_distance, duplicate_share, mean_confidence
from explorer.analysis.measures import Contrast, Heavy, Measures, Metric, Pulse, TestBed
from explorer.analysis.sample_quality import Yardstick, some
from explorer.data.catalogue import load
from explorer.models.dcgan import DCGAN, DCGANConfig
from explorer.models.resizing import SIDE, images_at, shrink
from explorer.plots.tiles import Picture, quantize, tile_picture

QUALITY = "frechet_ratio", "kernel_ratio", "precision", "recall"
AT_ONCE = 500  # images
CHEAP, MANY = 500, 2_000  # images of the figures of each epoch, and of the heavy ones
PICTURED = 100  # samples of the preview


class GANMeasures(Measures):
    """A classifier's opinion of samples each epoch; D's, and distances to real images, are heavy."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "discriminator_loss_train",
            "Loss of D (training)",
            "nats",
            "Of real and of generated images together, mean over the epoch; 2 ln 2 = 1.386 where D can't tell them "
            "apart. With the hinge loss a margin, without unit.",
            depends=("dataset", "loss"),
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
            f"Mean over {CHEAP} test images at snapshots, normalised among real images, as in training.",
        ),
        Metric(
            "real_probability_train",
            "D(x) (training)",
            "probability",
            "Mean over the epoch. Each batch, of real images or of generated ones, is normalised by itself.",
        ),
        Metric(
            "generated_probability",
            "D(G(z))",
            "probability",
            f"Mean over {CHEAP} generated images, normalised among such.",
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
            "kernel_ratio",
            "Kernel distance",
            "× chance",
            "The maximum mean discrepancy of the same features, unbiased, divided by its usual size between as many "
            "real images, training and test images mixed. Training images mostly have −2 to 3.",
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
    absent = "A classifier that knows MNIST's digits finds them; of other images, or without its file, there are none."

    @torch.no_grad()
    def _each_epoch(self, model: DCGAN, bed: TestBed) -> dict[str, float]:
        """Return what the classifier makes of samples."""
        samples = _samples(model, CHEAP, bed.generator)
        classifier = digit_classifier_or_none(bed.config.dataset)
        if classifier is None:
            return {}
        probabilities = classifier.look(samples.cpu())[1]
        return {"class_entropy": class_entropy(probabilities), "confidence": mean_confidence(probabilities)}

    def heavy(self, config: DCGANConfig) -> tuple[Heavy, ...]:  # noqa: ARG002
        """Return D's opinions, and how near samples are to real images."""
        return (
            Heavy("opinions", ("real_probability", "generated_probability"), self._mean_opinions),
            Heavy("quality", (*QUALITY, "duplicates"), self._quality, long=True),
        )

    def _found(self, config: DCGANConfig, figures: Figures) -> list[Finding]:
        return adversarial_findings(config, figures)

    @torch.no_grad()
    def _mean_opinions(self, model: DCGAN, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        samples = _samples(model, 2 * CHEAP, bed.generator, pulse)
        return {name: float(x.mean()) for name, x in _opinions(model, bed, samples).items()}

    @torch.no_grad()
    def _quality(self, model: DCGAN, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        """Return how near samples are to test images, and how many of them are duplicates."""
        real = _real(bed.config.dataset)
        small = shrink(_samples(model, real.count, bed.generator, pulse).cpu())
        pulse()
        if real.yardstick is None:
            return {"duplicates": duplicate_share(small.flatten(1), real.duplicate_distance)}
        found = real.yardstick.measure(small)
        return {name: getattr(found, name) for name in (*QUALITY, "duplicates")}

    @torch.no_grad()
    def histograms(self, model: DCGAN, bed: TestBed) -> dict[str, Tensor]:
        """Return all tensors of both networks, the samples' pixels, and D's scores."""
        samples = _samples(model, 2 * CHEAP, bed.generator)
        return model.state() | {"pixels_generated": samples} | _opinions(model, bed, samples)

    @torch.no_grad()
    def pictures(self, model: DCGAN, bed: TestBed) -> dict[str, Picture]:
        """Return 100 samples, of the same noise at each epoch."""
        z = torch.randn(PICTURED, model.latent_size, generator=torch.Generator().manual_seed(0))
        images = model.sample(z.to(bed.test.device)).cpu().numpy()
        return {"samples": Picture(tile_picture(quantize(images, 0, 1)), "pixels")}


class _Real:
    """What generated images are compared with, and how training images compare with it."""

    def __init__(self, dataset: str, most: int) -> None:
        images, classifier = load(dataset), digit_classifier_or_none(dataset)
        self.count = min(most, len(images.train), len(images.test))
        train, test = (torch.tensor(images_at(some(x, self.count), SIDE)) for x in (images.train, images.test))
        self.duplicate_distance = duplicate_distance(train.flatten(1))
        self.yardstick = Yardstick.of(train, test, classifier) if classifier else None


@lru_cache(maxsize=4)
def _real(dataset: str) -> _Real:
    """Return it, computed once per process."""
    return _Real(dataset, MANY)


def _opinions(model: DCGAN, bed: TestBed, samples: Tensor) -> dict[str, Tensor]:
    """Return D of test images and of the first samples (N, S, S), (CHEAP,) each, normalised among others of their kind.

    These are training images, and the last samples.
    """
    background = load(bed.config.dataset).background
    train, test = (
        torch.tensor(images_at(some(x.cpu().numpy(), CHEAP), model.side, background), device=samples.device)
        for x in (bed.train, bed.test)
    )
    return {
        "real_probability": model.settled(train).discriminate(test),
        "generated_probability": model.settled(samples[-CHEAP:]).discriminate(samples[:CHEAP]),
    }


def _samples(model: DCGAN, count: int, generator: torch.Generator, pulse: Pulse = lambda: None) -> Tensor:
    """Return images of fresh noise, (count, S, S) in [0, 1]; `pulse` may raise to end this."""
    z = torch.randn(count, model.latent_size, generator=generator, device=generator.device)
    parts = []
    for part in torch.split(z, AT_ONCE):
        pulse()
        parts.append(model.sample(part))
    return torch.cat(parts)


MEASURES = GANMeasures()
