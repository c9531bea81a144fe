"""How a run is marked."""

from __future__ import annotations

from explorer.errors import BrokenFile
from explorer.runs.marks import Marks
from explorer.runs.run import Run
from explorer.ui.shelf.services import library


def marks_of(run: Run) -> Marks:
    """Return how a run is marked; damaged marks are none, which the page of all runs says."""
    try:
        return library().own.marks.of(run.id)
    except BrokenFile:
        return Marks()
