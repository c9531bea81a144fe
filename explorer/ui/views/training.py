"""All metrics over epochs, and the two that are often mistaken for one another as a path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from explorer.analysis.measures import Contrast, Measures, Metric, apart
from explorer.arrays import Reals
from explorer.models.registry import kind_of
from explorer.plots.curves import Curve, line_chart, path_chart, places_of
from explorer.plots.palette import REAL
from explorer.runs.run import Run
from explorer.ui.differences import from_defaults
from explorer.ui.going_on import in_other_words, start_of_run
from explorer.ui.state.places import Role
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.still_measured import still_missing
from explorer.ui.views.axes import chart_key, curve_of, sharing
from explorer.ui.views.view import control_row, show_chart
from explorer.ui.wording import plain

TEST = " (test)"
DASHES = {"dot": "Dotted", "3px,9px": "Sparsely dotted"}  # curves beside a metric's own, in order
Tables = Mapping[Role, pd.DataFrame]


def training(scene: Scene) -> None:
    """Draw the view."""
    tables: Tables = {subject.role: subject.run.metrics() for subject in scene.subjects}
    for subject in scene.subjects:
        if fault := subject.run.fault:
            st.warning(plain(f"{subject.run.id}: {fault}"), icon=":material/broken_image:")
    measures: Measures = kind_of(scene.state.kind).load("measures")
    metrics = {metric.name: metric for metric in measures.metrics}
    contrast = measures.contrast
    if contrast and not (_is_measured(tables, contrast.x) and _is_measured(tables, contrast.y)):
        contrast = None  # of other data than digits, or before the first snapshot
    with control_row(scene, "Training"):
        st.markdown(f"##### {contrast.title}" if contrast else "##### All figures", width="stretch")
    if contrast:
        left, right = st.columns(2)
        with left:
            _path(scene, tables, contrast, metrics)
        with right:
            _chart(scene, tables, metrics[contrast.y], metrics)
        st.markdown("##### All other figures")
    drawn_with_others = {name for m in measures.metrics for name in (m.error, m.lower)} | {contrast and contrast.y}
    shown = [
        m
        for m in measures.metrics
        if m.charted and not m.beside and m.name not in drawn_with_others and _is_measured(tables, m.name)
    ]
    for columns, pair in ((st.columns(2), shown[i : i + 2]) for i in range(0, len(shown), 2)):
        for column, metric in zip(columns, pair, strict=False):
            with column:
                _chart(scene, tables, metric, metrics)
    _say_what_is_missing(scene, tables, measures)
    st.download_button(
        "Data (.csv)",
        data=partial(_csv, scene, tables),
        file_name=f"{scene.current.run.id}-metrics.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=scene.key("download metrics"),
    )


def _csv(scene: Scene, tables: Tables) -> str:
    """Return all rows of the runs shown, each with its run's id and settings."""
    parts = [
        tables[subject.role].reset_index().assign(run=subject.run.id, settings=from_defaults(subject.config))
        for subject in scene.subjects
    ]
    together = pd.concat(parts, ignore_index=True)
    return str(together.set_index(["run", "settings", "epoch"]).to_csv())


def _say_what_is_missing(scene: Scene, tables: Tables, measures: Measures) -> None:
    """Name the figures that none of the runs has or will have, and say why."""
    to_come = {name for s in scene.subjects if not s.run.shipped for name in still_missing(s.run.paths.folder)}
    absent = [m for m in measures.metrics if m.charted and not m.beside and not _is_measured(tables, m.name)]
    missing = [metric.title for metric in absent if metric.name not in to_come]
    trained = any((table.index >= 1).any() for table in tables.values())
    if measures.absent and missing and trained:
        st.caption(f"Not measured here: {', '.join(missing)}. {measures.absent}")


def _path(scene: Scene, tables: Tables, contrast: Contrast, metrics: Mapping[str, Metric]) -> None:
    """Draw one metric against the other, a point for each epoch at which both were measured."""
    x, y = metrics[contrast.x], metrics[contrast.y]
    title = f"{_short(y)} against {_within_text(_short(x))}"
    for subjects in sharing(scene, x, y):
        curves = [_path_curve(scene, subject, tables[subject.role], x, y) for subject in subjects]
        key = chart_key(scene, "contrast", subjects)
        show_chart(path_chart(curves, title, _axis(x), _axis(y)), key=key)
    whose = "On test images. " if TEST in x.title + y.title else ""
    st.caption(whose + contrast.caption)


