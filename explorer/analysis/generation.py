"""How good and how varied generated images are, from the features and opinions of a classifier.

N generated images, as many real ones; features (N, F) are a classifier's penultimate layer, probabilities (N, K) its
output. No figure stands alone: a generator that repeats ten perfect digits has confident classes and full entropy.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

NEIGHBORS = 3  # of the manifolds (Kynkäänniemi et al. 2019 take 3)
SPLITS = 20  # of real images, to see what chance does
RARE = 0.01  # share of training images that have another as near as duplicates are


class Manifolds(NamedTuple):
    """Precision and recall of generated images, each a share from 0 to 1."""

    precision: float
    recall: float


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """Return ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of two sets of features, (N, F) and (M, F).

    The squared Fréchet distance of Gaussians of the same means and covariances (Heusel et al. 2017, eq. 6). It grows
    as N falls, so that only figures of the same N can be compared.
    """
    x, y = first.double(), second.double()
    gap = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
    if not gap.isfinite():
        return math.nan
    a, b = (np.atleast_2d(torch.cov(each.T).cpu().numpy()) for each in (x, y))
    root = np.sqrt(np.linalg.eigvals(a @ b).astype(complex)).real.sum()  # the trace of (Σ₁Σ₂)^½
    return max(float(gap) + float(np.trace(a + b)) - 2 * float(root), 0.0)


def kernel_distance(first: Tensor, second: Tensor) -> float:
    """Return the squared maximum mean discrepancy of two sets of features, (N, F) each, with the kernel (x·y/F + 1)³.

    Unbiased: around 0, and below it as often as above, where both sets are of one distribution, whatever N is
    (Bińkowski et al. 2018, section 4).
    """
    x, y = first.double(), second.double()
    across = _kernel(x, y).mean()
    within = ((k := _kernel(each, each)).sum() - k.trace() for each in (x, y))  # without each with itself
    return float(sum(within) / (len(x) * (len(x) - 1)) - 2 * across)


def chance_kernel_distance(first: Tensor, second: Tensor, splits: int = SPLITS) -> float:
    """Return how large the kernel distance of two sets of N real images is by chance: its root mean square.

    Both sets are mixed and divided into halves of N at random, always in the same ways (the null distribution of
    Gretton et al., "A kernel two-sample test", 2012). The distance itself would do for no ratio, as it is around 0.
    """
    both, draws = torch.cat([first, second]), torch.Generator().manual_seed(0)
    orders = [torch.randperm(len(both), generator=draws) for _ in range(splits)]
    halves = [(both[order[: len(first)]], both[order[len(first) :]]) for order in orders]
    return math.sqrt(sum(kernel_distance(*each) ** 2 for each in halves) / splits)


def directions(features: Tensor) -> Tensor:
    """Return features (N, F) scaled to length 1, for `precision_and_recall`.

    A picture of nothing has features near 0, and there the widest balls around unusual real images overlap: by plain
    features a DCGAN's grey blobs after two epochs reach a precision of 1.00, by directions one of 0.25.
    """
    return torch.nn.functional.normalize(features)


def precision_and_recall(generated: Tensor, real: Tensor, neighbors: int = NEIGHBORS) -> Manifolds:
    """Return how many generated images are among real ones, and the reverse, from features (N, F) and (M, F).

    An image is among a set if it is no further from any of it than that one's k-th nearest neighbour in the set
    (Kynkäänniemi et al. 2019, eq. 1 and 2).
    """
    across = torch.cdist(generated, real)  # (N, M)
    precision = (across <= _radii(real, neighbors)).any(dim=1)
    recall = (_radii(generated, neighbors) >= across.T).any(dim=1)
    return Manifolds(float(precision.float().mean()), float(recall.float().mean()))


def class_shares(probabilities: Tensor) -> Tensor:
    """Return the share of images in which each class is the most probable, (N, K) → (K,)."""
    counts = torch.bincount(probabilities.argmax(dim=1), minlength=probabilities.shape[1])
    return counts / len(probabilities)


def class_entropy(probabilities: Tensor) -> float:
    """Return the entropy of the predicted classes in nats, (N, K): ln K if all are as frequent, 0 if there is one."""
    return float(torch.special.entr(class_shares(probabilities)).sum())


def mean_confidence(probabilities: Tensor) -> float:
    """Return the mean probability of the most probable class, (N, K)."""
    return float(probabilities.amax(dim=1).mean())


def duplicate_distance(images: Tensor) -> float:
    """Return the distance below which two of N images are as good as one, from distinct ones (N, V) in [0, 1].

    Of 1 in 100 of these the nearest of the others is that near.
    """
    return float(torch.quantile(_nearest_others(images), RARE))


def duplicate_share(images: Tensor, distance: float) -> float:
    """Return the share of images (N, V) that have another of them nearer than the given distance.

    With `duplicate_distance` of N training images it is about 0.01 for other real images.
    """
    return float((_nearest_others(images) < distance).float().mean())


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    """Return (x·y/F + 1)³ for each two of (N, F) and (M, F), (N, M)."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _radii(features: Tensor, neighbors: int) -> Tensor:
    """Return the distance of each point to its k-th nearest neighbour, (N, F) → (N,)."""
    return _distances_to_others(features).kthvalue(neighbors, dim=1).values


def _nearest_others(images: Tensor) -> Tensor:
    return _distances_to_others(images).amin(dim=1)


def _distances_to_others(points: Tensor) -> Tensor:
    """Return the distances (N, N) of points (N, F), those to themselves infinite."""
    return torch.cdist(points, points).fill_diagonal_(torch.inf)
