"""The library as a table: one row for each run, also for those that cannot be read."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.config import hyperparameters
from explorer.models.registry import KINDS, kind_of
from explorer.runs.run import Run
from explorer.runs.status import State, Status
from explorer.ui.services import library

STATE_WORDS = {
    State.RUNNING: "▶ training",
    State.QUEUED: "⏳ waiting",
    State.DONE: "✓ done",
    State.STOPPED: "⏸ stopped",
    State.INTERRUPTED: "⚡ interrupted",
    State.FAILED: "✗ failed",
}

COLUMNS = {
    "state": st.column_config.TextColumn("State", width=110),
    "model": st.column_config.TextColumn("Model", width=60),
    "settings": st.column_config.TextColumn("Settings that differ from the defaults", width=260),
    "data": st.column_config.TextColumn("Data", width=90),
    "progress": st.column_config.ProgressColumn("Progress", format="percent", min_value=0, max_value=1, width=110),
    "epochs": st.column_config.TextColumn("Epochs", width=80),
    "speed": st.column_config.NumberColumn("s / epoch", format="%.2f", width=70),
    "size": st.column_config.NumberColumn("MB", format="%.1f", width=50),
    "place": st.column_config.TextColumn("Place", width=70),
    "id": st.column_config.TextColumn("Id", width=150),
}


def run_table() -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table, and for each run that cannot be read its id and what is wrong; at most two seconds old."""
    return _table_at(int(time.monotonic() / 2))


def forget_table() -> None:
    """Read the library anew with the next table, after something was changed."""
    _table_at.cache_clear()


@lru_cache(maxsize=1)
def _table_at(_tick: int) -> tuple[pd.DataFrame, dict[str, str]]:
    rows, broken = [], {}
    for run in library():
        try:
            rows.append(_row(run))
        except ExplorerError as error:
            broken[run.id] = str(error)
            rows.append({"state": "✗ broken", "id": run.id, "size": run.size() / 1e6, "settings": "cannot be read"})
    return pd.DataFrame(rows, columns=list(COLUMNS)), broken


def _row(run: Run) -> dict[str, Any]:
    status = run.status
    return {
        "state": STATE_WORDS[status.state],
        "model": run.kind.upper(),
        "settings": settings_in_words(run),
        "data": run.settings["dataset"],
        "progress": _progress(status),
        "epochs": f"{status.epoch} of {status.target}" if status.epoch < status.target else str(status.epoch),
        "speed": status.seconds_per_epoch,
        "size": run.size() / 1e6,
        "place": "shipped" if run.shipped else "own",
        "id": run.id,
    }


def _progress(status: Status) -> float:
    return min(1.0, (status.epoch + status.share) / status.target) if status.target else 0.0


def settings_in_words(run: Run) -> str:
    """Return the settings in which a run differs from its kind's defaults."""
    if run.kind not in KINDS:
        return "of a kind this version does not know"
    defaults = {h.name: (h.title, h.default) for h in hyperparameters(kind_of(run.kind).config_class())}
    different = [
        f"{defaults[name][0]} {value}"
        for name, value in run.settings.items()
        if name != "dataset" and name in defaults and value != defaults[name][1]
    ]
    return ", ".join(different) or "all defaults"
