"""The codes of the test images as a map that decodes under the pointer."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from explorer.arrays import Bytes
from explorer.data.catalogue import CATALOGUE
from explorer.plots.latents import scatter_3d
from explorer.ui.components.latent_layers import PRIOR
from explorer.ui.components.latent_map import (
    FARTHEST,
    Beside,
    Cloud,
    EncodedCloud,
    LatentMapState,
    Listeners,
    MapTexts,
    Wanted,
    encode_cloud,
    latent_map,
)
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import Same, remembered
from explorer.ui.state.choices import point, several
from explorer.ui.state.places import Role
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.code_map.picked import picked
from explorer.ui.views.code_map.plane import Plane, decoded_grid, plane_of_dimensions, principal_plane, umap_plane
from explorer.ui.views.code_map.space import CodeSpace, Rival
from explorer.ui.views.dimensions import Dimensions, pick_dimensions
from explorer.ui.views.view import View, columns_of, control_row, index_of_epoch, pick, show_chart, show_epoch

POINTS_3D = 4_000  # a browser turns no more without a halt
SPACES_IN_A_ROW = 2  # of three dimensions
OF_EACH = ("PCA", "UMAP")  # maps whose axes are each model's own
UNKNOWN = "not known"  # the class of images without labels


def code_map(space: CodeSpace) -> View:
    """Return the view for a kind of model."""
    return partial(_draw, space)


def _draw(space: CodeSpace, scene: Scene) -> None:
    with control_row(scene, space.view):
        kind, dimensions = _controls(space, scene)
    if kind == "3-D":
        _scatter(space, scene)
        return
    maps = _drawn(space, scene, kind, dimensions)
    if len(scene.subjects) > 1:
        st.caption(f"Point at one map: the others show the same {'image' if kind in OF_EACH else 'place'}.")
    rival = space.beside if len(scene.subjects) == 1 else None
    if rival:
        own, other = st.columns(2)
        with own:
            st.markdown(f"**{scene.title(scene.current, space.noun)}s of this model**")
            _map_and_picked(space, scene, scene.current, f"{kind} {dimensions}", *maps[scene.current.role])
        with other:
            st.markdown(f"**{rival.title}**")
            _rival_map(rival, scene)
        return
    if not scene.several:
        for column, subject in columns_of(scene):
            with column:
                _map_and_picked(space, scene, subject, f"{kind} {dimensions}", *maps[subject.role])
        return
    states = {}
    for column, subject in columns_of(scene, at_bottom=True):
        with column:
            states[subject.role] = _map(space, scene, subject, f"{kind} {dimensions}", *maps[subject.role])
    for column, subject in columns_of(scene):
        with column:
            picked(space, scene, subject, maps[subject.role][0], states[subject.role])


def _controls(space: CodeSpace, scene: Scene) -> tuple[str, Dimensions]:
    """Draw the controls; return what kind of map is shown, and which dimensions where it is one of them."""
    size = min(space.codes(subject, None).shape[1] for subject in scene.subjects)
    kind = by_dimensions = f"two {space.noun}s" if size > 1 else f"one {space.noun}"
    if size > 2:
        kind = pick(scene, "Show", [by_dimensions, "PCA", "UMAP", *["3-D"] * (size == 3)], "map kind")
    if kind != by_dimensions:
        return kind, (0, 0)
    return kind, pick_dimensions(scene, "map", space.importance(scene.current)[:size])


def _drawn(space: CodeSpace, scene: Scene, kind: str, dimensions: Dimensions) -> dict[Role, tuple[Plane, EncodedCloud]]:
    """Return the plane and the points of each subject's map; maps of the same dimensions have the same axes."""
    planes = {subject.role: _plane(space, scene, subject, kind, dimensions) for subject in scene.subjects}
    clouds, reach = {}, PRIOR if space.reach and kind != "UMAP" else 0.0
    for subject in scene.subjects:
        plane = planes[subject.role]
        labels = tuple(f"epoch {epoch}" for epoch in plane.epochs)
        clouds[subject.role] = _cloud(Same(plane.positions), labels, subject.config.dataset, reach)
    if kind not in OF_EACH:
        around = np.array([cloud["bounds"] for cloud in clouds.values()])
        bounds = np.stack([around[..., 0].min(axis=0), around[..., 1].max(axis=0)], axis=1).tolist()
        clouds = {role: cloud | {"bounds": bounds} for role, cloud in clouds.items()}
    return {role: (plane, clouds[role]) for role, plane in planes.items()}


