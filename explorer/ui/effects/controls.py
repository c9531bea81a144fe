"""The controls of a study: model, hyperparameters with their values, seeds, epochs, data set."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import Hyperparameter, default_values, text_of
from explorer.models.config.describe import hyperparameters
from explorer.models.registry import KINDS
from explorer.ui.state.effects import MOST_SEEDS, MOST_VALUES, EffectsState
from explorer.ui.state.page import set_widget
from explorer.ui.state.varied import offered_values, to_vary

NONE = "one only"  # of the second hyperparameter


def controls(state: EffectsState) -> None:
    """Draw them in the sidebar."""
    with st.sidebar:
        _choice("Model", list(KINDS), state.kind, state.take_kind, lambda kind: KINDS[kind].title)
        possible = to_vary(state.config_class)
        titles = {name: h.full_title for name, h in possible.items()} | {NONE: "none"}
        for place, label in enumerate(("Hyperparameter", "Second hyperparameter")):
            axis = state.axes[place] if place < len(state.axes) else None
            options = [name for name in possible if name not in [a.name for a in state.axes if a is not axis]]
            shown, vary = axis.name if axis else NONE, partial(_vary, state, place)
            _choice(label, options if place == 0 else [NONE, *options], shown, vary, titles.__getitem__)
            if axis:
                _values(state, place, possible[axis.name])
        _number("Seeds", range(1, MOST_SEEDS + 1), state.seeds, partial(setattr, state, "seeds"), HELP_ON_SEEDS)
        epochs = next(h for h in hyperparameters(state.config_class) if h.name == "epochs")
        stops = sorted({*epochs.stops, state.values["epochs"]})
        _number("Epochs", stops, state.values["epochs"], partial(state.take, "epochs"), "Of each run.")
        sets = [name for name in CATALOGUE if CATALOGUE[name].available or name == state.values["dataset"]]
        take = partial(state.take, "dataset")
        _choice("Data set", sets, state.values["dataset"], take, lambda name: CATALOGUE[name].title)
        _shared_settings(state)


HELP_ON_SEEDS = (
    "How many runs of each value, with the seeds 0, 1, 2, … Nothing can be said of noise below three. The models that "
    "one is built on are the same for all seeds."
)


def _vary(state: EffectsState, place: int, name: str) -> None:
    state.vary(place, None if name == NONE else name)


def _choice(
    label: str, options: Sequence[str], shown: str, take: Callable[[Any], None], text: Callable[[str], str]
) -> None:
    key = f"effects {label}"
    set_widget(key, shown)
    hear = partial(_hear, key, options, take)
    st.selectbox(label, options, options.index(shown), format_func=text, key=key, on_change=hear)


def _number(label: str, stops: Sequence[int], shown: int, take: Callable[[Any], None], help: str) -> None:
    key = f"effects {label}"
    set_widget(key, shown)
    st.select_slider(label, stops, shown, key=key, on_change=partial(_hear, key, stops, take), help=help)


def _hear(key: str, options: Container[Any], take: Callable[[Any], None]) -> None:
    """Take over what was chosen; a browser may repeat what is no option any more."""
    value = st.session_state[key]
    if value in options:
        take(value)


def _values(state: EffectsState, place: int, h: Hyperparameter) -> None:
    """Draw the values of a hyperparameter: those that its slider offers, and any that is typed."""
    chosen = list(map(text_of, state.axes[place].values))
    offered = list(map(text_of, offered_values(h)))
    options = offered + [text for text in chosen if text not in offered]
    key = f"effects values of {state.kind} {h.name}"
    set_widget(key, chosen)
    st.multiselect(
        f"Values of {h.full_title}",
        options,
        chosen,
        key=key,
        on_change=lambda: state.take_values(place, st.session_state[key]),
        accept_new_options=h.values.range not in ("true or false",),
        max_selections=MOST_VALUES,
        help=f"{h.help} [{h.values.range}]",
    )


def _shared_settings(state: EffectsState) -> None:
    """Say what all runs share that is not the default, and offer the defaults."""
    defaults, varied = default_values(state.config_class), [axis.name for axis in state.axes]
    titles = {h.name: h.full_title for h in hyperparameters(state.config_class)}
    beside = (*varied, "dataset", "epochs", "seed")
    other = {name: value for name, value in state.values.items() if name not in beside and value != defaults[name]}
    if not other:
        st.caption("All other settings are the defaults. A model's page opens this one with its own.")
        return
    listed = ", ".join(f"{titles[name]} **{text_of(value)}**" for name, value in other.items())
    st.caption(f"Shared by all runs: {listed}.")
    st.button("Set those back", icon=":material/restart_alt:", on_click=state.reset, width="stretch")
