"""The one form in which every data set reaches a model."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from explorer.arrays import Bytes
from explorer.errors import DataMissing

Split = Literal["test", "training"]
WHITE = 255
BORDERS = 1_000  # training images whose borders tell the background


@dataclass(frozen=True)
class ImageSet:
    """A data set in memory; V = rows · columns pixels, 0 (black) to 255 (white). All arrays are read-only.

    train: (N, V), test: (M, V). Labels are places among the names of the classes, train_labels (N,) and test_labels
    (M,); a set need not have any.
    """

    name: str
    shape: tuple[int, int]
    train: Bytes
    train_labels: Bytes | None
    test: Bytes
    test_labels: Bytes | None

    def __post_init__(self) -> None:
        for array in (self.train, self.train_labels, self.test, self.test_labels):
            if array is not None:
                array.setflags(write=False)

    @property
    def n_pixels(self) -> int:
        """V, the number of pixels of one image."""
        return self.shape[0] * self.shape[1]

    @cached_property
    def background(self) -> int:
        """The most frequent grey value along the border of training images: 0 where ink is light on black."""
        images = self.train[:BORDERS].reshape(-1, *self.shape)
        border = np.ones(self.shape, bool)
        border[1:-1, 1:-1] = False
        return int(np.bincount(images[:, border].ravel(), minlength=WHITE + 1).argmax())

    @property
    def labelled(self) -> bool:
        """Whether all images have labels."""
        return self.train_labels is not None and self.test_labels is not None

    def labels(self, split: Split) -> Bytes:
        """Return the labels of test or training images, for what cannot do without.

        Raises:
            DataMissing: the set has none.
        """
        found = self.test_labels if split == "test" else self.train_labels
        if found is None:
            raise DataMissing(
                f"The {split} images of {self.name} have no labels on this machine, and classes cannot be told "
                "without: put the file of labels beside that of the images."
            )
        return found

    def first(self, count: int) -> "ImageSet":
        """Return a set of the first `count` training and as many test images."""
        train_labels, test_labels = (
            None if labels is None else labels[:count] for labels in (self.train_labels, self.test_labels)
        )
        return ImageSet(self.name, self.shape, self.train[:count], train_labels, self.test[:count], test_labels)


def on_background(ink: Bytes, background: int) -> Bytes:
    """Return ink (…), 0 for none to 255, as grey values on a background: white on a dark one, black on a light one."""
    if background == 0:
        return ink
    full = ink_on(background)
    return np.rint(background + (full - background) * (ink / WHITE)).astype(np.uint8)


def ink_on(background: int) -> int:
    """Return the grey value of ink that stands out against a background."""
    return WHITE if background <= WHITE // 2 else 0
