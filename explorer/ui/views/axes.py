"""Which of the runs shown may share an axis: a density and a probability, or figures of two data sets, may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from explorer.analysis.measures import Metric, apart
from explorer.ui.differences import side_by_side
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject

OF_IMAGES = Metric("", "", "", "")  # any measure of test images: of another data set it is another one


def sharing(scene: Scene, *metrics: Metric) -> Iterator[Sequence[Subject]]:
    """Yield the subjects that share an axis for some metrics: all, or one after the other with the reason said."""
    first, last = scene.subjects[0], scene.subjects[-1]
    names = apart(first.config, last.config, *(metrics or [OF_IMAGES]))
    if not names:
        yield scene.subjects
        return
    for subject in scene.subjects:
        yield (subject,)
    different = side_by_side(type(first.config), names, first.run.settings, last.run.settings)
    st.caption(f":material/info: Not on one axis, as these are measures of different things: {different}.")


def chart_key(scene: Scene, name: str, subjects: Sequence[Subject]) -> str:
    """Return the key of a chart, which has the subject's place in it where two do not share one."""
    return scene.key(chart_name(scene, name, subjects))


def chart_name(scene: Scene, name: str, subjects: Sequence[Subject]) -> str:
    """Return a name, with the subject's place behind it where two do not share what it is the name of."""
    return name if len(subjects) == len(scene.subjects) else f"{name} {subjects[0].role}"
