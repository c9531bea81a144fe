"""What has gone wrong in the runs that a page shows, with its reasons, above the pictures of every view."""

from __future__ import annotations

import streamlit as st

from explorer.runs.findings import findings_of
from explorer.ui.state.scene import Scene


def show_findings(scene: Scene) -> None:
    """Draw a box for each thing that is wrong with a run at the epoch shown."""
    with st.container():  # always there: what follows it keeps its place, and with it the keyboard's focus
        for subject in scene.subjects:
            whose = f"{scene.name(subject)}: " if len(scene.subjects) > 1 else ""
            for finding in findings_of(subject.run, subject.epoch):
                st.warning(f"{whose}{finding.text}", icon=":material/warning:")
