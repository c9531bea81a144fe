"""TensorBoard events of a run: scalars at each epoch, distributions and pictures at each snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter


class EventWriter:
    """Appends to the events in a folder; what an interrupted attempt wrote after `reached` is hidden."""

    def __init__(self, folder: Path, reached: int) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=reached + 1 if reached else None)

    def scalars(self, epoch: int, values: Mapping[str, float]) -> None:
        """Write the epoch's metrics."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, epoch)

    def snapshot(self, epoch: int, histograms: Mapping[str, Tensor], pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Write the distributions and pictures of a kept epoch."""
        for name, tensor in histograms.items():
            self._writer.add_histogram(name, tensor.detach().cpu(), epoch)
        for name, picture in pictures.items():
            self._writer.add_image(name, picture, epoch, dataformats="HW" if picture.ndim == 2 else "HWC")

    def close(self) -> None:
        """Flush and close the file."""
        self._writer.close()
