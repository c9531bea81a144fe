"""Data sets of a few images, for tests that don't care what a model learns."""

from dataclasses import replace

import numpy as np

from explorer.analysis.pca import PrincipalComponents
from explorer.data.catalogue import CATALOGUE, load


def few_images(name, count=100):
    """The first images of a data set: what these models learn is of no interest here."""
    images = load("mnist-5k" if name == "mnist" else name)
    first = {part: getattr(images, part)[:count].copy() for part in ("train", "train_labels", "test", "test_labels")}
    return replace(images, **first)


def few_components(pixels):
    """The components of few images, at once."""
    x = pixels.astype(np.float32) / 255
    _, heights, components = np.linalg.svd(x - x.mean(0), full_matrices=False)
    alive = heights > 1e-3 * heights[0]
    return PrincipalComponents(x.mean(0), components[alive], np.square(heights[alive]) / len(x))


class NotHere(type(CATALOGUE["mnist"].source)):
    """Files that no folder has."""

    def find(self, _folders):
        return None
