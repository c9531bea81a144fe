"""Figures of snapshots that were measured apart from training: one file for each epoch, beside the metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from explorer.analysis.log_z_version import by_this_estimator
from explorer.disk import read
from explorer.errors import BrokenFile
from explorer.runs.files import stamp, write_atomically
from explorer.runs.paths import RunPaths
from explorer.runs.reading import MOST_FIGURES, check_figures, read_json

Figures = dict[str, float | None]  # by the name of the metric; None where a figure was not finite


def figures_of(paths: RunPaths, epoch: int) -> dict[str, Figures]:
    """Return what was measured of the snapshot of an epoch, by the name of the measurement.

    A measurement by another version of the estimator of log Z is none: done anew, it takes that one's place.

    Raises:
        BrokenFile: the file is not what the explorer writes.
    """
    path = paths.figures_of(epoch)
    return _read(path, stamp(path))


def add_figures(paths: RunPaths, epoch: int, measurement: str, figures: Mapping[str, float]) -> None:
    """Keep the figures of one measurement beside those that are there.

    Raises:
        BrokenFile: the file that is there is not what the explorer writes.
        StoreNotWritable: the disk is full or read-only, or the run is gone.
    """
    finite = {name: value if math.isfinite(value) else None for name, value in figures.items()}
    together = figures_of(paths, epoch) | {measurement: finite}
    content = json.dumps(together, indent=1).encode()
    write_atomically(paths.figures_of(epoch), content, durable=True, within=paths.folder)


@lru_cache(maxsize=4096)
def _read(path: Path, known: tuple[int, ...]) -> dict[str, Figures]:
    if not known:  # there is no such file
        return {}
    try:
        content = read_json(read(path))
        if not isinstance(content, dict) or len(content) > MOST_FIGURES:
            raise ValueError("not the figures of a snapshot")
        for figures in content.values():
            check_figures(figures, set())
            if "epoch" in figures:
                raise ValueError("the epoch is no figure")
    except (OSError, ValueError) as error:
        raise BrokenFile(path, str(error), "Delete this file; what it held is measured again.") from error
    return {name: figures for name, figures in content.items() if by_this_estimator(figures) == figures}
