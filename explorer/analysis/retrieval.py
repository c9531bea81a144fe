"""Finding images that are alike by what describes them: codes, principal components, or the pixels themselves.

N images with a description of C numbers each; near is what has a small Euclidean distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.arrays import Floats

QUERIES_AT_ONCE = 500


@dataclass(frozen=True)
class Found:
    """The nearest images of each of Q queries, nearest first: their indices and distances, (Q, K) each."""

    indices: NDArray[np.int64]
    distances: Floats

    def others(self, query: int, own: int | None, count: int) -> NDArray[np.int64]:
        """Return the places of the first `count` images found for a query that are not the one of this index."""
        return np.flatnonzero(self.indices[query] != own)[:count]


def nearest_images(queries: Floats, descriptions: Floats, count: int) -> Found:
    """Return the `count` images whose descriptions (N, C) are nearest to each query (Q, C)."""
    of, among = torch.tensor(queries), torch.tensor(descriptions)
    parts = [torch.cdist(part, among).topk(count, largest=False) for part in torch.split(of, QUERIES_AT_ONCE)]
    return Found(torch.cat([x.indices for x in parts]).numpy(), torch.cat([x.values for x in parts]).numpy())


def precision_at(descriptions: Floats, labels: NDArray[np.uint8], queries: int, count: int) -> NDArray[np.float64]:
    """Return for k = 1 … `count` how many of the k nearest other images have the query's class, as a share (count,).

    The first `queries` images are looked for among all, each without itself; the share is a mean over them.
    """
    found = nearest_images(descriptions[:queries], descriptions, count + 1).indices
    own = found == np.arange(queries)[:, None]
    own[~own.any(axis=1), -1] = True  # of several images with the same description, itself need not be among the first
    others = found[~own].reshape(queries, count)
    hits = labels[others] == labels[:queries, None]
    return np.asarray((hits.cumsum(axis=1) / np.arange(1, count + 1)).mean(axis=0))
