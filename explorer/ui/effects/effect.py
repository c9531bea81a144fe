"""Figures over the values of one hyperparameter, or of two, and what changes by more than seeds' noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

import pandas as pd
import streamlit as st

from explorer.analysis.effect import LEAST_SEEDS, Effect, band_name, effect, spread
from explorer.analysis.measures import Metric
from explorer.plots.effects import RUN, SECOND, SEED, SHOWN, VALUE, ValueAxis, effect_charts, effect_map
from explorer.runs.study import Standing
from explorer.ui.effects.drawn import address_of, axes_of, pick_figures, show_chart
from explorer.ui.effects.figures import Evidence, value_axis
from explorer.ui.state.effects import EffectsState
from explorer.ui.wording import in_epochs


def effect_view(state: EffectsState, evidence: Evidence) -> None:
    """Draw the view."""
    figures = pick_figures(state, evidence)
    if not figures:
        return
    if len(evidence.study.axes) > 1:
        _maps(state, evidence, figures)
        return
    rows, x = evidence.at_the_end, value_axis(state.config_class, evidence.study.axes[0])
    st.markdown("  \n".join(in_words(_by_seed(rows, metric, x), metric, x) for metric in figures))
    words = f"{', '.join(metric.title for metric in figures)} by {x.title}, after {in_epochs(state.values['epochs'])}"
    bands = {metric.name: _bands(rows, metric, x) for metric in figures}
    show_chart(state, "effect", effect_charts(rows, bands, x, axes_of(figures)), words, rows[RUN])
    band = band_name(int(rows.groupby(SHOWN)[SEED].nunique().max()))
    said = ["A dot is a run. Click one: its value is marked in all charts; a double click marks all."]
    said += [f"The band is {band}."] if band else []
    st.caption("  \n".join([" ".join(said), *(f"{metric.title}: {metric.help}" for metric in figures)]))


def _by_seed(rows: pd.DataFrame, metric: Metric, x: ValueAxis) -> dict[str, dict[int, float]]:
    """Return a figure by the values that have it, in the order of the axis, and by seed."""
    there = rows.dropna(subset=[metric.name])
    found = {text: there[there[SHOWN] == text] for text in x.texts}
    return {text: dict(zip(at[SEED], at[metric.name], strict=True)) for text, at in found.items() if len(at)}


def in_words(by_seed: Mapping[str, Mapping[int, float]], metric: Metric, x: ValueAxis) -> str:
    """Return what a figure gains from the first value that has it to the last, beside seeds' noise."""
    if len(by_seed) < 2:
        return f"**{metric.title}**: there is one value only, so nothing to compare."
    (first, before), *_, (last, after) = by_seed.items()
    way = f"**{metric.title}**, {x.title} from {first} to {last}"
    found = effect(before, after)
    if found is None:
        gain = fmean(after.values()) - fmean(before.values())
        return f"{way}: {_signed(gain)} {metric.unit}; below {LEAST_SEEDS} seeds nothing is known of their noise."
    gain = found.difference
    if not found.exceeds_noise:
        return f"{way}: no effect larger than seeds' noise ({_signed(gain)} {metric.unit}, {_errors(found)})."
    return f"{way}: **{_signed(gain)} {metric.unit}**, {_errors(found)}."


def _errors(found: Effect) -> str:
    if math.isinf(found.standard_errors):
        return f"the same in all {found.seeds} seeds"
    return f"{found.standard_errors:.1f} standard errors, {found.seeds} seeds"


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")


def _bands(rows: pd.DataFrame, metric: Metric, x: ValueAxis) -> pd.DataFrame:
    """Return mean and band over the seeds for each value that has the figure, in the order of the axis."""
    numbers = dict(zip(x.texts, x.values, strict=True))
    found = _by_seed(rows, metric, x)
    bands = [{VALUE: numbers[text], SHOWN: text, **vars(spread(list(each.values())))} for text, each in found.items()]
    return pd.DataFrame(bands, columns=[VALUE, SHOWN, "mean", "low", "high"])


def _maps(state: EffectsState, evidence: Evidence, figures: Sequence[Metric]) -> None:
    x, y = (value_axis(state.config_class, axis) for axis in evidence.study.axes)
    addresses = {each.run.id: address_of(state, each.run) for each in evidence.having(Standing.TRAINED) if each.run}
    for metric, axis in zip(figures, axes_of(figures), strict=True):
        rows = evidence.at_the_end.dropna(subset=[metric.name])
        what = {metric.name: (metric.name, "mean"), "seeds": (SEED, "nunique"), RUN: (RUN, "first")}
        cells = rows.groupby([SHOWN, SECOND], as_index=False, sort=False).agg(**what)
        cells = cells.assign(address=cells[RUN].map(addresses))
        words = f"{metric.title} by {x.title} and {y.title}, after {in_epochs(state.values['epochs'])}"
        show_chart(state, f"map of {metric.name}", effect_map(cells, x, y, axis), words, rows[RUN])
        st.caption(metric.help)
    st.caption("Each number is a mean over seeds. A click opens the run of the first seed.")
