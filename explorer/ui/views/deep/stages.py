"""The error of a deep autoencoder through all stages of its training: layer after layer, then all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.models.pretraining import PretrainingConfig
from explorer.plots.curves import Curve, line_chart, places_of
from explorer.runs.lineage import Link, chain
from explorer.ui.shelf.services import library
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import PCA_COLOR, error_of, measured, pca_error, pca_words
from explorer.ui.views.deep.start import layers_of, start_of
from explorer.ui.views.view import control_row

VIEW = "Stages"
PALE = 0.6
COLORS = ("#56b4e9", "#cc79a7", "#e69f00", "#999933", "#882255")  # of the layers, the lowest first


@dataclass(frozen=True)
class Stage:
    """One stage of training: its name, and the squared error per test image after each of its epochs."""

    name: str
    epochs: Floats  # from the first epoch of the first stage on
    errors: Floats
    color: str
    at: list[int] | None  # places in `epochs` that are shown; None of a stage before the last


def stages_view(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        st.markdown("  \n".join(_facts(scene, subject) for subject in scene.subjects), width="stretch")
    _chart(scene)


def _facts(scene: Scene, subject: Subject) -> str:
    """Return the errors before and after fine-tuning, beside PCA's."""
    dataset, size = subject.shown_set, layers_of(subject).code_size
    words = [f"{pca_words(dataset, size)}: squared error **{pca_error(dataset, size):.2f}** per test image"]
    start = start_of(subject)
    if start:
        words.append(f"before fine-tuning **{error_of(start, dataset):.2f}**")
    words.append(f"at epoch {subject.epoch} **{error_of(snapshot_of(subject), dataset):.2f}**")
    return scene.title(subject, " · ".join(words))


def _chart(scene: Scene) -> None:
    """Draw the errors of all subjects on common axes.

    Of two, the layers' stages are pale and without a name, and fine-tuning begins at the same place.
    """
    alone, curves, first, last = len(scene.subjects) == 1, [], 1.0, 1.0
    tuned = not alone and not any(isinstance(subject.config, PretrainingConfig) for subject in scene.subjects)
    for subject in scene.subjects:
        stages = _from_fine_tuning(_stages(subject)) if tuned else _stages(subject)
        first = min([first, *(float(stage.epochs[0]) for stage in stages)])
        last = max([last, *(float(stage.epochs[-1]) for stage in stages)])
        curves += [_curve(scene, subject, stage, alone=alone) for stage in stages]
        before = sum(stage.at is None for stage in stages)
        missing = len(chain(subject.config, library())) - 1 - before
        if missing:
            words = f"The first {missing} of the stages are not kept here; those shown hold all they have learned."
            st.caption(scene.title(subject, words))
    sizes = {(subject.shown_set, layers_of(subject).code_size) for subject in scene.subjects}
    for dataset, size in sorted(sizes):
        level = np.full(2, pca_error(dataset, size))
        curves.append(Curve(f"PCA, {size} components", np.array([first, last]), level, PCA_COLOR, dash="dot"))
    x = "epochs of fine-tuning, those of the layers up to 0" if tuned else "epochs of all stages"
    chart = line_chart(curves, "Error after each epoch", x, "squared error per image", wide=True)
    st.plotly_chart(chart, key=scene.key("stages"))


def _from_fine_tuning(stages: Sequence[Stage]) -> list[Stage]:
    """Return the stages with their epochs counted from the first one of fine-tuning, those of the layers up to 0."""
    passed = max((float(stage.epochs[-1]) for stage in stages if stage.at is None), default=0.0)
    return [replace(stage, epochs=stage.epochs - passed) for stage in stages]


def _curve(scene: Scene, subject: Subject, stage: Stage, *, alone: bool) -> Curve:
    if alone:
        return Curve(stage.name, stage.epochs, stage.errors, stage.color, marker_at=stage.at or ())
    name = scene.title(subject, stage.name)
    if stage.at is None:
        return Curve(name, stage.epochs, stage.errors, subject.color, dash="dot", opacity=PALE, legend=False)
    return Curve(name, stage.epochs, stage.errors, subject.color, marker_at=stage.at)


def _stages(subject: Subject) -> list[Stage]:
    """Return the stages whose epochs are known, in the order of training."""
    found: list[Stage] = []
    passed = 0
    for link in chain(subject.config, library()):
        stage = _stage(link, subject, passed)
        if stage:
            found.append(stage)
            passed = int(stage.epochs[-1])
    return found


def _stage(link: Link, subject: Subject, passed: int) -> Stage | None:
    own = link.config.kind == subject.run.kind and link.config == subject.config
    run = subject.run if own else link.run
    if run is None:
        return None
    epochs, errors = measured(run, "reconstruction_error")
    wanted = epochs <= link.config.epochs
    epochs, errors = epochs[wanted], errors[wanted]
    if not len(epochs):
        return None
    at = places_of(epochs, subject.epoch) if own else None
    if isinstance(link.config, PretrainingConfig):
        sizes = link.config.sizes_on(CATALOGUE[link.config.dataset].shape)
        name, color = "-".join(map(str, sizes)), COLORS[len(sizes) - 2]
    else:
        name, color = "all together", subject.color
    return Stage(name, epochs + passed, errors, color, at)