def _short(metric: Metric) -> str:
    """Return a metric's title without its sign and what it is measured on, so that two have room on a phone."""
    return metric.title.removesuffix(TEST).partition(",")[0]


def _within_text(title: str) -> str:
    """Return a title as it is written inside a sentence: a word in small letters, an abbreviation as it is."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _axis(metric: Metric) -> str:
    """Return what an axis is called, in two lines: along a low chart and on a phone one is too long."""
    return f"{metric.title.removesuffix(TEST)}<br>({metric.unit})"


def _path_curve(scene: Scene, subject: Subject, table: pd.DataFrame, x: Metric, y: Metric) -> Curve:
    rows = _measured(_measured(table, y.name), x.name)
    rows = rows[rows.index >= 1]
    return curve_of(
        subject,
        scene.name(subject),
        _values(rows, x.name),
        _values(rows, y.name),
        texts=[f"epoch {epoch}" for epoch in rows.index],
        marker_at=places_of(rows.index.to_numpy(), subject.epoch),
    )


def _chart(scene: Scene, tables: Tables, metric: Metric, metrics: Mapping[str, Metric]) -> None:
    """Draw a metric of all subjects, and dotted those that belong beside it."""
    beside = [m for m in metrics.values() if m.beside == metric.name]
    together = [metric, *(m for m in beside if _is_measured(tables, m.name))]
    for subjects in sharing(scene, *together):
        curves = [
            _curve(scene, subject, tables[subject.role], m, dash)
            for subject in subjects
            for m, dash in zip(together, (subject.dash, *DASHES), strict=False)
        ]
        starts = {start.id: (start, subject) for subject in subjects if (start := start_of_run(subject.run))}
        curves += [curve for start, subject in starts.values() for curve in _of_start(scene, start, subject, metric)]
        key = chart_key(scene, f"metric {metric.name}", subjects)
        show_chart(line_chart(curves, metric.title, "epoch", metric.unit), key=key)
    beside_it = [
        f"{word}: {_within_text(m.title)}. {m.help}" for m, word in zip(together[1:], DASHES.values(), strict=False)
    ]
    st.caption("  \n".join([metric.help, *beside_it]))


def _curve(scene: Scene, subject: Subject, table: pd.DataFrame, metric: Metric, dash: str) -> Curve:
    rows = _measured(table, metric.name)
    rows = rows[rows.index >= 1] if len(rows) > 1 else rows  # an untrained model would squeeze everything else
    below, above = _uncertainty(rows, metric)
    return Curve(
        f"{scene.name(subject)}, {metric.title}" if metric.beside else scene.name(subject),
        rows.index.to_numpy(),
        _values(rows, metric.name),
        subject.color,
        error=above,
        error_below=below,
        dash=dash,
        legend=not metric.beside,
        marker_at=[] if metric.beside else places_of(rows.index.to_numpy(), subject.epoch),
    )


def _of_start(scene: Scene, start: Run, subject: Subject, metric: Metric) -> list[Curve]:
    """Return the metric's curve of the run that a subject's starts with, unless that one is shown itself."""
    if any(start.id == each.run.id for each in scene.subjects):
        return []
    if apart(subject.config, start.config, metric):
        return []
    rows = _measured(start.metrics(), metric.name)
    rows = rows[rows.index >= 1]
    name = f"Started with: {in_other_words(start, subject.run)}"
    return [Curve(name, rows.index.to_numpy(), _values(rows, metric.name), REAL)] if len(rows) else []


def _uncertainty(rows: pd.DataFrame, metric: Metric) -> tuple[Reals | None, Reals | None]:
    """Return how far a metric may be below and above its curve.

    That is its ±, and how far the estimate from the other side is away: without a ± the two are a bracket.
    """
    if metric.error not in rows and metric.lower not in rows:
        return None, None
    nothing = rows[metric.name] * 0
    plus_minus = rows.get(metric.error, nothing).fillna(0)
    gap = (rows[metric.name] - rows.get(metric.lower, rows[metric.name])).fillna(0)
    return (plus_minus + gap.clip(lower=0)).to_numpy(), (plus_minus + (-gap).clip(lower=0)).to_numpy()


def _measured(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows in which a metric was measured."""
    return table[table[name].notna()] if name in table else table.iloc[:0]


def _is_measured(tables: Tables, name: str) -> bool:
    """Whether any of the runs has the metric at any epoch."""
    return any(len(_measured(table, name)) for table in tables.values())


def _values(rows: pd.DataFrame, name: str) -> Reals:
    return rows[name].to_numpy() if len(rows) else np.empty(0)
