"""The codes of the test images as a map that decodes under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.codes import decoded
from explorer.analysis.latent import nearest
from explorer.analysis.projection import (
    LinearProjection,
    places_between,
    principal_axes,
    spread_out,
    surroundings,
    two_latents,
    umap,
)
from explorer.analysis.ranking import counts_of, largest_first
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.plots.latents import scatter_3d
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.latent_map import (
    NOBODY,
    NOTHING_WANTED,
    Cloud,
    DecodedGrid,
    EncodedCloud,
    EncodedGrid,
    LatentMapState,
    Listeners,
    MapTexts,
    Wanted,
    encode_cloud,
    encode_grid,
    latent_map,
)
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import Same, remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dimensions import pick_dimensions
from explorer.ui.views.view import View, control_row, downloads, index_of_epoch, pick, show_epoch

GRID_SIDE = 41  # decoded images a side; between them the browser interpolates
LASSOED = 60  # images shown of a selection
UMAP_POINTS = 4_000
NEAREST = 10


@dataclass(frozen=True)
class CodeSpace:
    """What a kind of model codes images by, and what its map is called.

    `codes` returns those of all test images (N, Z) at an epoch, `importance` a number for each dimension (Z,): the
    first map shows the two most important. `reach`: the map decodes at least so far around 0. `center`: where
    dimensions that are not shown stay (Z,), by default at 0.
    """

    view: str
    noun: str  # a dimension's name
    codes: Callable[[Subject, int | None], Floats]
    importance: Callable[[Subject], Floats]
    reach: float = 0.0
    on_click: Callable[[Scene, Subject, tuple[float, float], Floats], None] | None = None  # with place and code (Z,)
    center: Callable[[Subject], Floats] | None = None
    beside: Rival | None = None


@dataclass(frozen=True)
class Rival:
    """Another map of the same images that is drawn beside the first as long as no run is pinned: places (N, 2)."""

    title: str
    places: Callable[[Subject], Floats]
    axes: tuple[str, str]


@dataclass(frozen=True, eq=False)
class _Plane:
    """What a map shows of a subject: positions over the frames, and the way back to codes if there is one."""

    positions: Floats  # (F, N, 2)
    back: LinearProjection | None
    axes: tuple[str, str]


def code_map(space: CodeSpace) -> View:
    """Return the view for a kind of model."""
    return partial(_draw, space)


def _draw(space: CodeSpace, scene: Scene) -> None:
    size = min(space.codes(subject, None).shape[1] for subject in scene.subjects)
    two, one = f"two {space.noun}s", f"one {space.noun}"
    with control_row(scene, space.view):
        kinds = [two, "PCA", "UMAP"] if size > 2 else [two if size == 2 else one]
        kind = pick(scene, "Show", [*kinds, "3-D"] if size == 3 else kinds, "map kind") if size > 2 else kinds[0]
        dimensions = pick_dimensions(scene, "map", space.importance(scene.current)[:size]) if kind == two else (0, 0)
    if kind == "3-D":
        _scatter(space, scene)
        return
    rival = space.beside if len(scene.subjects) == 1 else None
    columns = st.columns(len(scene.subjects) + (rival is not None))
    for column, subject in zip(columns, scene.subjects, strict=False):
        with column:
            if rival:
                st.markdown(f"**{scene.title(subject, space.noun)}s of this model**")
            _map(space, scene, subject, kind, dimensions)
    if rival:
        with columns[-1]:
            st.markdown(f"**{rival.title}**")
            _rival_map(rival, scene)


def _rival_map(rival: Rival, scene: Scene) -> None:
    subject = scene.current
    places = rival.places(subject)
    images = test_images(subject.config.dataset)
    latent_map(
        scene.key("rival map"),
        _cloud(Same(places[None]), (rival.title,), subject.config.dataset),
        images=images.test.reshape(-1, *images.shape),
        texts=MapTexts(rival.axes, f"{rival.title}: a map of {len(places)} test images", f"{subject.run.id}-rival-map"),
    )


def _map(space: CodeSpace, scene: Scene, subject: Subject, kind: str, dimensions: tuple[int, int]) -> None:
    images = test_images(subject.config.dataset)
    plane = _plane(space, scene, subject, kind, dimensions)
    frames = [subject.epoch] if kind == "UMAP" else scene.frames(subject)
    shown = [f"epoch {epoch}" for epoch in frames]
    count = plane.positions.shape[1]
    key = scene.key(f"map {subject.role} {kind} {dimensions}")
    if len(scene.subjects) > 1:
        st.markdown(f"**{scene.name(subject)}**")
    alt = f"Map of the {space.noun}s of {count} test images by {subject.run.id}"
    state = latent_map(
        key,
        _cloud(Same(plane.positions), tuple(shown), subject.config.dataset),
        grid=_decoded(space, subject, plane, frames),
        images=images.test[:count].reshape(count, *images.shape),
        wanted=Wanted(index_of_epoch(scene)) if len(frames) > 1 else NOTHING_WANTED,
        texts=MapTexts(plane.axes, alt, f"{subject.run.id}-map"),
        listeners=Listeners(on_frame=lambda moved: show_epoch(scene, moved.frame)) if len(frames) > 1 else NOBODY,
    )
    _picked(space, scene, subject, plane, state)


def _plane(space: CodeSpace, scene: Scene, subject: Subject, kind: str, dimensions: tuple[int, int]) -> _Plane:
    codes = space.codes(subject, None)
    if kind == "UMAP":
        return _Plane(_umap(Same(codes[:UMAP_POINTS]))[None], None, ("UMAP 1", "UMAP 2"))
    if kind == "PCA":
        back = principal_axes(space.codes(subject, subject.epochs[-1]))
        axes = ("1st principal axis", "2nd principal axis")
    else:
        back = two_latents(codes.shape[1], *dimensions)
        if space.center:
            back = back.through(space.center(subject))
        axes = (f"{space.noun} {dimensions[0]}", f"{space.noun} {dimensions[1]}")
    positions = np.stack([back.project(space.codes(subject, epoch)) for epoch in scene.frames(subject)])
    if kind != "PCA" and dimensions[0] == dimensions[1]:  # spread over the height, so that points don't hide each other
        positions = spread_out(positions)
        axes = (axes[0], "(no meaning)")
    return _Plane(positions, back, axes)


@remembered()
def _cloud(positions: Same, labels: tuple[str, ...], dataset: str) -> EncodedCloud:
    classes = test_images(dataset).test_labels[: positions.array.shape[1]]
    return encode_cloud(Cloud(positions.array, labels, classes, CATALOGUE[dataset].classes))


def _decoded(space: CodeSpace, subject: Subject, plane: _Plane, frames: list[int]) -> EncodedGrid | None:
    """Return images decoded on a grid under the points of the epoch shown."""
    if plane.back is None:
        return None
    frame = frames.index(subject.epoch) if subject.epoch in frames else len(frames) - 1
    x, y = surroundings(plane.positions[frame], space.reach)
    shape = CATALOGUE[subject.config.dataset].shape
    return _grid(snapshot_of(subject), Same(plane.back.axes), Same(plane.back.origin), x, y, shape, frame)


@remembered()
def _grid(
    key: Key,
    axes: Same,
    origin: Same,
    x: tuple[float, float],
    y: tuple[float, float],
    shape: tuple[int, int],
    frame: int,
) -> EncodedGrid:
    latents = LinearProjection(axes.array, origin.array).back(places_between(x, y, GRID_SIDE))
    images = _decode_bytes(key, latents).reshape(GRID_SIDE, GRID_SIDE, *shape)
    return encode_grid(DecodedGrid(images, x, y, frame))


def _decode_bytes(key: Key, z: Floats) -> NDArray[np.uint8]:
    return np.asarray((decoded(model_of(key), z) * 255).round().astype(np.uint8))


@remembered("Laying out the map: about ten seconds …")
def _umap(means: Same) -> Floats:
    return umap(np.array(means.array))  # numba compiles anew for what is read-only


def _picked(space: CodeSpace, scene: Scene, subject: Subject, plane: _Plane, state: LatentMapState) -> None:
    """Draw what was clicked, walked along and caught on the map."""
    shape = CATALOGUE[subject.config.dataset].shape
    if state.z is not None and plane.back is not None:
        z = plane.back.back(np.array([state.z], np.float32))
        if space.on_click:
            space.on_click(scene, subject, state.z, z[0])
        picture = quantize(decoded(model_of(snapshot_of(subject)), z).reshape(shape), 0, 1)
        panels = [
            Panel(f"decoded at ({state.z[0]:.2f}, {state.z[1]:.2f})", [picture], "pixels", "The image at the place")
        ]
        found = nearest(space.codes(subject, None), z[0], NEAREST).tolist()
        panels.append(_test_images(subject, "nearest test images", found, 5))
        filmstrip(scene.key(f"clicked {subject.role}"), panels, ["z"], max_width=240)
    if state.path and plane.back is not None:
        z = plane.back.back(np.array(state.path, np.float32))
        images = decoded(model_of(snapshot_of(subject)), z)
        frames = [quantize(image.reshape(shape), 0, 1) for image in images]
        labels = [f"({x:.2f}, {y:.2f})" for x, y in state.path]
        panel = Panel("along the path", frames, "pixels", "Images decoded along the drawn path")
        filmstrip(scene.key(f"path {subject.role}"), [panel], labels, index=0, max_width=260)
        downloads(scene, f"path {subject.role}", lambda: {"z": z, "images": images}, lambda: [panel], labels)
    if state.selected:
        _lassoed(scene, subject, state.selected)


def _lassoed(scene: Scene, subject: Subject, selected: tuple[int, ...]) -> None:
    images = test_images(subject.config.dataset)
    labels = images.test_labels[list(selected)]
    names = CATALOGUE[subject.config.dataset].classes
    counts = counts_of(labels, len(names))
    most = [f"{names[c]}: {counts[c]}" for c in largest_first(counts) if counts[c]]
    st.markdown(f"**{len(selected)}** test images selected: {', '.join(most)}")
    title = f"the first {LASSOED} of them" if len(selected) > LASSOED else "the selected images"
    panel = _test_images(subject, title, list(selected[:LASSOED]), 12)
    filmstrip(scene.key(f"lassoed {subject.role}"), [panel], ["selected"])


def _test_images(subject: Subject, title: str, which: list[int], columns: int) -> Panel:
    """Return some test images as a panel."""
    dataset = CATALOGUE[subject.config.dataset]
    images = test_images(subject.config.dataset)
    columns = min(columns, len(which))
    tiles = tile_picture(quantize(images.test[which].reshape(-1, *dataset.shape).astype(np.float32), 0, 255), columns)
    notes = [f"test image {i}: {dataset.classes[images.test_labels[i]]}" for i in which]
    return Panel(
        title, [tiles], "pixels", f"{len(which)} test images", Grid.of(len(which), dataset.shape, columns), notes
    )


def _scatter(space: CodeSpace, scene: Scene) -> None:
    """Draw the test images' codes in three dimensions."""
    for column, subject in zip(st.columns(len(scene.subjects)), scene.subjects, strict=True):
        with column:
            dataset = CATALOGUE[subject.config.dataset]
            labels = test_images(subject.config.dataset).test_labels
            title = scene.title(subject, f"{space.noun}s at epoch {subject.epoch}")
            figure = scatter_3d(space.codes(subject, None)[:, :3], labels, dataset.classes, title)
            st.plotly_chart(figure, key=scene.key(f"scatter {subject.role}"))
