"""Runs that are compared: links that show them side by side, or as a study, and buttons on the page of all runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ExplorerError
from explorer.models.registry import kind_of
from explorer.runs.ids import kind_in
from explorer.runs.run import Run
from explorer.runs.study import common_study
from explorer.ui.shelf.services import library
from explorer.ui.state.address import PIN, Parameters
from explorer.ui.state.effects import link_to
from explorer.ui.state.page import parameters_of
from explorer.ui.state.places import MOST_PINS
from explorer.ui.wording import plain

MOST = MOST_PINS + 1  # runs side by side
_TICKED = "runs, as they were ticked"


def comparison(runs: Sequence[Run]) -> Parameters:
    """Return the parameters of a link to the runs' page that shows them side by side, the first as the current one.

    Raises:
        ExplorerError: the settings of the first cannot be read.
    """
    first, *others = runs
    parameters = parameters_of(type(first.config), first.config.values())
    return parameters | ({PIN: ",".join(run.id for run in others)} if others else {})


def compare_button(runs: Sequence[Run], key: str) -> None:
    """Draw the button that shows the selected runs side by side on their page."""
    runs = _as_ticked(runs)
    obstacle = _obstacle(runs)
    label = f"Compare ({len(runs)})" if len(runs) > 1 else "Compare"
    hint = obstacle or "Side by side on their page, on which settings describe the one that was ticked first."
    icon = ":material/view_column:"
    if st.button(label, icon=icon, disabled=bool(obstacle), help=hint, width="content", key=key):
        try:
            st.switch_page(f"pages/{runs[0].kind}.py", query_params=comparison(runs))
        except ExplorerError as error:  # broken since the table was read
            st.error(plain(str(error)), icon=":material/error:")


def study_button(runs: Sequence[Run], key: str) -> None:
    """Draw the button that shows the selected runs as the study that they belong to."""
    parameters: Parameters = {}
    hint = "Their effects: what differs in them is varied, up to the epochs that all have."
    try:
        parameters = link_to(common_study([run.config for run in runs])) if len(runs) > 1 else {}
    except ExplorerError as error:
        hint = plain(str(error))
    if len(runs) < 2:
        hint = "Select two or more runs that differ in one hyperparameter, or in two, to see their effects."
    icon = ":material/tune:"
    if st.button("Effects", icon=icon, disabled=not parameters, help=hint, width="content", key=key):
        st.switch_page("pages/effects.py", query_params=parameters)


def _as_ticked(runs: Sequence[Run]) -> list[Run]:
    """Return runs in the order in which they were selected; of those that came at once, in that of the table."""
    by_id = {run.id: run for run in runs}
    earlier = [id_ for id_ in st.session_state.get(_TICKED, ()) if id_ in by_id]
    st.session_state[_TICKED] = tuple(dict.fromkeys([*earlier, *by_id]))
    return [by_id[id_] for id_ in st.session_state[_TICKED]]


def _obstacle(runs: Sequence[Run]) -> str:
    """Return why runs cannot be compared, or nothing."""
    if not 2 <= len(runs) <= MOST:
        return f"Select two to {MOST} runs of one kind to see them side by side."
    if len({kind_in(run.id) for run in runs}) > 1:
        return "These runs are of several kinds of models, which have no page together."
    try:
        return _not_shown(runs)
    except ExplorerError as error:
        return plain(str(error))


def _not_shown(runs: Sequence[Run]) -> str:
    """Return why runs of one kind are not shown side by side, or nothing.

    Raises:
        ExplorerError: one of them cannot be read.
    """
    shapes = {CATALOGUE[run.config.dataset].shape for run in runs}
    if kind_of(kind_in(runs[0].id)).page:
        return "These runs have no page of their own, on which they could stand side by side."
    if without := [run.id for run in runs if library().pictured(run.id) is None]:
        return f"There is nothing to show of {without[0]}: no snapshot is kept."
    sizes = " and of ".join(f"{rows}×{columns}" for rows, columns in sorted(shapes))
    return f"These runs are of images of {sizes} pixels, which are not shown side by side." if len(shapes) > 1 else ""
