"""TensorBoard events of a run: scalars at each epoch, distributions and pictures at each snapshot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from explorer.errors import StoreNotWritable
from explorer.plots.tiles import Picture, rgb

LARGEST = 1e19  # TensorBoard's bins of a histogram end at 1e20; weights that diverge pass that on their way


class EventWriter:
    """Appends to the events in a folder; with `reached`, what an interrupted attempt wrote after it is hidden.

    Raises:
        StoreNotWritable: from any method, when the disk is full or read-only.
    """

    def __init__(self, folder: Path, reached: int | None) -> None:
        self._folder = folder
        with self._naming_the_disk():
            self._writer = SummaryWriter(str(folder), purge_step=None if reached is None else reached + 1)

    def scalars(self, epoch: int, values: Mapping[str, float]) -> None:
        """Write the epoch's metrics."""
        with self._naming_the_disk():
            for name, value in values.items():
                self._writer.add_scalar(name, value, epoch)

    def snapshot(self, epoch: int, histograms: Mapping[str, Tensor], pictures: Mapping[str, Picture]) -> None:
        """Write the distributions and pictures of a kept epoch."""
        with self._naming_the_disk():
            for name, tensor in histograms.items():
                values = tensor.detach().cpu().flatten()
                values = values[values.isfinite()].clamp(-LARGEST, LARGEST)
                if len(values):  # of none at all, TensorBoard makes an error
                    self._writer.add_histogram(name, values, epoch)
            for name, picture in pictures.items():
                self._writer.add_image(name, rgb(*picture), epoch, dataformats="HWC")

    def close(self) -> None:
        """Flush and close the file."""
        with self._naming_the_disk():
            self._writer.close()

    @contextlib.contextmanager
    def _naming_the_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreNotWritable(f"{self._folder} cannot be written: {error.strerror or error}.") from error
