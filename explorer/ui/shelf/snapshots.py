"""Models and analyses of snapshots, shared by all sessions; a snapshot never changes, so neither do they.

Each cache is keyed by (run folder, epoch, time of writing) and bounded; values are read-only by convention.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from explorer.errors import BrokenFile, OtherKind
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.tensors import check_tensors
from explorer.ui.shelf.remembered import remembered

if TYPE_CHECKING:
    from explorer.models.interface import Model

T = TypeVar("T")
Key = tuple[str, int, int]  # run folder, epoch, mtime in ns


def key_of(run: Run, epoch: int) -> Key:
    """Return what identifies a snapshot's content."""
    path = run.paths.snapshot(epoch)
    return (str(run.paths.folder), epoch, path.stat().st_mtime_ns if path.exists() else 0)


def readable_epochs(run: Run) -> tuple[tuple[int, ...], list[str]]:
    """Return the epochs of the snapshots that can be read, and for each of the others what is wrong with it."""
    checked = {epoch: _defect(key_of(run, epoch)) for epoch in run.snapshots}
    return tuple(epoch for epoch, defect in checked.items() if not defect), [d for d in checked.values() if d]


@remembered()
def _defect(key: Key) -> str:
    """Return why a snapshot's file cannot be read, or nothing; this looks at its table of contents only."""
    folder, epoch, _ = key
    try:
        check_tensors(RunPaths(Path(folder)).snapshot(epoch))
    except BrokenFile as error:
        return str(error)
    return ""


def model_of(key: Key, wanted: type[T]) -> T:
    """Return the model of a snapshot, which is to be of some class.

    Raises:
        BrokenFile: the snapshot cannot be read.
        OtherKind: it holds a model of another class.
    """
    return of_class(_model(key), wanted, Path(key[0]).name)


@remembered()
def _model(key: Key) -> Model:
    folder, epoch, _ = key
    return Run(Path(folder)).model(epoch)


def of_class(found: object, wanted: type[T], id_: str) -> T:
    """Return a run's model or config, which is to be of some class.

    Raises:
        OtherKind: it is of another one.
    """
    if not isinstance(found, wanted):
        what = f"{id_} has a {type(found).__name__} where a {wanted.__name__} is asked for"
        raise OtherKind(f"{what}. Open it on the page of its own kind.")
    return found
