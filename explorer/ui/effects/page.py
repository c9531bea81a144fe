"""The page of effects from top to bottom: controls, what is trained, the views."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.errors import ConfigError, ExplorerError, InvalidStudy
from explorer.runs.study import find
from explorer.texts import sections
from explorer.ui.asking import show_refusal
from explorer.ui.crowd import note_drawing
from explorer.ui.effects.controls import controls
from explorer.ui.effects.curves import curves_view
from explorer.ui.effects.effect import effect_view
from explorer.ui.effects.figures import Evidence
from explorer.ui.effects.kept import kept_studies
from explorer.ui.effects.panel import study_panel
from explorer.ui.effects.pictures import pictures_view
from explorer.ui.effects.table import table_view
from explorer.ui.navigation import page
from explorer.ui.shelf.services import library, warm_up
from explorer.ui.state.effects import EffectsState, effects_state
from explorer.ui.state.page import set_widget
from explorer.ui.wording import plain

VIEWS: dict[str, Callable[[EffectsState, Evidence], None]] = {
    "Effect": effect_view,
    "Pictures": pictures_view,
    "Curves": curves_view,
    "Table": table_view,
}


def effects_page() -> None:
    """Draw the page."""
    began = time.monotonic()
    with page("Effects", with_controls=True):
        _content()
    note_drawing(began)


def _content() -> None:
    state = effects_state()
    controls(state)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Effects", width="stretch")
        beside = st.container(width="content")
        with st.popover("What to look for", icon=":material/lightbulb:", width="content"):
            st.markdown(sections("effects")[""])
    notes = st.container()  # always there, so that what follows keeps its place
    try:
        with notes:
            show_refusal()
            for problem in state.problems:
                st.warning(plain(problem), icon=":material/warning:")
            evidence = _evidence(state)
            if evidence:
                study_panel(evidence)
        with beside:
            kept_studies(state, evidence)
        if evidence:
            _show(state, evidence)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
    state.write_address()
    warm_up()


def _evidence(state: EffectsState) -> Evidence | None:
    """Return the study that the controls describe with what there is of it, or say why there can be none."""
    try:
        study = state.study
    except (ConfigError, InvalidStudy) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    return Evidence(study, find(study, library()))


def _show(state: EffectsState, evidence: Evidence) -> None:
    names = list(VIEWS)
    if state.view and state.view not in names:
        given = plain(repr(state.view))
        st.warning(f"There is no view {given}; there are {', '.join(names)}.", icon=":material/warning:")
        state.view = None
    key = "effects view"
    set_widget(key, state.view or names[0])
    tabs = st.tabs(names, key=key, on_change=partial(_remember_view, state, key, names[0]))
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                VIEWS[name](state, evidence)


def _remember_view(state: EffectsState, key: str, first: str) -> None:
    chosen = st.session_state[key]
    state.view = None if chosen == first else chosen
