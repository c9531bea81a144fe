"""TensorBoard events of a run: scalars at each epoch, distributions and pictures at each snapshot."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from torch import Tensor
from torch.utils.tensorboard.summary import histogram, image, scalar

from explorer.plots.tiles import Picture, rgb
from explorer.runs.files import make_folder, not_written

LARGEST = 1e19  # the bins of a histogram end soon after it; weights that diverge pass that on their way
_POSITIVE = 1e-12 * 1.1 ** np.arange(774)  # TensorBoard's bins
_BINS = [*-_POSITIVE[::-1], 0.0, *_POSITIVE]
_NUMBERS = itertools.count()


class EventWriter:
    """Appends to the events in a folder; with `reached`, what an interrupted attempt wrote after it is hidden.

    TensorBoard's own writer has a thread, which tells of a full disk by a traceback, and late; its checksums in Python
    take a quarter to a half of a snapshot's time. This one writes at once.

    Raises:
        StoreNotWritable: from any method, when the disk is full or read-only.
    """

    def __init__(self, folder: Path, reached: int | None = None, *, within: Path | None = None) -> None:
        """Begin a file in the folder, which is made where it is missing; within: as of `write_atomically`."""
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_NUMBERS)}"
        self._path = folder / name
        with self._naming_the_disk():
            make_folder(folder, within)
            self._file = self._path.open("wb", buffering=0)  # a full disk is told by the write itself
        self._add(Event(file_version="brain.Event:2"))
        if reached is not None:
            self._add(Event(step=reached + 1, session_log=SessionLog(status=SessionLog.START)))

    def scalars(self, epoch: int, values: Mapping[str, float]) -> None:
        """Write the epoch's metrics."""
        for name, value in values.items():
            self._summary(epoch, scalar, name, value)

    def snapshot(self, epoch: int, histograms: Mapping[str, Tensor], pictures: Mapping[str, Picture]) -> None:
        """Write the distributions and pictures of a kept epoch."""
        for name, tensor in histograms.items():
            values = tensor.detach().cpu().flatten()
            values = values[values.isfinite()].clamp(-LARGEST, LARGEST)
            if len(values):  # of none at all, TensorBoard makes an error
                self._summary(epoch, histogram, name, values, _BINS)
        for name, picture in pictures.items():
            self._summary(epoch, image, name, rgb(*picture), dataformats="HWC")

    def close(self) -> None:
        """Close the file."""
        with self._naming_the_disk():
            self._file.close()

    def _summary(self, epoch: int, summary: Callable[..., Any], *content: object, **options: str) -> None:
        self._add(Event(step=epoch, summary=summary(*content, **options)))

    def _add(self, event: Any) -> None:
        event.wall_time = time.time()
        with self._naming_the_disk():
            try:
                left = memoryview(_record(event.SerializeToString()))
                while left:  # of a nearly full disk, a write takes what it has room for
                    left = left[self._file.write(left) :]
            except OSError:
                self._file.close()
                raise

    @contextlib.contextmanager
    def _naming_the_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise not_written(self._path.parent, error) from error


def _record(data: bytes) -> bytes:
    """Return data as a record of a TFRecord file: its length and the data, each followed by its checksum."""
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)  # masked, as a checksum of bytes that end in their checksum is always the same
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
