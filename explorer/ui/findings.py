"""What has gone wrong in the runs that a page shows, with its reasons, above the pictures of every view."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.runs.findings import findings_of
from explorer.ui.state.scene import Scene


def show_findings(scene: Scene) -> None:
    """Draw a box for each run with something wrong at the epoch shown; those of three and more runs are folded up."""
    with st.container():  # always there: what follows it keeps its place, and with it the keyboard's focus
        found = [(subject, findings_of(subject.run, subject.epoch)) for subject in scene.subjects]
        found = [(subject, findings) for subject, findings in found if findings]
        names = dict.fromkeys(finding.name for _, findings in found for finding in findings)
        with _folded(", ".join(names)) if scene.several and found else nullcontext():
            for subject, findings in found:
                whose = f"{scene.name(subject)}: " if len(scene.subjects) > 1 else ""
                words = "\n\n".join(f"{whose}{finding.text}" for finding in findings)
                st.warning(words, icon=":material/warning:")


def _folded(names: str) -> DeltaGenerator:
    """Return the place for boxes that would leave no room for pictures; their names stand on it."""
    return st.expander(f"Found in these runs: {names}", icon=":material/warning:")
