"""Data sets in torchvision's layout, and the format of their files: found, checked and read. Nothing here downloads.

A file in the IDX format begins with two bytes of 0, the type of its numbers, how many dimensions it has, and the
length of each as four bytes, the highest first (LeCun, Cortes & Burges, "The MNIST database of handwritten digits").
"""

import gzip
import hashlib
import math
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from explorer.arrays import Bytes
from explorer.data.images import ImageSet
from explorer.errors import DataDamaged, DataMissing, OtherData

SIDE = 28
LARGEST = 4 << 30  # bytes in one file that are read at all
SPLITS = {"train": "training", "t10k": "test"}  # how names of files begin
KINDS = {0x08: "bytes", 0x09: "signed bytes", 0x0B: "16-bit", 0x0C: "32-bit", 0x0D: "float", 0x0E: "double"}
MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def images_file(split: str) -> str:
    """Return the name of the file with a split's images, "train" or "t10k"."""
    return f"{split}-images-idx3-ubyte"


def labels_file(split: str) -> str:
    """Return the name of the file with a split's labels, "train" or "t10k"."""
    return f"{split}-labels-idx1-ubyte"


def read_idx(path: Path) -> Bytes:
    """Return the bytes that an IDX file holds, as many dimensions as its header says; one in .gz is unpacked.

    Raises:
        DataDamaged: the file is no IDX file of bytes, does not have the length its header says, or cannot be read.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            shape = _shape(path, cast(BinaryIO, file))
            count = math.prod(shape)
            if count > LARGEST:
                raise DataDamaged(f"{path} is to hold {in_words(shape)}, as its header says: more than can be read.")
            content = file.read(min(count, _most(path)) + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataDamaged(f"{path} cannot be read: {reason}.") from error
    if len(content) != count:
        what = "more bytes than that" if len(content) > count else f"only {len(content):,} of its {count:,} bytes"
        raise DataDamaged(f"{path} is to hold {in_words(shape)}, as its header says, but has {what}.")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _most(path: Path) -> int:
    """Return how many bytes there can be: a header may say anything, and as much memory would be taken at once."""
    return LARGEST if path.suffix == ".gz" else path.stat().st_size


def _shape(path: Path, file: BinaryIO) -> tuple[int, ...]:
    start = file.read(4)
    zeros, kind, dimensions = start[:2], start[2:3], start[3:4]
    if zeros != b"\0\0" or not kind or kind[0] not in KINDS or not dimensions or not dimensions[0]:
        raise DataDamaged(f"{path} is no IDX file: it begins with the bytes {start.hex(' ') or '(none)'}.")
    if kind[0] != 0x08:
        raise DataDamaged(f"{path} holds {KINDS[kind[0]]} numbers, as its header says; images and labels are bytes.")
    lengths = file.read(4 * dimensions[0])
    if len(lengths) < 4 * dimensions[0]:
        raise DataDamaged(f"{path} ends within its header: it is cut off.")
    return tuple(int.from_bytes(lengths[at : at + 4], "big") for at in range(0, len(lengths), 4))


def in_words(shape: tuple[int, ...]) -> str:
    """Return what an IDX file of some lengths holds, such as "200 images of 28×28 pixels"."""
    match shape:
        case (count,):
            return f"{count:,} labels"
        case (count, rows, columns):
            return f"{count:,} images of {rows}×{columns} pixels"
    return f"an array of {'×'.join(map(str, shape))}"


@dataclass(frozen=True)
class IdxSet:
    """A known data set as torchvision stores it under `<folder>/<class>/raw`: images, and labels if they are there.

    Each of its files may be packed, with .gz after its name.
    """

    name: str
    torchvision_class: str
    sha256: dict[str, str] = field(default_factory=dict)  # of the unpacked files, where known
    items: tuple[int, int] = (60_000, 10_000)  # images for training, for testing
    classes: int = 10

    def raw_folder(self, folder: Path) -> Path:
        """Return where torchvision keeps this set's files below a data folder."""
        return folder / self.torchvision_class / "raw"

    def find(self, folders: list[Path]) -> Path | None:
        """Return the first folder that holds the images of this set, or None."""
        return next((folder for folder in folders if all(self._found(folder))), None)

    def _found(self, folder: Path) -> Iterator[bool]:
        raw = str(self.raw_folder(folder))  # a page asks some 20 times as it is drawn; joining Paths would take longest
        for split in SPLITS:
            name = f"{raw}/{images_file(split)}"
            yield os.path.isfile(name) or os.path.isfile(f"{name}.gz")  # noqa: PTH113

    def load(self, folders: list[Path]) -> ImageSet:
        """Read the set from the first folder that holds it.

        Raises:
            DataMissing: no folder holds its images, or only those of one split.
            DataDamaged: a file is cut off, altered or unreadable.
            OtherData: a file is as it should be, but not this set's.
        """
        folder = self.find(folders) or next((folder for folder in folders if any(self._found(folder))), None)
        if folder is None:
            raise DataMissing(
                f"The data set {self.name} is not on this machine. Download it in the app, "
                f"set EXPLORER_DATA to a folder with {self.torchvision_class}/raw in it, or use the built-in mnist-5k."
            )
        raw = self.raw_folder(folder)
        (train, train_labels), (test, test_labels) = (self._split(raw, split) for split in SPLITS)
        return ImageSet(self.name, (SIDE, SIDE), train, train_labels, test, test_labels)

    def _split(self, raw: Path, split: str) -> tuple[Bytes, Bytes | None]:
        images, labels = self.file(raw, images_file(split)), self.file(raw, labels_file(split))
        if images is None:
            raise DataMissing(
                f"{raw / images_file(split)} is missing, the {SPLITS[split]} images of {self.name}, while others are "
                f"there. Put it there, or download {self.name} in the app, which leaves what is there as it is."
            )
        pixels = self.read(images).reshape(-1, SIDE * SIDE)
        return pixels, None if labels is None else self.read(labels)

    def file(self, raw: Path, name: str) -> Path | None:
        """Return the path of one of this set's files in a folder, unpacked or packed, or None if it is not there."""
        return next((path for path in (raw / name, raw / f"{name}.gz") if os.path.isfile(path)), None)  # noqa: PTH113

    def read(self, path: Path) -> Bytes:
        """Return what one of this set's files holds, (items, rows, columns) or (items,), after all checks of it.

        Raises:
            DataDamaged, OtherData: as of `load`.
        """
        name = path.name.removesuffix(".gz")
        remedy = f"To use {self.name}, move it elsewhere, and download {self.name} in the app; mnist-5k is built in."
        try:
            array = read_idx(path)
        except DataDamaged as error:
            raise DataDamaged(f"{error} {remedy}") from error.__cause__
        self._check_shape(path, array.shape, remedy)
        if name in self.sha256:
            same = _sha256(array) == self.sha256[name]
        else:
            same = path.suffix != ".gz" or self._md5(path) in (None, _md5(path))
        if not same:
            raise DataDamaged(f"{path} does not have the checksum of {self.name}: it was altered. {remedy}")
        if array.ndim == 1 and array.max(initial=0) >= self.classes:
            highest = f"{path} holds the label {array.max()}; the classes of {self.name} are 0 to {self.classes - 1}."
            raise OtherData(f"{highest} {remedy}")
        return array

    def _check_shape(self, path: Path, shape: tuple[int, ...], remedy: str) -> None:
        items = self.items[0 if path.name.startswith("train") else 1]
        wanted = (items, SIDE, SIDE) if "images" in path.name else (items,)
        if shape != wanted:
            raise OtherData(
                f"{path} holds {in_words(shape)}, as its header says; {self.name} has {in_words(wanted)} there. "
                f"It is another data set, and runs are told by the name of theirs. {remedy}"
            )

    def _md5(self, path: Path) -> str | None:
        """Return the MD5 sum that torchvision lists for a packed file, if it does."""
        import torchvision.datasets  # a second to import

        known = getattr(torchvision.datasets, self.torchvision_class, None)
        return dict(known.resources).get(path.name) if known else None


def _sha256(array: Bytes) -> str:
    """Return the checksum of the unpacked file that holds an array."""
    header = (0x0800 + array.ndim, *array.shape)
    digest = hashlib.sha256(b"".join(x.to_bytes(4, "big") for x in header))
    digest.update(array.data)
    return digest.hexdigest()


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
