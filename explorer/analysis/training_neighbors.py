"""Which training images are like a generated one: a generator that copies would be found out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.retrieval import Found
from explorer.arrays import Bytes

AT_ONCE = 10_000  # training images, of which only so many become numbers of 32 bits at a time


def nearest_training_images(images: Tensor, train: Bytes, count: int) -> Found:
    """Return the `count` nearest training images of each image by pixels, nearest first.

    images: (N, V) in [0, 1]; train: bytes (M, V). Distances are Euclidean, of values in [0, 1].
    """
    distances, indices = [], []
    for start in range(0, len(train), AT_ONCE):
        part = torch.tensor(train[start : start + AT_ONCE]) / 255
        found = torch.cdist(images, part).topk(min(count, len(part)), largest=False)
        distances.append(found.values)
        indices.append(found.indices + start)
    values, order = torch.cat(distances, dim=1).topk(min(count, len(train)), largest=False)
    return Found(torch.cat(indices, dim=1).gather(1, order).numpy(), values.numpy())


def usual_distance(test: Bytes, train: Bytes) -> float:
    """Return how far images of bytes (N, V) are from the nearest of others (M, V), in [0, 1] each: the median."""
    return float(np.median(nearest_training_images(torch.tensor(test) / 255, train, 1).distances))
