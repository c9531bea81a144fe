"""Which runs there are, as plain settings."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from explorer.errors import BrokenFile
from explorer.runs.ids import kind_in
from explorer.runs.run import Run
from explorer.ui.shelf.services import library


def pictured_runs(kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (id, settings) of all runs of a kind that have a snapshot to show."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for run in library():
        if kind_in(run.id) == kind and _has_snapshots(run):
            with contextlib.suppress(BrokenFile):  # the Runs page names broken runs; here they are as good as not there
                found.append((run.id, run.settings))
    return found


def _has_snapshots(run: Run) -> bool:
    """Whether there are any, maybe of the shipped run while the user's own has only begun."""
    return run.paths.snapshots.is_dir() or library().shipped.paths(run.id).snapshots.is_dir()


def pictured_values(kind: str, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return for each hyperparameter the values that are trained while all others stay as they are."""
    found: dict[str, set[Any]] = {}
    others = [name for name in values if name != "epochs"]
    for _, settings in pictured_runs(kind):
        different = [name for name in others if settings.get(name) != values[name]]
        for name in different or others:
            if len(different) <= 1:
                found.setdefault(name, set()).add(settings.get(name))
    return {name: sorted(trained) for name, trained in found.items() if len(trained) > 1}
