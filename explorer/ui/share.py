"""What can be done with the run that is shown: pin it, unpin, export it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.runs.archive import export_run
from explorer.ui.moving import keep
from explorer.ui.shelf.services import library
from explorer.ui.state.page import PageState
from explorer.ui.state.subject import Subject, pin_of


def run_actions(state: PageState, shown: Sequence[Subject]) -> None:
    """Draw the buttons beside the epoch slider."""
    current = shown[-1]
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if state.pin:
            st.button("Unpin", icon=":material/keep_off:", on_click=partial(_pin, state, None))
        else:
            st.button(
                "Pin",
                icon=":material/keep:",
                on_click=partial(_pin, state, pin_of(current)),
                help="Keep this run on the left and compare it with what you choose next.",
            )
        st.download_button(
            "Export",
            data=partial(export_run, current.run.anew(), library()),
            file_name=f"{current.run.id}.zip",
            mime="application/zip",
            icon=":material/archive:",
            on_click="ignore",
            help="The run as a file: config, metrics, weights, how the model computes from them, a script that "
            "rebuilds it. Any explorer imports it.",
        )


def _pin(state: PageState, pin: str | None) -> None:
    state.pin = pin
    if pin:
        keep(pin.partition("@")[0])
