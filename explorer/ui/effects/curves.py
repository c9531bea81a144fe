"""Figures over the epochs, or over seconds of training, coloured by a hyperparameter's values."""

from __future__ import annotations

import streamlit as st

from explorer.plots.effects import RUN, SECOND, SEED, FigureAxis, curve_chart
from explorer.ui.effects.drawn import axes_of, pick_figures, show_chart
from explorer.ui.effects.figures import SECONDS, Evidence, value_axis
from explorer.ui.state.effects import EffectsState, pick_second
from explorer.ui.views.view import pick, row_of_controls

OVER = {"epochs": FigureAxis("epoch", "epoch", ""), "seconds": FigureAxis(SECONDS, "training", "s")}


def curves_view(state: EffectsState, evidence: Evidence) -> None:
    """Draw the view."""
    figures = pick_figures(state, evidence)
    if not figures:
        return
    with row_of_controls():
        over = pick(state, "Over", list(OVER), "over")
        second = pick_second(state)
    rows = evidence.over_epochs
    rows = rows if second is None else rows[rows[SECOND] == second]
    x = value_axis(state.config_class, evidence.study.axes[0])
    words = f"{', '.join(metric.title for metric in figures)} over {over}, by {x.title}"
    show_chart(state, "curves", curve_chart(rows, x, OVER[over], axes_of(figures)), words, rows[RUN])
    said = ["Click a curve, or a value in the legend, to see it alone; a double click brings all back."]
    said += ["Seeds are thin, their means thick."] if rows[SEED].nunique() > 1 else []
    said += ["Seconds are those of the machine that trained a run."] if over == "seconds" else []
    st.caption(" ".join(said))
