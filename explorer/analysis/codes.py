"""What the codes of images are good for: telling the classes apart, and finding images that are alike.

N images, C code units. Two classifiers are trained on codes of training images and read test images' codes: a linear
one, the probe, and the vote of the nearest neighbours.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder

Labels = NDArray[np.uint8]
AT_ONCE = 2_000  # images
PROBE_PENALTY = 0.1  # C of scikit-learn; with 0.01, 500 codes of all digits tell 0.2 % less
PROBE_STEPS = 100  # of L-BFGS; 500 codes of digits converge in 40 to 80
NEIGHBORS = 5


@runtime_checkable
class Decoder(Protocol):
    """A model that makes images (B, V) of codes (B, C)."""

    def decode(self, code: Tensor, /) -> Tensor:
        """Return the images."""
        ...


@dataclass(frozen=True)
class LabelledCodes:
    """Codes (N, C) of images and their labels (N,)."""

    codes: Floats
    labels: Labels


@torch.no_grad()
def codes_of(model: Autoencoder, pixels: NDArray[np.uint8]) -> Floats:
    """Return the codes of images of bytes, (N, V) → (N, C)."""
    parts = [model.encode(part / 255) for part in torch.split(torch.tensor(pixels), AT_ONCE)]
    return torch.cat(parts).numpy()


def probe_accuracy(train: LabelledCodes, test: LabelledCodes, steps: int = PROBE_STEPS) -> float:
    """Return the share of test images whose class a logistic regression on standardised codes tells.

    It has a small penalty on ‖weights‖², and ends after so many steps of L-BFGS if it has not converged. With 500 codes
    of 60,000 digits it takes five seconds.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(C=PROBE_PENALTY, max_iter=steps))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _accuracy(probe, train, test)


def knn_accuracy(train: LabelledCodes, test: LabelledCodes, neighbors: int = NEIGHBORS) -> float:
    """Return the share of test images whose class most of their nearest training images (Euclidean) have."""
    from sklearn.neighbors import KNeighborsClassifier

    count = min(neighbors, len(train.codes))
    return _accuracy(KNeighborsClassifier(count, algorithm="brute"), train, test)


def _accuracy(classifier: Any, train: LabelledCodes, test: LabelledCodes) -> float:
    return float(classifier.fit(train.codes, train.labels).score(test.codes, test.labels))


@torch.no_grad()
def decoded(model: Decoder, codes: Floats) -> Floats:
    """Return the images (B, V) of codes (B, C), kept within [0, 1]."""
    return model.decode(torch.tensor(codes)).clamp(0, 1).numpy()


@torch.no_grad()
def effects(model: Autoencoder, pixels: NDArray[np.uint8]) -> Floats:
    """Return how the picture changes when a code unit rises by a standard deviation from the mean code, (C, V).

    Mean and deviation are those of the codes of images of bytes (N, V).
    """
    codes = torch.from_numpy(codes_of(model, pixels))
    mean, deviation = codes.mean(dim=0), codes.std(dim=0)
    return (model.decode(mean + torch.diag(deviation)) - model.decode(mean[None])).numpy()


def squared_errors(x: Floats, output: Floats) -> Floats:
    """Return Σ over pixels of (x − output)² of each image, (B, V) → (B,)."""
    return np.asarray(np.square(output - x).sum(axis=1))
