"""What can be done with the run that is shown: pin it, unpin what is pinned, export it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.runs.archive import export_run
from explorer.ui.moving import keep
from explorer.ui.shelf.services import library
from explorer.ui.state.page import PageState
from explorer.ui.state.places import MOST_PINS
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, pin_of
from explorer.ui.wording import plain


def run_actions(state: PageState, shown: Sequence[Subject]) -> None:
    """Draw the buttons beside the epoch slider."""
    current = shown[-1]
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(
            "Pin",
            icon=":material/keep:",
            on_click=partial(_pin, state, pin_of(current)),
            disabled=pin_of(current) in state.pins,
            help=f"Keep this run on the left, with up to {MOST_PINS - 1} others, and compare it with what you choose "
            "next.",
        )
        _unpin(state, shown)
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


def _unpin(state: PageState, shown: Sequence[Subject]) -> None:
    """Draw the button that unpins the one pinned run, or behind it one for each of several and one for all."""
    if len(state.pins) == 1:
        st.button("Unpin", icon=":material/keep_off:", on_click=state.drop_pin, args=state.pins)
    elif state.pins:
        names = {subject.pin: plain(Scene(state, shown).name(subject)) for subject in shown}
        with st.popover("Unpin", icon=":material/keep_off:"):
            for pin in state.pins:
                st.button(
                    names.get(pin, plain(pin)),
                    on_click=state.drop_pin,
                    args=(pin,),
                    key=f"unpin {pin}",
                    width="stretch",
                )
            unpin_all = partial(setattr, state, "pin", None)
            st.button("All of them", type="primary", on_click=unpin_all, key="unpin all", width="stretch")


def _pin(state: PageState, pin: str) -> None:
    state.add_pin(pin)
    if pin in state.pins:
        keep(pin.partition("@")[0])
