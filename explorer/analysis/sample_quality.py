"""The same figures for the samples of any model of digits, so that models of different kinds can be compared.

All images have 28×28 pixels and all sets the same size N, without which the distances could not be compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.analysis.digit_classifier import DigitClassifier
from explorer.analysis.generation import (
    chance_kernel_distance,
    class_entropy,
    class_shares,
    directions,
    duplicate_distance,
    duplicate_share,
    frechet_distance,
    kernel_distance,
    mean_confidence,
    precision_and_recall,
)
from explorer.analysis.gibbs import random_states
from explorer.arrays import Bytes
from explorer.models.dbn import DBN
from explorer.models.interface import Model
from explorer.models.rbm import RBM
from explorer.models.variational import VariationalModel

SHARE_ON = 0.1  # of hidden units, where Gibbs chains start


def some(pixels: Bytes, count: int) -> Bytes:
    """Return `count` images of (N, V), always the same ones, from all over: a set's first images may be its easiest."""
    return np.asarray(pixels[np.random.default_rng(0).permutation(len(pixels))[:count]])


@dataclass(frozen=True)
class Quality:
    """Figures of N images: the share of each class (10,), the others as the metrics of the same names."""

    shares: NDArray[np.float32]
    class_entropy: float
    confidence: float
    frechet_ratio: float
    kernel_ratio: float
    precision: float
    recall: float
    duplicates: float


@dataclass(frozen=True)
class Yardstick:
    """What samples are held against: the classifier, features of N test images, and how training images compare.

    frechet: the distance of as many training images; kernel: what the other one is by chance between real images.
    """

    classifier: DigitClassifier
    features: Tensor
    frechet: float
    kernel: float
    duplicate_distance: float

    @classmethod
    def of(cls, train: Tensor, test: Tensor, classifier: DigitClassifier) -> Yardstick:
        """Return the yardstick made of real images in [0, 1], (N, 28, 28) each."""
        seen, features = (classifier.look(images)[0] for images in (train, test))
        frechet, kernel = frechet_distance(seen, features), chance_kernel_distance(seen, features)
        return cls(classifier, features, frechet, kernel, duplicate_distance(train.flatten(1)))

    def measure(self, images: Tensor) -> Quality:
        """Return the figures of images in [0, 1], (N, 28, 28)."""
        features, probabilities = self.classifier.look(images)
        among = precision_and_recall(directions(features), directions(self.features))
        return Quality(
            shares=class_shares(probabilities).numpy(),
            class_entropy=class_entropy(probabilities),
            confidence=mean_confidence(probabilities),
            frechet_ratio=frechet_distance(features, self.features) / self.frechet,
            kernel_ratio=kernel_distance(features, self.features) / self.kernel,
            precision=among.precision,
            recall=among.recall,
            duplicates=duplicate_share(images.flatten(1), self.duplicate_distance),
        )


@torch.no_grad()
def rbm_samples(rbm: RBM, count: int, steps: int, generator: torch.Generator) -> Tensor:
    """Return p(v | h) at the end of Gibbs chains from random hidden states, (count, V)."""
    _, h = rbm.gibbs(generator, h=random_states(rbm, count, SHARE_ON, generator), steps=steps)
    return rbm.mean_visible(h)


@torch.no_grad()
def samples_of(model: Model, count: int, steps: int, generator: torch.Generator) -> Tensor:
    """Return grey values in [0, 1] of samples of a model, (count, V), with `steps` of Gibbs sampling where it needs it.

    Of an RBM they are means given the last hidden states, of a DBN these states of its top RBM sent down, of a
    variational autoencoder z ~ N(0, I) decoded.

    Raises:
        TypeError: there is no such way to draw from the model.
    """
    match model:
        case RBM():
            images = model.picture(rbm_samples(model, count, steps, generator))
        case DBN():
            start = random_states(model.top, count, SHARE_ON, generator)
            below_top, _ = model.top.gibbs(generator, h=start, steps=steps)
            images = model.down(below_top, generator)
        case VariationalModel():
            images = model.sample(count, generator)
        case _:
            raise TypeError(f"{type(model).__name__} has no samples of its own")
    return images.clamp(0, 1)
