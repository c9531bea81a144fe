"""Samples with their figures, of the runs a page shows and of what stands beside them, computed once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.digit_classifier import digit_classifier
from explorer.analysis.gan_networks import generate
from explorer.analysis.latent import noise
from explorer.analysis.sample_quality import Quality, Yardstick, some
from explorer.models.resizing import SIDE, images_at, shrink
from explorer.runs.tensors import Arrays
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.prepared import is_prepared, prepared
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import MANY, generator_of, samples_at
from explorer.ui.views.gan.inputs import SHOWN, config_of
from explorer.ui.views.gan.others import Other, OtherKind, samples_of_other

OF_SAMPLES = "quality-of-samples"

Images = NDArray[np.float32]


class Measured(NamedTuple):
    """The first 100 of some images in [0, 1], (100, 28, 28), and the figures of all; None without a classifier."""

    images: Images
    quality: Quality | None


def count_of(subject: Subject) -> int:
    """Return how many images of each kind are measured: 1,000, or as many as there are real ones."""
    images = subject.images
    return min(MANY, len(images.train), len(images.test))


def measured_samples(subject: Subject, seed: int) -> Measured:
    """Return the subject's samples at the epoch shown."""
    key, size = snapshot_of(subject), config_of(subject).latent_size
    figures = _of_samples(key, *_set_and_count(subject), size, seed)
    return Measured(_shown(samples_at(key, size, seed)), quality_of(figures))


def measured_training_images(subject: Subject, side: int) -> Measured:
    """Return training images brought to a size and back, as a generator of that size is measured if it is perfect."""
    images = images_at(some(subject.images.train, SHOWN), side, subject.images.background)
    return Measured(_shown(images), quality_of(_of_training_images(*_set_and_count(subject), side)))


def measured_other(subject: Subject, other: Other) -> Measured:
    """Return the samples of a model of another kind, measured on the subject's data set."""
    found = _of_other(other.kind, other.key, *_set_and_count(subject))
    return Measured(found["images"], quality_of(found))


def _set_and_count(subject: Subject) -> tuple[str, int]:
    return subject.shown_set, count_of(subject)


def samples_are_prepared(subject: Subject, seed: int) -> bool:
    """Whether the figures of a subject's samples are only read."""
    return is_prepared(OF_SAMPLES, snapshot_of(subject), *_set_and_count(subject), config_of(subject).latent_size, seed)


@remembered("Generating and measuring samples …")
@prepared(OF_SAMPLES)
def _of_samples(key: Key, dataset: str, count: int, latent_size: int, seed: int) -> Arrays:
    return figures_of_images(generate(generator_of(key), noise(latent_size, count, seed)), dataset, count)


@remembered("Measuring training images …")
@prepared("quality-of-training-images")
def _of_training_images(dataset: str, count: int, side: int) -> Arrays:
    images = test_images(dataset)
    return figures_of_images(images_at(some(images.train, count), side, images.background), dataset, count)


@remembered("Making samples of the other models …")
@prepared("quality-of-others")
def _of_other(kind: OtherKind, key: Key, dataset: str, count: int) -> Arrays:
    images = samples_of_other(kind, key, count)
    return figures_of_images(images, dataset, count) | {"images": _shown(images)}


def _shown(images: Images) -> Images:
    return shrink(torch.tensor(images[:SHOWN])).numpy().copy()


def figures_of_images(images: Images, dataset: str, count: int) -> Arrays:
    """Return the figures of images by the names of `Quality`, none without a classifier."""
    yardstick = _yardstick(dataset, count)
    found = vars(yardstick.measure(shrink(torch.tensor(images)))) if yardstick else {}
    return {name: np.asarray(value) for name, value in found.items()}


def quality_of(figures: Arrays) -> Quality | None:
    """Return the figures of `figures_of_images` in their own form."""
    found: dict[str, Any] = {x: value if value.ndim else float(value) for x, value in figures.items() if x != "images"}
    return Quality(**found) if found else None


@remembered()
def _yardstick(dataset: str, count: int) -> Yardstick | None:
    classifier, images = digit_classifier(dataset), test_images(dataset)
    if classifier is None:
        return None
    train, test = (torch.tensor(images_at(some(pixels, count), SIDE)) for pixels in (images.train, images.test))
    return Yardstick.of(train, test, classifier)
