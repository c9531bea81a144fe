"""Which of the runs shown may share an axis: a density and a probability, or figures of two data sets, may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import streamlit as st

from explorer.analysis.measures import Metric, apart
from explorer.arrays import Reals
from explorer.plots.curves import Curve
from explorer.ui.differences import side_by_side
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject

OF_IMAGES = Metric("", "", "", "")  # any measure of test images: of another data set it is another one


def sharing(scene: Scene, *metrics: Metric) -> Iterator[Sequence[Subject]]:
    """Yield the subjects that share an axis for some metrics: all, or one group after the other and say why."""
    pairs = combinations(scene.subjects, 2)
    found = (apart(one.config, other.config, *(metrics or [OF_IMAGES])) for one, other in pairs)
    names = list(dict.fromkeys(name for each in found for name in each))
    groups: dict[tuple[Any, ...], list[Subject]] = {}
    for subject in scene.subjects:
        groups.setdefault(tuple(getattr(subject.config, name) for name in names), []).append(subject)
    yield from groups.values()
    if names:
        several = [subject.run.settings for subject in scene.subjects]
        different = side_by_side(type(scene.current.config), names, several)
        st.caption(f":material/info: Not on one axis, as these are measures of different things: {different}.")


def chart_key(scene: Scene, name: str, subjects: Sequence[Subject]) -> str:
    """Return the key of a chart, which has the first subject's place in it where not all share one."""
    return scene.key(chart_name(scene, name, subjects))


def chart_name(scene: Scene, name: str, subjects: Sequence[Subject]) -> str:
    """Return a name, with the first subject's place behind it where not all share what it is the name of."""
    return name if len(subjects) == len(scene.subjects) else f"{name} {subjects[0].role}"


def curve_of(subject: Subject, name: str, x: Reals, y: Reals, **more: Any) -> Curve:
    """Return a curve in the colour and the line style of a subject's place, with what else a curve can have."""
    return replace(Curve(name, x, y, subject.color, dash=subject.dash), **more)
