"""The error of a deep autoencoder through all stages of its training: layer after layer, then all together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.models.pretraining import PretrainingConfig
from explorer.plots.curves import Curve, line_chart, places_of
from explorer.plots.palette import LAYERS
from explorer.runs.lineage import Link, chain
from explorer.runs.run import Run
from explorer.ui.shelf.services import library
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import PCA_COLOR, error_of, measured, pca_error, pca_words
from explorer.ui.views.axes import curve_of
from explorer.ui.views.deep.start import layers_of, start_of
from explorer.ui.views.view import control_row, show_chart

VIEW = "Stages"


@dataclass(frozen=True)
class Figure:
    """What is drawn of all stages: a metric, the title of its chart, and what its axis says."""

    metric: str
    title: str
    axis: str


ERROR = Figure("reconstruction_error", "Error after each epoch", "squared error per image")
PROBE = Figure("probe_accuracy", "Linear probe of the last layer so far", "share of test images")


@dataclass(frozen=True)
class Stage:
    """One stage of training: its name, and a figure after some of its epochs."""

    name: str  # of the layer that is trained: its number and sizes
    epochs: Floats  # from the first epoch of the first stage on
    values: Floats
    color: str
    at: list[int] | None  # places in `epochs` that are shown; None of a stage before the last


def stages_view(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        st.markdown("  \n".join(_facts(scene, subject) for subject in scene.subjects), width="stretch")
    _chart(scene, ERROR)
    _say_what_is_missing(scene)
    _chart(scene, PROBE)


def _facts(scene: Scene, subject: Subject) -> str:
    """Return the errors before and after fine-tuning, beside PCA's."""
    dataset, size = subject.shown_set, layers_of(subject).code_size
    words = [f"{pca_words(dataset, size)}: squared error **{pca_error(dataset, size):.2f}** per test image"]
    start = start_of(subject)
    if start:
        words.append(f"before fine-tuning **{error_of(start, dataset):.2f}**")
    words.append(f"at epoch {subject.epoch} **{error_of(snapshot_of(subject), dataset):.2f}**")
    return scene.title(subject, " · ".join(words))


def _chart(scene: Scene, figure: Figure) -> None:
    """Draw a figure of all subjects on common axes, if it was measured; the errors beside PCA's.

    Of several, the layers' stages are dotted and without a name, and fine-tuning begins at the same place.
    """
    alone, curves, first, last = len(scene.subjects) == 1, [], 1.0, 1.0
    tuned = not alone and not any(isinstance(subject.config, PretrainingConfig) for subject in scene.subjects)
    for subject in scene.subjects:
        stages = _stages(subject, figure.metric, -_before_fine_tuning(subject) if tuned else 0)
        first = min([first, *(float(stage.epochs[0]) for stage in stages)])
        last = max([last, *(float(stage.epochs[-1]) for stage in stages)])
        curves += [_curve(scene, subject, stage, alone=alone) for stage in stages]
    if not curves and figure is not ERROR:
        return
    sizes = {(subject.shown_set, layers_of(subject).code_size) for subject in scene.subjects}
    for dataset, size in sorted(sizes) if figure is ERROR else ():
        level = np.full(2, pca_error(dataset, size))
        name = "PCA" if len(sizes) == 1 else f"PCA, {size} components"
        curves.append(Curve(name, np.array([first, last]), level, PCA_COLOR, dash="dot"))
    x = "epochs of fine-tuning, those of the layers up to 0" if tuned else "epochs of all stages"
    chart = line_chart(curves, figure.title, x, figure.axis)
    show_chart(chart, key=scene.key("stages" if figure is ERROR else figure.metric))


def _say_what_is_missing(scene: Scene) -> None:
    for subject in scene.subjects:
        before = sum(stage.at is None for stage in _stages(subject, ERROR.metric))
        missing = len(chain(subject.config, library())) - 1 - before
        if missing:
            words = f"The first {missing} of the stages are not kept here; those shown hold all they have learned."
            st.caption(scene.title(subject, words))


def _before_fine_tuning(subject: Subject) -> int:
    """Return how many epochs the layers were trained in the stages that are known."""
    return sum(link.config.epochs for link in chain(subject.config, library())[:-1] if _run_of(link, subject))


def _curve(scene: Scene, subject: Subject, stage: Stage, *, alone: bool) -> Curve:
    if alone:
        return Curve(stage.name, stage.epochs, stage.values, stage.color, marker_at=stage.at or ())
    name = scene.title(subject, stage.name)
    if stage.at is None:
        return Curve(name, stage.epochs, stage.values, subject.color, dash="dot", legend=False)
    return curve_of(subject, name, stage.epochs, stage.values, marker_at=stage.at)


def _stages(subject: Subject, metric: str, passed: int = 0) -> list[Stage]:
    """Return the stages in which a metric is known, in the order of training, after epochs that have passed before."""
    found: list[Stage] = []
    for link in chain(subject.config, library()):
        run = _run_of(link, subject)
        if run is None:
            continue
        epochs, values = measured(run, metric)
        wanted = epochs <= link.config.epochs
        if wanted.any():
            found.append(_stage(link, subject, passed, epochs[wanted], values[wanted]))
        passed += link.config.epochs
    return found


def _run_of(link: Link, subject: Subject) -> Run | None:
    """Return the run of a stage whose epochs are known."""
    run = subject.run if _is_own(link, subject) else link.run
    return run if run is not None and len(measured(run, ERROR.metric)[0]) else None


def _is_own(link: Link, subject: Subject) -> bool:
    return link.config.kind == subject.run.kind and link.config == subject.config


def _stage(link: Link, subject: Subject, passed: int, epochs: Floats, values: Floats) -> Stage:
    at = places_of(epochs, subject.epoch) if _is_own(link, subject) else None
    if isinstance(link.config, PretrainingConfig):
        sizes = link.config.sizes_on(CATALOGUE[link.config.dataset].shape)
        number = len(sizes) - 1
        name, color = f"{number}: {sizes[-2]}-{sizes[-1]}", LAYERS[number - 1]
    else:
        name, color = "all together", subject.color
    return Stage(name, epochs + passed, values, color, at)
