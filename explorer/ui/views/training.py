"""All metrics over epochs, and likelihood against reconstruction error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from explorer.analysis.measures import Measures, Metric
from explorer.models.registry import kind_of
from explorer.plots.curves import Curve, Floats, line_chart, path_chart
from explorer.ui.subjects import Role, Subject
from explorer.ui.views.view import Scene, control_row

ERROR, LIKELIHOOD = "reconstruction_error", "log_likelihood"
STANDARD_ERROR, REVERSE = "log_likelihood_error", "log_likelihood_reverse"


def training(scene: Scene) -> None:
    """Draw the view."""
    tables = {subject.role: subject.run.metrics() for subject in scene.subjects}
    measures: Measures = kind_of(scene.state.kind).load("measures")
    with control_row(scene, "Training"):
        st.markdown("##### Reconstruction error is not likelihood", width="stretch")
    left, right = st.columns(2)
    with left:
        _path(scene, tables)
    with right:
        _metric(scene, tables, next(m for m in measures.metrics if m.name == LIKELIHOOD))
    st.markdown("##### All figures")
    shown = [m for m in measures.metrics if m.name not in (LIKELIHOOD, STANDARD_ERROR, REVERSE)]
    for columns, pair in ((st.columns(2), shown[i : i + 2]) for i in range(0, len(shown), 2)):
        for column, metric in zip(columns, pair, strict=False):
            with column:
                _metric(scene, tables, metric)
    table = tables["current"]
    st.download_button(
        "Data (.csv)",
        data=table.to_csv,
        file_name=f"{scene.current.run.id}-metrics.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=scene.key("download metrics"),
    )


def _path(scene: Scene, tables: Mapping[Role, pd.DataFrame]) -> None:
    """Draw the log-likelihood against the reconstruction error, epoch by epoch."""
    curves = [_path_curve(scene, subject, tables[subject.role]) for subject in scene.subjects]
    figure = path_chart(
        curves,
        "Log-likelihood against reconstruction error",
        "reconstruction error (squared error per image)",
        "log-likelihood (nats per image)",
    )
    st.plotly_chart(figure, key=scene.key("likelihood against error"))
    st.caption("One point for each snapshot from epoch 1 on. Up is a better model, left a better copy.")


def _path_curve(scene: Scene, subject: Subject, table: pd.DataFrame) -> Curve:
    rows = _measured(table, LIKELIHOOD)
    rows = rows[rows.index >= 1]
    return Curve(
        scene.name(subject),
        rows[ERROR].to_numpy() if len(rows) else np.empty(0),
        rows[LIKELIHOOD].to_numpy() if len(rows) else np.empty(0),
        subject.color,
        texts=[f"epoch {epoch}" for epoch in rows.index],
        marker_at=np.flatnonzero(rows.index == subject.epoch).tolist(),
    )


def _metric(scene: Scene, tables: Mapping[Role, pd.DataFrame], metric: Metric) -> None:
    curves = [_curve(scene, subject, tables[subject.role], metric.name) for subject in scene.subjects]
    st.plotly_chart(line_chart(curves, metric.title, "epoch", metric.unit), key=scene.key(f"metric {metric.name}"))
    st.caption(metric.help)


def _curve(scene: Scene, subject: Subject, table: pd.DataFrame, name: str) -> Curve:
    rows = _measured(table, name)
    rows = rows[rows.index >= 1] if len(rows) > 1 else rows  # an untrained model would squeeze everything else
    below, above = _uncertainty(rows) if name == LIKELIHOOD else (None, None)
    return Curve(
        scene.name(subject),
        rows.index.to_numpy(),
        rows[name].to_numpy() if len(rows) else np.empty(0),
        subject.color,
        error=above,
        error_below=below,
        marker_at=np.flatnonzero(rows.index == subject.epoch).tolist(),
    )


def _uncertainty(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return how far the log-likelihood may be below and above the curve: the reverse estimate, and standard errors."""
    above = rows[STANDARD_ERROR].to_numpy()
    if REVERSE not in rows:
        return above, above
    gap = (rows[LIKELIHOOD] - rows[REVERSE]).clip(lower=0).fillna(0).to_numpy()
    return above + gap, above


def _measured(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows in which a metric was measured."""
    return table[table[name].notna()] if name in table else table.iloc[:0]
