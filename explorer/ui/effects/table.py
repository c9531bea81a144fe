"""Every figure of every run of a study, and the values that are lowest and highest by one of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer.models.config import text_of
from explorer.plots.effects import RUN, SECOND, SHOWN, VALUE, ValueAxis
from explorer.runs.study import Found, Standing
from explorer.ui.differences import from_defaults
from explorer.ui.effects.drawn import address_of
from explorer.ui.effects.figures import Evidence, unreadable, value_axis
from explorer.ui.state.choices import one_of
from explorer.ui.state.effects import EffectsState
from explorer.ui.wording import plain

ID_IN_ADDRESS = r"#(.*)$"


def table_view(state: EffectsState, evidence: Evidence) -> None:
    """Draw the view."""
    rows = pd.DataFrame([_row(state, evidence, each) for each in evidence.found]).dropna(axis=1, how="all")
    run = st.column_config.LinkColumn("Run", display_text=ID_IN_ADDRESS)
    st.dataframe(rows, hide_index=True, column_config={"Run": run}, key=state.key("table"))
    if evidence.metrics:
        _name_the_ends(state, evidence)
    st.download_button(
        "Data (.csv)",
        partial(csv, evidence),
        f"effects-{state.kind}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=state.key("csv"),
        help="A row for each run and epoch, with the run's id and its settings",
    )


def _row(state: EffectsState, evidence: Evidence, found: Found) -> dict[str, Any]:
    """Return what is known of a training, by the titles of the columns; None where there is nothing."""
    titles = [value_axis(state.config_class, axis).title for axis in evidence.study.axes]
    row: dict[str, Any] = dict(zip(titles, map(text_of, found.entry.cell), strict=True))
    row |= {"Seed": found.entry.seed if len(evidence.study.seeds) > 1 else None, "State": str(found.standing)}
    row["Run"] = address_of(state, found.run) if found.run and found.standing is Standing.TRAINED else None
    row["Why"] = found.reason or unreadable(found) or None
    there = evidence.at_the_end
    own = there[there[RUN] == found.run.id] if found.run and len(there) else there[:0]
    figures = own.iloc[0].to_dict() if len(own) else {}
    return row | {metric.title: figures.get(name) for name, metric in evidence.metrics.items()}


def _name_the_ends(state: EffectsState, evidence: Evidence) -> None:
    """Say with which values a figure is lowest and highest, and what choosing by test images does."""
    titles = {name: metric.title for name, metric in evidence.metrics.items()}
    key = state.linked("ends of", next(iter(titles)), one_of(titles))
    if st.session_state.get(key) not in titles:
        st.session_state[key] = next(iter(titles))
    name = st.selectbox("Lowest and highest", list(titles), format_func=lambda name: titles[name], key=key, width=320)
    means = evidence.at_the_end.groupby([SHOWN, SECOND], sort=False)[name].mean().dropna()
    if not len(means):
        return
    places = list(means.index)
    unit, axes = evidence.metrics[name].unit, [value_axis(state.config_class, axis) for axis in evidence.study.axes]
    extremes = (("lowest", int(means.argmin())), ("highest", int(means.argmax())))
    ends = [f"{end} with {_cell(axes, places[at])}: **{means.iloc[at]:.4g}**" for end, at in extremes]
    warning = ""
    if "test" in titles[name]:
        warning = " Whoever picks a value by test images and then reports the figure of these reports too good a one."
    st.markdown(plain(titles[name]) + f" is {' and '.join(ends)} ({unit}; means over seeds).{warning}")


def _cell(axes: Sequence[ValueAxis], at: Sequence[str]) -> str:
    return ", ".join(f"{axis.title} {text}" for axis, text in zip(axes, at, strict=False))


def csv(evidence: Evidence) -> str:
    """Return a row for each run and epoch, with the run's id and settings, the varied ones in columns of their own."""
    axes = [axis.name for axis in evidence.study.axes]
    settings = {
        each.run.id: from_defaults(each.entry.config) for each in evidence.found if each.run and each.entry.config
    }
    rows = evidence.over_epochs
    if not len(rows):
        return ""
    rows = rows.assign(settings=rows[RUN].map(settings)).rename(columns=dict(zip((SHOWN, SECOND), axes, strict=False)))
    return str(rows.drop(columns=[VALUE, SECOND], errors="ignore").set_index([RUN, "settings", "epoch"]).to_csv())
