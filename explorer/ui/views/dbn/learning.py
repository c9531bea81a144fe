"""How a deep belief network learns: which weights move at each step, which only carry states, and by which formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer.texts import sections
from explorer.ui.state.scene import Scene
from explorer.ui.views.dbn.steps import Step
from explorer.ui.views.view import View, control_row, pick

VIEW = "How it learns"

Steps = Callable[[Any], Sequence[Step]]  # of the config of one kind of model


def learning(steps: Steps, first_number: int = 1) -> View:
    """Return the view for a kind of model; its steps are numbered from `first_number`."""
    return partial(_draw, steps, first_number)


def _draw(steps_of: Steps, first_number: int, scene: Scene) -> None:
    steps = steps_of(scene.current.config)
    names = [f"{number} {step.name}" for number, step in enumerate(steps, first_number)]
    with control_row(scene, VIEW):
        number = names.index(pick(scene, "Step", names, f"step of {len(names)}"))
    step, texts = steps[number], sections(scene.state.kind)
    picture, words = st.columns([1, 1], gap="large")
    with picture:
        # inside a block of HTML no text is read as Markdown; st.html would drop the picture
        st.markdown(f"<div>{step.diagram(number + first_number)}</div>", unsafe_allow_html=True)
    with words:
        if len(scene.subjects) > 1:
            st.caption(scene.title(scene.current, "as this one learns"))
        for heading in step.texts:
            st.markdown(texts[f"{VIEW}: {heading}"])
        if step.settings:
            st.caption(step.settings)
