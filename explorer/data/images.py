"""The one form in which every data set reaches a model."""

from dataclasses import dataclass

from explorer.arrays import Bytes


@dataclass(frozen=True)
class ImageSet:
    """A data set in memory; V = rows · columns pixels, 0 (black) to 255 (white). All arrays are read-only.

    train: (N, V), train_labels: (N,), test: (M, V), test_labels: (M,).
    """

    name: str
    shape: tuple[int, int]
    train: Bytes
    train_labels: Bytes
    test: Bytes
    test_labels: Bytes

    def __post_init__(self) -> None:
        for array in (self.train, self.train_labels, self.test, self.test_labels):
            array.setflags(write=False)

    @property
    def n_pixels(self) -> int:
        """V, the number of pixels of one image."""
        return self.shape[0] * self.shape[1]
