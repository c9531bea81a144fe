"""Data sets in torchvision's layout: found, checked and read. Nothing here downloads."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.arrays import Bytes
from explorer.data.images import ImageSet
from explorer.errors import DataDamaged, DataMissing

SIDE = 28
N_TRAIN, N_TEST = 60_000, 10_000
# file name -> (images or labels, number of items, length of the header in bytes)
FILES = {
    "train-images-idx3-ubyte": (N_TRAIN, 16, SIDE * SIDE),
    "train-labels-idx1-ubyte": (N_TRAIN, 8, 1),
    "t10k-images-idx3-ubyte": (N_TEST, 16, SIDE * SIDE),
    "t10k-labels-idx1-ubyte": (N_TEST, 8, 1),
}
MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@dataclass(frozen=True)
class IdxSet:
    """A data set of four idx files, as torchvision stores them under `<folder>/<class>/raw`."""

    name: str
    torchvision_class: str
    sha256: dict[str, str] = field(default_factory=dict)  # of the unpacked files, where known

    def raw_folder(self, folder: Path) -> Path:
        """Return where torchvision keeps this set's files below a data folder."""
        return folder / self.torchvision_class / "raw"

    def find(self, folders: list[Path]) -> Path | None:
        """Return the first folder that holds all files of this set, or None."""
        return next((folder for folder in folders if all(self._found(folder))), None)

    def _found(self, folder: Path) -> Iterator[bool]:
        raw = str(self.raw_folder(folder))  # a page asks some 20 times as it is drawn; joining Paths would take longest
        return (os.path.isfile(f"{raw}/{name}") for name in FILES)  # noqa: PTH113

    def load(self, folders: list[Path]) -> ImageSet:
        """Read the set from the first folder that holds it.

        Raises:
            DataMissing: no folder holds it, or one of its four files is not there.
            DataDamaged: a file is truncated or altered.
        """
        folder = self.find(folders) or next((folder for folder in folders if any(self._found(folder))), None)
        if folder is None:
            raise DataMissing(
                f"The data set {self.name} is not on this machine. Download it from the app's sidebar, "
                f"set EXPLORER_DATA to a folder with {self.torchvision_class}/raw in it, or use the built-in mnist-5k."
            )
        raw = self.raw_folder(folder)
        read = {name: self._read(raw / name) for name in FILES}
        return ImageSet(
            self.name,
            (SIDE, SIDE),
            train=read["train-images-idx3-ubyte"],
            train_labels=read["train-labels-idx1-ubyte"],
            test=read["t10k-images-idx3-ubyte"],
            test_labels=read["t10k-labels-idx1-ubyte"],
        )

    def _read(self, path: Path) -> Bytes:
        """Return images (items, V) or labels (items,) as they stand in a file that is as it should be."""
        remedy = f"Delete {path.parent} and download {self.name} again."
        if not path.is_file():
            raise DataMissing(f"{path} is missing, while other files of {self.name} are there. {remedy}")
        items, header, size = FILES[path.name]
        expected = header + items * size
        if path.stat().st_size != expected:
            raise DataDamaged(
                f"{path} has {path.stat().st_size:,} bytes instead of {expected:,}: it is truncated or altered. "
                f"{remedy}"
            )
        content = path.read_bytes()
        start = (0x0803, items, SIDE, SIDE) if size > 1 else (0x0801, items)
        if content[:header] != b"".join(x.to_bytes(4, "big") for x in start):
            raise DataDamaged(f"{path} does not start like an idx file of {items:,} items: it was altered. {remedy}")
        if path.name in self.sha256 and hashlib.sha256(content).hexdigest() != self.sha256[path.name]:
            raise DataDamaged(f"{path} does not have the checksum of {self.name}: it was altered. {remedy}")
        pixels = np.frombuffer(content, np.uint8, offset=header)
        return pixels.reshape(items, size) if size > 1 else pixels
