"""Samples with their figures, of the runs a page shows and of what stands beside them, computed once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.digit_classifier import digit_classifier
from explorer.analysis.gan_networks import generate
from explorer.analysis.latent import noise
from explorer.analysis.sample_quality import Quality, Yardstick, some
from explorer.models.resizing import SIDE, images_at, shrink
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import MANY, generator_of
from explorer.ui.views.gan.inputs import SHOWN, config_of
from explorer.ui.views.gan.others import Other, samples_of_other

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
    return _samples(snapshot_of(subject), *_set_and_count(subject), config_of(subject).latent_size, seed)


def measured_training_images(subject: Subject, side: int) -> Measured:
    """Return training images brought to a size and back, as a generator of that size is measured if it is perfect."""
    return _training_images(*_set_and_count(subject), side)


def measured_other(subject: Subject, other: Other) -> Measured:
    """Return the samples of a model of another kind, measured on the subject's data set."""
    return _other(other, *_set_and_count(subject))


def _set_and_count(subject: Subject) -> tuple[str, int]:
    return subject.shown_set, count_of(subject)


@remembered("Generating and measuring samples …")
def _samples(key: Key, dataset: str, count: int, latent_size: int, seed: int) -> Measured:
    return _measure(generate(generator_of(key), noise(latent_size, count, seed)), dataset, count)


@remembered("Measuring training images …")
def _training_images(dataset: str, count: int, side: int) -> Measured:
    images = test_images(dataset)
    return _measure(images_at(some(images.train, count), side, images.background), dataset, count)


@remembered("Making samples of the other models …")
def _other(other: Other, dataset: str, count: int) -> Measured:
    return _measure(samples_of_other(other, count), dataset, count)


def _measure(images: Images, dataset: str, count: int) -> Measured:
    small = shrink(torch.tensor(images))
    yardstick = _yardstick(dataset, count)
    return Measured(small[:SHOWN].numpy().copy(), yardstick.measure(small) if yardstick else None)


@remembered()
def _yardstick(dataset: str, count: int) -> Yardstick | None:
    classifier, images = digit_classifier(dataset), test_images(dataset)
    if classifier is None:
        return None
    train, test = (torch.tensor(images_at(some(pixels, count), SIDE)) for pixels in (images.train, images.test))
    return Yardstick.of(train, test, classifier)
