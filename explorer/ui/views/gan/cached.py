"""Generators and discriminators of snapshots and what is computed of them, once for all sessions.

The 100 samples of all views are the first of those that stand for the generator in histograms and measures.
"""

from __future__ import annotations

from typing import Literal

import torch

from explorer.analysis.digit_classifier import DATASETS, DigitClassifier, digit_classifier
from explorer.analysis.gan_networks import generate
from explorer.analysis.latent import noise
from explorer.analysis.retrieval import Found
from explorer.analysis.sample_quality import some
from explorer.analysis.training_neighbors import nearest_training_images
from explorer.analysis.training_neighbors import usual_distance as typical_distance
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.models.dcgan import DCGAN
from explorer.models.resizing import images_at, shrink
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.inputs import SHOWN, config_of

Among = Literal["real images", "samples"]
MANY = 1_000  # images of histograms and measures
NEAREST = 5
REFERENCE = 500  # images among which the discriminator judges one


def generator_of(key: Key) -> DCGAN:
    """Return the model of that snapshot, for its generator; its discriminator has to settle before it is asked."""
    return model_of(key, DCGAN)


def judge_of(subject: Subject, among: Among, epoch: int | None = None) -> DCGAN:
    """Return the model at that snapshot, for its discriminator as it judges images of a kind: see `DCGAN.settled`."""
    return settled_at(snapshot_of(subject, epoch), among, subject.shown_set)


@remembered("Asking the discriminator …")
def settled_at(key: Key, among: Among, dataset: str) -> DCGAN:
    """Return the model of a snapshot with a discriminator that has settled among such images."""
    model = generator_of(key)
    if among == "samples":
        return model.settled(torch.tensor(generate(model, noise(model.latent_size, REFERENCE, 0))))
    images = test_images(dataset)
    real = images_at(some(images.train, REFERENCE), model.side, images.background)
    return model.settled(torch.tensor(real))


def samples_of(subject: Subject, seed: int, epoch: int | None = None) -> Floats:
    """Return the 100 samples of a seed at that snapshot, (100, S, S) in [0, 1]."""
    return samples_at(snapshot_of(subject, epoch), config_of(subject).latent_size, seed)


@remembered("Drawing samples …")
def samples_at(key: Key, latent_size: int, seed: int) -> Floats:
    """Return the 100 samples of a seed at a snapshot, (100, S, S) in [0, 1]."""
    return generate(generator_of(key), noise(latent_size, SHOWN, seed))


def classifier_of(subject: Subject) -> DigitClassifier | None:
    """Return the classifier of the subject's digits, or None if they are none or the classifier is not there."""
    return digit_classifier(subject.config.dataset)


def why_no_classifier(subject: Subject) -> str:
    """Return a sentence on why the classifier has no say."""
    if subject.config.dataset not in DATASETS:
        title = CATALOGUE[subject.config.dataset].title
        return f"The classifier knows MNIST's digits only, not {title}: what needs its opinion is left out."
    return "The file of the digit classifier is missing: what needs its opinion is left out."


def classes_of(subject: Subject, seed: int) -> Floats | None:
    """Return the class probabilities (100, 10) of the samples at the epoch shown, or None without a classifier."""
    classifier = classifier_of(subject)
    return classifier.look(torch.tensor(samples_of(subject, seed)))[1].numpy() if classifier else None


def nearest_training(subject: Subject, seed: int) -> Found:
    """Return the training images nearest to each sample at the epoch shown, by pixels at 28×28."""
    key, latent_size = snapshot_of(subject), config_of(subject).latent_size
    return _nearest(key, latent_size, seed, subject.shown_set)


@remembered("Looking for the nearest training images …")
def _nearest(key: Key, latent_size: int, seed: int, dataset: str) -> Found:
    samples = shrink(torch.tensor(samples_at(key, latent_size, seed))).flatten(1)
    return nearest_training_images(samples, test_images(dataset).train, NEAREST)


@remembered()
def usual_distance(dataset: str) -> float:
    """Return how far test images are from their nearest training image, by pixels: the median of 100."""
    images = test_images(dataset)
    return typical_distance(images.test[:SHOWN], images.train)
