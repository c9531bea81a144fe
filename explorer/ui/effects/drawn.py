"""What the views of a study's figures share: which figures are drawn, and how a chart is shown and saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from explorer.analysis.measures import Measures, Metric
from explorer.models.registry import kind_of
from explorer.plots.effects import Charts, FigureAxis, as_svg
from explorer.runs.run import Run
from explorer.ui.effects.figures import Evidence
from explorer.ui.state.choices import several, some_of
from explorer.ui.state.effects import EffectsState
from explorer.ui.state.page import parameters_of

MOST_CHARTS = 4


def pick_figures(state: EffectsState, evidence: Evidence) -> list[Metric]:
    """Draw the choice of figures, at first of those that sum a model up; an empty list where there are none."""
    possible = evidence.metrics
    if evidence.told_apart:
        names = ", ".join(metric.title for metric in evidence.told_apart)
        st.caption(f":material/info: Not drawn, as they measure something else with each value: {names}.")
    if not possible:
        st.info("No figures of these runs yet. Train some of them.", icon=":material/hourglass:")
        return []
    measures: Measures = kind_of(state.kind).load("measures")
    usual = [name for name in measures.headline if name in possible] or list(possible)[:1]
    key = state.linked("figures", usual, some_of(possible), several)
    st.session_state[key] = [name for name in st.session_state.get(key) or usual if name in possible] or usual
    chosen = st.multiselect(
        "Figures", list(possible), format_func=lambda name: possible[name].title, key=key, max_selections=MOST_CHARTS
    )
    return [possible[name] for name in chosen or usual]


def axes_of(metrics: Sequence[Metric]) -> list[FigureAxis]:
    """Return figures as axes of charts."""
    return [FigureAxis(metric.name, metric.title, metric.unit) for metric in metrics]


def show_chart(state: EffectsState, name: str, chart: Charts, words: str, runs: Iterable[str]) -> None:
    """Draw a chart, which says in words what it shows, and offer it as a drawing on white."""
    with st.container(key=f"vega {name}"):
        st.altair_chart(chart, width="stretch", key=state.key(name), alt=words)
    st.download_button(
        "SVG",
        partial(as_svg, chart, words, tuple(runs)),
        f"{re.sub(r'[^a-z0-9]+', '-', f'effects {state.kind} {name}'.lower())}.svg",
        "image/svg+xml",
        icon=":material/download:",
        on_click="ignore",
        key=state.key(f"svg {name}"),
        help="The charts as one drawing on white, for slides and papers",
    )


def address_of(state: EffectsState, run: Run) -> str:
    """Return where a run is shown, relative to this page, with its id behind."""
    page = kind_of(state.kind).page or state.kind
    values = run.config.values() | {"epochs": state.values["epochs"]}
    return f"./{page}?{urlencode(parameters_of(state.config_class, values))}#{run.id}"
