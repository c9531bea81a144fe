"""How far few labels reach: the classifier's error by their number, for encoders with and without a past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean

import numpy as np
import streamlit as st

from explorer.models.deep_classifier import DeepClassifierConfig, EncoderStart
from explorer.plots.chart import Chart
from explorer.plots.curves import Curve, line_chart, log_range
from explorer.plots.palette import CURRENT, OTHER, PINNED
from explorer.runs.study import Cell, Found, Standing, Study, find
from explorer.ui.crowd import CROWD
from explorer.ui.shelf.services import library
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.deep.classifiers import errors_in, label_counts, study_of, template_of
from explorer.ui.views.deep.classifiers_panel import classifiers_panel
from explorer.ui.views.view import columns_of, control_row, pick_stop, show_chart

VIEW = "Few labels"
MARGIN = 0.15  # decades, on both sides of the chart
MOST_SEEDS, USUAL_SEEDS = 5, 3
IN_A_ROW = 2  # charts
COLORS: dict[EncoderStart, str] = {"autoencoder": CURRENT, "layers": OTHER, "random": PINNED}
NAMES: dict[EncoderStart, str] = {
    "autoencoder": "fine-tuned autoencoder",
    "layers": "layers trained one by one",
    "random": "random start",
}


def few_labels(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        options = range(1, MOST_SEEDS + 1)
        what = "Each seed has other labelled images, and another random start."
        seeds = pick_stop(scene, "Seeds", options, "seeds of labels", USUAL_SEEDS, help=what)
    for column, subject in columns_of(scene, IN_A_ROW):
        with column:
            study = study_of(template_of(subject), seeds)
            live = _is_live(find(study, library()))
            draw = partial(_study, scene, subject, study, live)
            st.fragment(draw, run_every=CROWD.interval() if live else None)()


def _is_live(found: Sequence[Found]) -> bool:
    return any(each.standing is Standing.LIVE for each in found)


def _study(scene: Scene, subject: Subject, study: Study, was_live: bool) -> None:
    """Draw the curve of what is trained, and offer the rest; where training begins or ends, draw the page anew."""
    CROWD.poll()
    found, template = find(study, library()), template_of(subject)
    if _is_live(found) != was_live:
        st.rerun()
    errors = errors_in(study, found)
    title = scene.title(subject, "error on test images by the number of labels")
    if any(errors.values()):
        show_chart(_chart(title, template, errors), key=scene.key(f"few labels {subject.role}"))
        st.caption(
            "Each point is a mean over seeds, each band reaches from the best to the worst of them, after "
            f"{template.epochs} epochs. The network is the same in all cases; the autoencoder is taken at its last "
            f"epoch, {template.base.epochs}."
        )
    else:
        st.info("No classifier of this encoder is trained yet. Each of them takes some seconds, with all labels more.")
    classifiers_panel(scene, subject, found)


def _chart(title: str, template: DeepClassifierConfig, errors: Mapping[Cell, list[float]]) -> Chart:
    curves, counts = [], label_counts(template)
    for start, name in NAMES.items():
        at = [(count, errors[start, count]) for count in counts if errors[start, count]]
        if at:
            x = np.array([count for count, _ in at], dtype=float)
            mean, low, high = (np.array([100 * f(found) for _, found in at]) for f in (fmean, min, max))
            curves.append(Curve(name, x, mean, COLORS[start], band=(low, high)))
    ticks = {float(count): f"{count:,}" for count in counts}
    wide = log_range(counts[0], counts[-1], MARGIN)  # with room for the last label
    return line_chart(curves, title, "labelled images", "% of test images", log_ticks=ticks, x_range=wide)
