"""Models and analyses of snapshots, shared by all sessions; a snapshot never changes, so neither do they.

Each cache is keyed by (run folder, epoch, time of writing) and bounded; values are read-only by convention.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from explorer.runs.run import Run

Key = tuple[str, int, int]  # run folder, epoch, mtime in ns


def key_of(run: Run, epoch: int) -> Key:
    """Return what identifies a snapshot's content."""
    path = run.paths.snapshot(epoch)
    return (str(run.paths.folder), epoch, path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_resource(max_entries=96, show_spinner=False)
def model_of(key: Key) -> Any:
    """Return the model of a snapshot.

    Raises:
        BrokenFile: the snapshot cannot be read.
    """
    folder, epoch, _ = key
    return Run(Path(folder)).model(epoch)