def _map_and_picked(
    space: CodeSpace, scene: Scene, subject: Subject, key: str, plane: Plane, cloud: EncodedCloud
) -> None:
    picked(space, scene, subject, plane, _map(space, scene, subject, key, plane, cloud))


def _map(
    space: CodeSpace, scene: Scene, subject: Subject, key: str, plane: Plane, cloud: EncodedCloud
) -> LatentMapState:
    """Draw a subject's map; return what its user has settled on."""
    moves, count = len(plane.epochs) > 1, plane.positions.shape[1]
    images = subject.images
    if len(scene.subjects) > 1:
        st.markdown(f"**{scene.name(subject)}**")
    place = scene.linked(f"place {subject.role} {key}", None, point(FARTHEST), several)
    alt = f"Map of the {space.noun}s of {count} test images by {subject.run.id}"
    state = latent_map(
        scene.key(f"map {subject.role} {key}"),
        cloud,
        grid=decoded_grid(space, subject, plane),
        images=images.test[:count].reshape(count, *images.shape),
        wanted=Wanted(index_of_epoch(scene) if moves else None, st.session_state.get(place)),
        texts=MapTexts(plane.axes, alt, f"{subject.run.id}-map", plane.circle),
        listeners=Listeners(
            on_frame=(lambda moved: show_epoch(scene, moved.frame)) if moves else None,
            on_z=lambda moved: st.session_state.update({place: moved.z}),
        ),
        beside=Beside(scene.key("maps"), key.partition(" ")[0] not in OF_EACH),
    )
    _say_how_many(count, len(images.test))
    return state


def _plane(space: CodeSpace, scene: Scene, subject: Subject, kind: str, dimensions: Dimensions) -> Plane:
    if kind == "UMAP":
        return umap_plane(space, subject)
    if kind == "PCA":
        return principal_plane(space, subject, scene.frames(subject))
    return plane_of_dimensions(space, subject, scene.frames(subject), dimensions)


@remembered()
def _cloud(positions: Same, labels: tuple[str, ...], dataset: str, reach: float = 0.0) -> EncodedCloud:
    classes, names = _classes(dataset)
    return encode_cloud(Cloud(positions.array, labels, classes[: positions.array.shape[1]], names, reach))


def _classes(dataset: str) -> tuple[Bytes, tuple[str, ...]]:
    """Return the class of each test image (N,) and the classes' names; without labels there is one class, unknown."""
    images = test_images(dataset)
    if images.test_labels is None:
        return np.zeros(len(images.test), np.uint8), (UNKNOWN,)
    return images.test_labels, CATALOGUE[dataset].classes


def _rival_map(rival: Rival, scene: Scene) -> None:
    subject = scene.current
    places = rival.places(subject)
    images = subject.images
    latent_map(
        scene.key("rival map"),
        _cloud(Same(places[None]), (rival.title,), subject.config.dataset),
        images=images.test.reshape(-1, *images.shape),
        beside=Beside(scene.key("maps")),
        texts=MapTexts(rival.axes, f"{rival.title}: a map of {len(places)} test images", f"{subject.run.id}-rival-map"),
    )


def _scatter(space: CodeSpace, scene: Scene) -> None:
    """Draw the test images' codes in three dimensions."""
    for column, subject in columns_of(scene, SPACES_IN_A_ROW):
        with column:
            labels, names = _classes(subject.config.dataset)
            title = scene.title(subject, f"{space.noun}s at epoch {subject.epoch}")
            codes = space.codes(subject, None)[:, :3]
            figure = scatter_3d(codes[:POINTS_3D], labels[:POINTS_3D], names, title, space.noun)
            show_chart(figure, key=scene.key(f"scatter {subject.role}"))
            _say_how_many(POINTS_3D, len(codes))


def _say_how_many(drawn: int, there: int) -> None:
    """Say so where not all images are drawn."""
    if drawn < there:
        st.caption(f"Drawn are {drawn:,} of the {there:,} test images, by their numbers.")
