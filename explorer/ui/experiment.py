"""The experiment that a page was opened with: what it says, the way back to it, and its runs where none is trained."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.lineage import chain
from explorer.ui.asking import train
from explorer.ui.chain import missing
from explorer.ui.differences import from_other
from explorer.ui.expected import expected_seconds
from explorer.ui.progress import look_out
from explorer.ui.shelf.services import library
from explorer.ui.state.page import PageState
from explorer.ui.wording import in_epochs, in_time


def draw_experiment(state: PageState) -> None:
    """Draw what the experiment says; where settings were changed since, say so and offer the way back."""
    preset = state.experiment
    if preset is None:
        return
    end = "" if preset.name.endswith("?") else "."
    if not state.has_left:
        st.success(f"**{preset.name}{end}** {preset.text}", icon=":material/science:")
        return
    changed = from_other(state.config_class, state.values, state.values_of(preset)) or in_epochs(state.values["epochs"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back to the experiment", icon=":material/undo:", on_click=partial(state.apply, preset))
        with st.expander(f"{preset.name}: now with {changed}", icon=":material/science:"):
            st.markdown(f"With the experiment's own settings: {preset.text}")


def offer_both(state: PageState, config: ModelConfig) -> bool:
    """Offer to train both runs of an experiment by one button, where neither is; return whether it was offered."""
    partner = state.partner
    if partner is None or state.has_left or not CATALOGUE[config.dataset].available:
        return False
    both = (config, partner)
    if any(each in library() for each in both):
        return False
    needed = [(link.config, link.reached) for each in both for link in missing(chain(each, library()))]
    seconds = expected_seconds([*needed, *((each, 0) for each in both)])
    time_needed = f", about **{in_time(seconds)}**" if seconds else ""
    st.info("The runs of this experiment are not trained yet.", icon=":material/science:")
    with st.container(horizontal=True, vertical_alignment="center"):
        key = f"train {' and '.join(map(run_id, both))}"
        st.button("Train both", type="primary", icon=":material/play_arrow:", on_click=_train_all, args=both, key=key)
        st.markdown(f"{in_epochs(config.epochs)} and {in_epochs(partner.epochs)}{time_needed}.", width="stretch")
    for each in both:
        look_out(each)
    return True


def _train_all(*configs: ModelConfig) -> None:
    for config in configs:
        train(config)
