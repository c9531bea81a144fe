"""The figures of runs, read once for all sessions as long as their files are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.runs.files import Stamp, stamp
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.ui.shelf.remembered import remembered

Rows = list[dict[str, Any]]


def rows_of(run: Run) -> Rows:
    """Return a run's figures, a mapping for each epoch: see `Run.metric_rows`.

    Raises:
        BrokenFile: they cannot be read.
    """
    return _read(run.paths.folder, _stamps(run.paths))


def figures_at(run: Run, epoch: int) -> dict[str, Any]:
    """Return a run's figures at an epoch; none where it has none.

    Raises:
        BrokenFile: they cannot be read.
    """
    return next((row for row in rows_of(run) if row["epoch"] == epoch), {})


def fault_of(run: Run) -> str:
    """Return what of a run's figures is lost: see `Run.fault`.

    Raises:
        BrokenFile: they cannot be read at all.
    """
    return _fault(run.paths.folder, stamp(run.paths.metrics))


def _stamps(paths: RunPaths) -> tuple[object, ...]:
    return stamp(paths.metrics), *((epoch, stamp(paths.figures_of(epoch))) for epoch in paths.figure_epochs())


@remembered()
def _read(folder: Path, _stamps: tuple[object, ...]) -> Rows:
    return Run(folder).metric_rows()


@remembered()
def _fault(folder: Path, _stamp: Stamp) -> str:
    return Run(folder).fault
