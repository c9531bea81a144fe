"""What models make of one digit, computed once for all sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from explorer.analysis.gan_networks import judge
from explorer.analysis.inversion import Pool, Search, find_noise, pool_of
from explorer.analysis.one_image import (
    Passed,
    class_probabilities,
    evidence_bound,
    log_probability,
    mean_log_unnormalised,
    pass_through,
)
from explorer.arrays import Bytes, Floats
from explorer.data.catalogue import load
from explorer.models.dbn import DBN
from explorer.models.dcgan import DCGAN
from explorer.models.deep_classifier import DeepClassifier
from explorer.models.interface import Model
from explorer.models.rbm import RBM
from explorer.models.resizing import images_at, shrink
from explorer.models.variational import VariationalModel
from explorer.runs.run import Run
from explorer.runs.tensors import Arrays
from explorer.training.device import threads
from explorer.training.randomness import Stream, generator
from explorer.ui.shelf.images import background_of
from explorer.ui.shelf.prepared import prepared
from explorer.ui.shelf.remembered import Same, remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.views.gan.cached import settled_at

POOL = 500  # noise of which the nearest images begin a search


@remembered()
def passed_at(key: Key, image: Same, draw: int, steps: int) -> Passed:
    """Return an image of bytes (V,) on its way through the model of a snapshot."""
    return pass_through(model_of(key, Model), image.array, _draws(draw), steps)


@remembered()
def classes_at(key: Key, image: Same) -> Floats:
    """Return a classifier's class probabilities (K,) of an image of bytes."""
    return class_probabilities(model_of(key, DeepClassifier), image.array)


@remembered()
def evidence_bound_at(key: Key, image: Same, draw: int) -> float:
    """Return the ELBO of an image of bytes by the model of a snapshot."""
    return evidence_bound(model_of(key, VariationalModel), image.array, _draws(draw))


@remembered()
def log_probability_at(key: Key, dataset: str, image: Same, mean_figure: float, draw: int) -> float:
    """Return log p of an image of bytes by a Boltzmann machine, as far as its log Z is in a mean figure of its run.

    Raises:
        DataMissing: what the mean is of is not on this machine.
    """
    unnormalised = float(mean_unnormalised(key, dataset)["mean"])
    return log_probability(_boltzmann(key), image.array, mean_figure, unnormalised, _draws(draw))


@remembered()
@prepared("unnormalised")
def mean_unnormalised(key: Key, dataset: str) -> Arrays:
    """Return the mean log p but for log Z of all test images, with the random numbers that the run's figures had."""
    config, epoch = Run(Path(key[0])).config, key[1]
    draws = generator(config.seed, epoch, Stream.HEAVY)
    return {"mean": np.array(mean_log_unnormalised(_boltzmann(key), own_images(dataset), draws))}


def own_images(dataset: str) -> Bytes:
    """Return the test images of a data set itself: no other's stand in for them.

    Raises:
        DataMissing: they are not on this machine.
    """
    return load(dataset).test


def _boltzmann(key: Key) -> RBM | DBN:
    model = model_of(key, Model)
    return model if isinstance(model, DBN) else model_of(key, RBM)


@remembered()
def _pool(key: Key) -> Pool:
    return pool_of(model_of(key, DCGAN), POOL)


@remembered()
def search_at(key: Key, image: Same, dataset: str) -> Search:
    """Return how a generator's z is found for an image of bytes (V,)."""
    target, pool = image_at(key, image.array, dataset), _pool(key)
    with threads(1):  # a hundred small steps: two threads gain nothing, and wait for each other on a busy machine
        return find_noise(model_of(key, DCGAN), target, pool)


def in_28_pixels(search: Search) -> Floats:
    """Return a search's images as digits have them, (T, 784) in [0, 1]."""
    return np.asarray(shrink(torch.tensor(search.images)).flatten(1).numpy())


@remembered()
def score_of_copy_at(key: Key, image: Same, dataset: str, shown_set: str) -> float:
    """Return D of the image that a search for an image of bytes ends with, normalised among samples."""
    found = search_at(key, image, dataset).images[-1:]
    return float(judge(settled_at(key, "samples", shown_set), found)[0])


@remembered()
def score_at(key: Key, image: Same, dataset: str, shown_set: str) -> float:
    """Return D of an image of bytes (V,), normalised among real images, as in training.

    Raises:
        DataMissing: there are no real images of the kind on this machine.
    """
    judge_of_real = settled_at(key, "real images", shown_set)
    return float(judge(judge_of_real, image_at(key, image.array, dataset)[None])[0])


def image_at(key: Key, image: Bytes, dataset: str) -> Floats:
    """Return an image of bytes (V,) as a DCGAN takes it, (S, S) in [0, 1]."""
    return np.asarray(images_at(image[None], model_of(key, DCGAN).side, background_of(dataset))[0])


def _draws(draw: int) -> torch.Generator:
    return torch.Generator().manual_seed(draw)
