"""How sparse a code is: activations of each unit, their means against the target, units that are on per image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.ranking import counts_of, falling, largest_first, shares
from explorer.analysis.sparsity import ON_ABOVE, Sparsity, activation_histogram, sparsity
from explorer.models.sparse import SparseConfig
from explorer.plots.curves import Curve, line_chart
from explorer.plots.palette import LEVEL
from explorer.plots.tiles import Indices, columns_of_counts
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.places import Role
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.autoencoder.cached import codes
from explorer.ui.views.axes import curve_of
from explorer.ui.views.view import control_row, downloads, epoch_labels, index_of_epoch, show_chart, show_epoch

VIEW = "Sparsity"
BINS = 40
IN_A_ROW = 2  # of three and more such wide pictures


def sparsity_view(scene: Scene) -> None:
    """Draw the view."""
    found: dict[Role, Sparsity] = {subject.role: sparsity(codes(subject)) for subject in scene.subjects}
    with control_row(scene, VIEW):
        lines = [_facts(scene, subject, found[subject.role]) for subject in scene.subjects]
        st.markdown("  \n".join(lines), width="stretch")
    _activations(scene)
    left, right = st.columns(2)
    with left:
        _means(scene, found)
    with right:
        _units_on(scene, found)
    downloads(scene, "sparsity", lambda subject: _numbers(found[subject.role]))


def _facts(scene: Scene, subject: Subject, found: Sparsity) -> str:
    units = len(found.mean)
    words = (
        f"mean activation **{found.mean.mean():.3f}**{_target(subject)} · **{found.units_on.mean():.0f}** of {units} "
        f"units on per image · **{len(found.dead)}** dead"
    )
    return scene.title(subject, words)


def _target(subject: Subject) -> str:
    return f" (target {subject.config.target:g})" if isinstance(subject.config, SparseConfig) else ""


def _activations(scene: Scene) -> None:
    """Draw each unit's histogram of activations as a column, over the epochs."""
    panels = []
    for subject in scene.subjects:
        order = largest_first(codes(subject).mean(axis=0))
        frames = [_columns(codes(subject, epoch)[:, order]) for epoch in scene.frames(subject)]
        what = "activations, a column for each unit"
        alt = f"Histograms of the activations of {len(order)} units over the test images"
        meaning = "share of the test images, on a logarithmic scale; activation 0 is below, 1 above"
        ends = ("no image", "all")
        panels.append(Panel(scene.title(subject, what), frames, "share", alt, ends=ends, meaning=meaning))
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("activations"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-activations",
        per_row=IN_A_ROW if scene.several else None,
        on_index=lambda strip: show_epoch(scene, strip.index),
    )


def _columns(codes: NDArray[np.float32]) -> Indices:
    """Return the histograms of codes (N, C) as a picture (BINS · n, C), large activations above."""
    histogram = activation_histogram(codes, BINS)
    rows = max(1, codes.shape[1] // (4 * BINS))  # so that the picture is four times as wide as it is high
    return columns_of_counts(histogram.counts, len(codes)).repeat(rows, axis=0)


def _means(scene: Scene, found: Mapping[Role, Sparsity]) -> None:
    """Draw the mean activation of all units, the largest first, and the target."""
    curves, targets, last = [], set(), 1.0
    for subject in scene.subjects:
        means = falling(found[subject.role].mean)
        rank = np.arange(1, len(means) + 1, dtype=float)
        last = max(last, rank[-1])
        curves.append(curve_of(subject, scene.title(subject, "mean activation"), rank, means))
        if isinstance(subject.config, SparseConfig):
            targets.add(subject.config.target)
    for target in sorted(targets, reverse=True):
        level = np.full(2, target)
        curves.append(Curve(f"Target ρ = {target:g}", np.array([1, last]), level, LEVEL, dash="dot"))
    title = "Mean activation of the units"
    show_chart(line_chart(curves, title, "unit, by rank", "mean activation"), key=scene.key("means"))


def _units_on(scene: Scene, found: Mapping[Role, Sparsity]) -> None:
    """Draw for how many images how many units are on."""
    curves = []
    for subject in scene.subjects:
        images = shares(counts_of(found[subject.role].units_on))
        name = scene.title(subject, f"units above {ON_ABOVE:g}")
        curves.append(curve_of(subject, name, np.arange(len(images), dtype=float), images))
    title = "How many units are on for an image"
    show_chart(line_chart(curves, title, "units on", "share of the test images"), key=scene.key("units on"))


def _numbers(found: Sparsity) -> dict[str, NDArray[np.generic]]:
    return {"mean": found.mean, "share_on": found.share_on, "units_on": found.units_on}
