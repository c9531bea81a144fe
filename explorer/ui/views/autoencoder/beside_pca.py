"""An autoencoder beside PCA at the same code size: what each code unit draws, the subspaces, and the errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.codes import effects
from explorer.analysis.dbn_measures import spread
from explorer.analysis.pca import angles_to_pca, decoder_subspace, is_linear
from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder
from explorer.plots.curves import Curve, line_chart, places_of
from explorer.plots.tiles import Grid, quantize, reach, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import (
    PCA_COLOR,
    autoencoder_of,
    codes,
    error_of,
    over_epochs,
    pca_error,
    pca_floor,
    pca_of,
    pca_size,
    pca_words,
)
from explorer.ui.views.axes import chart_key, curve_of, sharing
from explorer.ui.views.view import control_row, downloads, epoch_labels, index_of_epoch, show_chart, show_epoch

VIEW = "Beside PCA"
SHOWN = 100  # code units drawn
MEANING = "change of a pixel as a unit, or a component, rises by a standard deviation"


def beside_pca(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        st.markdown("  \n".join(_verdict(scene, subject) for subject in scene.subjects), width="stretch")
    _pictures(scene)
    left, right = st.columns(2)
    with left:
        if any(map(_has_angles, scene.subjects)):
            _angles(scene)
        _draw_shared(scene, _errors_by_size)
    with right:
        _draw_shared(scene, _errors_by_epoch)


def _draw_shared(scene: Scene, draw: Callable[[Scene, Sequence[Subject]], None]) -> None:
    """Draw a chart for the subjects that can share its axes."""
    for subjects in sharing(scene):
        draw(scene, subjects)


def _has_angles(subject: Subject) -> bool:
    """Whether there are two subspaces: a linear decoder's, and one of PCA."""
    return is_linear(autoencoder_of(subject)) and pca_size(subject) > 0


def _verdict(scene: Scene, subject: Subject) -> str:
    size, error = autoencoder_of(subject).code_size, error_of(snapshot_of(subject), subject.shown_set)
    floor, full = pca_error(subject.shown_set, size), pca_size(subject) == size
    pca = "PCA with as many" if full else pca_words(subject.shown_set, size)
    words = f"squared error **{error:.2f}** per test image with {size} code units; {pca}: **{floor:.2f}**"
    if _has_angles(subject):
        _, (largest,) = spread([_angles_at(snapshot_of(subject), subject.shown_set)])
        words += f" · largest angle **{largest:.1f}°**"
    return scene.title(subject, words)


def _pictures(scene: Scene) -> None:
    drawn = []
    for subject in scene.subjects:
        frames = [_effects(snapshot_of(subject, epoch), subject.shown_set) for epoch in scene.frames(subject)]
        drawn.append((subject, "what each code unit draws", frames, "unit"))
    size = max(autoencoder_of(subject).code_size for subject in scene.subjects)
    for subject, name in _pcas(scene.subjects):
        pca = pca_of(subject.shown_set)
        if not len(pca.components):
            continue
        components = pca.components[:size] * pca.deviation[:size, None]
        drawn.append((subject, f"{name}: components, by falling variance", [components], "component"))
    limit = max(reach(frames[-1]) for _, _, frames, _ in drawn) or 1.0
    panels = [_panel(scene, *each, limit) for each in drawn]
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("beside pca"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-beside-pca",
        on_index=lambda strip: show_epoch(scene, strip.index),
        link_cells=False,
        max_width=520,
        per_row=len(scene.subjects) if scene.several else None,
    )
    downloads(scene, "beside pca", _numbers, lambda: panels, labels)


def _pcas(subjects: Sequence[Subject]) -> list[tuple[Subject, str]]:
    """Return a subject of each data set, and what to call PCA of it."""
    found = {subject.config.dataset: subject for subject in subjects}
    return [(subject, "PCA" if len(found) == 1 else f"PCA of {name}") for name, subject in found.items()]


def _panel(scene: Scene, subject: Subject, what: str, frames: list[Floats], noun: str, limit: float) -> Panel:
    """Return images (C, V) for each frame as tiles, on a scale that ends at `limit`."""
    shape = subject.shape
    pictures = [tile_picture(quantize(x[:SHOWN].reshape(-1, *shape), -limit, limit)) for x in frames]
    count = len(frames[-1][:SHOWN])
    title = what if what.startswith("PCA") else scene.title(subject, what)
    notes = [f"{noun} {n}" for n in range(count)]
    alt, grid, ends = f"{count} tiles: {what}", Grid.of(count, shape), ends_of(limit)
    return Panel(title, pictures, "signed", alt, grid, notes, ends=ends, meaning=MEANING)


