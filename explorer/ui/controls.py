"""The sidebar's controls, made from a config class: nothing here knows a particular hyperparameter but `dataset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import Hyperparameter, default_values, hyperparameters, text_of
from explorer.models.config.values import Choice, DataSets, Flag, Layers, Number, Starts, origin_in
from explorer.ui.moving import switch
from explorer.ui.navigation import effects_link
from explorer.ui.shelf.pictured import pictured_values
from explorer.ui.state.page import PageState, set_widget
from explorer.ui.state.varied import to_vary


def controls(state: PageState) -> None:
    """Draw data set, presets and hyperparameters in the sidebar."""
    fields = hyperparameters(state.config_class)
    trained = pictured_values(state.kind, state.values)
    with st.sidebar:
        _preset_picker(state)
        switch()
        _controls(state, [h for h in fields if not h.parents and not h.advanced], trained)
        _folded(state, "More settings", [h for h in fields if not h.parents and h.advanced], trained)
        for parents in dict.fromkeys(h.parents for h in fields if h.parents):
            _built_on(state, parents[-1], [h for h in fields if h.parents == parents], trained)
        st.button(
            "Back to the defaults",
            on_click=partial(_reset, state),
            disabled=state.values == default_values(state.config_class),
            icon=":material/restart_alt:",
            width="stretch",
        )


def _built_on(
    state: PageState, title: str, fields: Sequence[Hyperparameter], trained: Mapping[str, Sequence[Any]]
) -> None:
    """Draw the controls of a model that the page's is built on: those in sight, and all others on request."""
    shown = [h for h in fields if h.in_sight and not h.advanced]
    if shown:
        st.markdown(f"**{title}**")
        _controls(state, shown, trained)
    _folded(state, f"{'More' if shown else 'Built on'}: {title}", [h for h in fields if h not in shown], trained)


def _folded(
    state: PageState, title: str, fields: Sequence[Hyperparameter], trained: Mapping[str, Sequence[Any]]
) -> None:
    """Draw controls under a title that is opened on request and says how many of them were changed."""
    if fields:
        changed = sum(state.values[h.name] != h.default for h in fields)
        with st.expander(f"{title}{f' ({changed} changed)' if changed else ''}"):
            _controls(state, fields, trained)


def _controls(state: PageState, fields: Sequence[Hyperparameter], trained: Mapping[str, Sequence[Any]]) -> None:
    possible = to_vary(state.config_class)
    for h in fields:
        if h.name not in possible:
            _control(state, h, trained.get(h.name, ()))
            continue
        with st.container(horizontal=True, vertical_alignment="top", gap="xsmall", key=f"effects of {h.name}"):
            with st.container(gap="xsmall"):
                _control(state, h, trained.get(h.name, ()))
            effects_link(state, h)


def _control(state: PageState, h: Hyperparameter, trained: Sequence[Any]) -> None:
    """Draw the widget that fits the hyperparameter; the state, not the widget, owns the value.

    The value is also the widget's default: a browser that has to draw it anew, as when runs overtake each other on a
    busy machine, would begin with the first option and report that.
    """
    key, value = f"{state.kind}.{h.name}", state.values[h.name]
    set_widget(key, value)
    common: dict[str, Any] = {"key": key, "help": h.help, "on_change": partial(_take_over, state, h.name)}
    label = f"{h.title} ({h.unit})" if h.unit and h.unit not in h.title.lower() else h.title
    match h.values:
        case DataSets(choices=names):
            st.selectbox(label, names, names.index(value), format_func=_dataset_title, **common)
            _offer_full_set(state)
        case Choice(choices=choices):
            st.segmented_control(label, choices, default=value, required=True, **common)
        case Flag():
            st.toggle(label, value, **common)
        case Layers():
            stops = list(dict.fromkeys([*h.stops, value]))
            st.selectbox(label, stops, stops.index(value), format_func=text_of, accept_new_options=True, **common)
            _say_what_is_trained(state, h, trained)
        case Starts(choices=choices):
            _start(state, h, choices, common)
        case Number():
            stops = sorted({*h.stops, value})
            st.select_slider(label, stops, value, format_func=text_of, **common)
            _say_what_is_trained(state, h, trained)


def _start(state: PageState, h: Hyperparameter, choices: Sequence[str], common: Mapping[str, Any]) -> None:
    """Draw what a training starts with: as the kind has it, or with the run that is shown; nothing without a choice."""
    value = state.values[h.name]
    shown = [state.at_rest] if state.at_rest and not h.parents else []
    options = list(dict.fromkeys([*choices, *shown, value]))
    if len(choices) > 1:
        st.segmented_control(h.title, options, default=value, required=True, format_func=_start_title, **common)
    elif len(options) > 1:
        st.selectbox(h.title, options, options.index(value), format_func=_start_title, **common)


def _start_title(start: str) -> str:
    origin = origin_in(start)
    return f"epoch {origin.epoch} of {origin.run}" if origin else start


def _say_what_is_trained(state: PageState, h: Hyperparameter, trained: Sequence[Any]) -> None:
    if len(trained) > 1:
        here = state.values[h.name]
        st.caption("trained: " + " · ".join(f"**{text_of(x)}**" if x == here else text_of(x) for x in trained))


def _take_over(state: PageState, name: str) -> None:
    value = st.session_state[f"{state.kind}.{name}"]
    if value is not None:
        state.take(name, value)


def _reset(state: PageState) -> None:
    state.preset, state.pin = None, None
    state.set_values(default_values(state.config_class))


def _offer_full_set(state: PageState) -> None:
    """Say on the built-in digits that there are more of them; choosing the full set offers its download."""
    if state.values["dataset"] == "mnist-5k" and not CATALOGUE["mnist"].available:
        st.caption("Built-in digits: the full MNIST is not on this machine.")
        take = partial(state.set_values, {"dataset": "mnist"})
        st.button("Get the full MNIST", on_click=take, icon=":material/download:", width="stretch")


def _dataset_title(name: str) -> str:
    return CATALOGUE[name].title + ("" if CATALOGUE[name].available else " — not on this machine")


def _preset_picker(state: PageState) -> None:
    key = f"{state.kind} preset"
    set_widget(key, state.preset)
    st.selectbox(
        "Experiments",
        [preset.name for preset in state.presets],
        placeholder="Choose an experiment",
        key=key,
        index=None,
        on_change=partial(_apply_preset, state, key),
        help="Opens the runs to compare, side by side. Change anything afterwards.",
    )


def _apply_preset(state: PageState, key: str) -> None:
    chosen = next((preset for preset in state.presets if preset.name == st.session_state[key]), None)
    if chosen:
        state.apply(chosen)
    else:
        state.preset = None
