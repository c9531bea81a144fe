"""What has gone wrong in the runs that a page shows, with its reasons, above the pictures of every view."""

from __future__ import annotations

import streamlit as st

from explorer.runs.findings import findings_of
from explorer.ui.state.scene import Scene


def show_findings(scene: Scene) -> None:
    """Draw a box for each run with something wrong at the epoch shown."""
    with st.container():  # always there: what follows it keeps its place, and with it the keyboard's focus
        for subject in scene.subjects:
            whose = f"{scene.name(subject)}: " if len(scene.subjects) > 1 else ""
            if found := findings_of(subject.run, subject.epoch):
                words = "\n\n".join(f"{whose}{finding.text}" for finding in found)
                st.warning(words, icon=":material/warning:")