@remembered()
def _effects(key: Key, dataset: str) -> Floats:
    """Return how the picture changes when a code unit rises by a standard deviation from the mean code, (C, V)."""
    return effects(model_of(key, Autoencoder), test_images(dataset).test)


def _numbers(subject: Subject) -> dict[str, NDArray[np.float32]]:
    pca = pca_of(subject.shown_set)
    effects = _effects(snapshot_of(subject), subject.shown_set)
    return {"effects": effects, "components": pca.components, "variance": pca.variance, "codes": codes(subject)}


def _name(scene: Scene, subject: Subject) -> str:
    return scene.name(subject) if len(scene.subjects) > 1 else "This autoencoder"


def _errors_by_size(scene: Scene, subjects: Sequence[Subject]) -> None:
    """Draw PCA's error by its number of components, and the autoencoders as points."""
    sizes = [autoencoder_of(subject).code_size for subject in subjects]
    floors = [(name, pca_floor(s.shown_set)[: max(20, 2 * max(sizes)) + 1]) for s, name in _pcas(subjects)]
    curves = [Curve(name, np.arange(len(floor), dtype=float), floor, PCA_COLOR) for name, floor in floors]
    for subject, size in zip(subjects, sizes, strict=True):
        error = np.array([error_of(snapshot_of(subject), subject.shown_set)])
        name = _name(scene, subject)
        curves.append(curve_of(subject, name, np.array([size]), error, marker_at=[0]))
    title, y = "Error by the size of the code", "squared error per image"
    key = chart_key(scene, "error by size", subjects)
    show_chart(line_chart(curves, title, "code units or components", y), key=key)


def _errors_by_epoch(scene: Scene, subjects: Sequence[Subject]) -> None:
    curves = []
    for subject in subjects:
        epochs, errors = over_epochs(subject, "reconstruction_error")
        at = places_of(epochs, subject.epoch)
        curves.append(curve_of(subject, _name(scene, subject), epochs, errors, marker_at=at))
    last = max(subject.epochs[-1] for subject in subjects)
    for subject, name in _pcas(subjects):
        there = len(pca_of(subject.shown_set).components)
        for size in sorted({min(autoencoder_of(s).code_size, there) for s in subjects}):
            level = np.full(2, pca_error(subject.shown_set, size))
            curves.append(Curve(f"{name}, {size} components", np.array([1, last]), level, PCA_COLOR, dash="dot"))
    title, y = "Error over the epochs", "squared error per image"
    show_chart(line_chart(curves, title, "epoch", y), key=chart_key(scene, "error by epoch", subjects))


def _angles(scene: Scene) -> None:
    """Draw the principal angles between the decoder's subspace and that of as many components, over the epochs."""
    curves = []
    for subject in scene.subjects:
        if _has_angles(subject):
            kept = np.array(subject.epochs)
            median, most = spread([_angles_at(snapshot_of(subject, e), subject.shown_set) for e in subject.epochs])
            epochs, largest = _with_measured(subject, kept, most)
            at = places_of(epochs, subject.epoch)
            curves.append(curve_of(subject, scene.title(subject, "largest"), epochs, largest, marker_at=at))
            curves.append(Curve(scene.title(subject, "median"), kept, median, subject.color, dash="dot"))
    title = "Angles between the decoder's subspace and PCA's"
    show_chart(line_chart(curves, title, "epoch", "principal angle (degrees)"), key=scene.key("angles"))


def _with_measured(subject: Subject, kept: Floats, largest: Floats) -> tuple[Floats, Floats]:
    """Return the epochs of snapshots and those at which the angle was measured in training, and the angles at both."""
    found = dict(zip(*over_epochs(subject, "largest_angle"), strict=True)) | dict(zip(kept, largest, strict=True))
    epochs = np.array(sorted(found))
    return epochs, np.array([found[epoch] for epoch in epochs])


@remembered()
def _angles_at(key: Key, dataset: str) -> NDArray[np.float64]:
    return angles_to_pca(decoder_subspace(model_of(key, Autoencoder)), pca_of(dataset))
