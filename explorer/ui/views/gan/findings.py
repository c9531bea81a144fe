"""What has gone wrong in the runs that a page shows, with its reasons, above their pictures."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.gan_warnings import gan_findings
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.view import View


def with_findings(view: View) -> View:
    """Return a view under the warnings of the runs it shows."""

    def draw(scene: Scene) -> None:
        with st.container():  # always there: what follows it keeps its place, and with it the keyboard's focus
            for subject in scene.subjects:
                _warn(scene, subject)
        view(scene)

    return draw


def _warn(scene: Scene, subject: Subject) -> None:
    for finding in gan_findings(_figures_of(subject), subject.epoch):
        text = f"**{finding.name}** at epoch {subject.epoch}: {finding.reason}."
        st.warning(text if len(scene.subjects) == 1 else f"{scene.name(subject)}: {text}", icon=":material/warning:")


def _figures_of(subject: Subject) -> dict[str, float]:
    """Return what was measured at the epoch shown."""
    table = subject.run.metrics()
    if subject.epoch not in table.index:
        return {}
    return {str(name): float(value) for name, value in table.loc[subject.epoch].to_dict().items() if value is not None}
