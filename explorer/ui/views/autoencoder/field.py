"""Where a denoising autoencoder pulls: g(f(x)) − x as arrows, over all of 2-D data or a plane of pixel space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from explorer.analysis.denoising_chain import (
    CorrectionField,
    axes_around,
    correction_field,
    plane_through,
    usual_length,
)
from explorer.analysis.projection import LinearProjection, two_latents
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.models.autoencoder import Autoencoder
from explorer.plots.field import field_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.digits import number_of_image
from explorer.ui.views.pictures import image_notes, in_the_plane, panel_of_test_images
from explorer.ui.views.view import control_row, downloads, epoch_labels, index_of_epoch, show_epoch

VIEW = "Correction field"
ARROWS = 25  # a side
FIELDS_IN_A_ROW = 2  # of three and more subjects
MARGIN = 0.15  # of a plane's picture around its three images, as a share of its size
USUAL = 0.7  # share of the arrows that are drawn at their true length, relative to each other
TOY = "spiral"
CORNERS = "ABC"  # names of the three images, and of their marks


@dataclass(frozen=True)
class _Plane:
    """The part of the input space that is drawn: its axes, the positions of the arrows, points of data, marks."""

    projection: LinearProjection
    x: Floats
    y: Floats
    points: Floats
    marks: Floats | None
    images: tuple[int, ...]


def correction(scene: Scene) -> None:
    """Draw the view."""
    flat = in_the_plane(scene.current.config.dataset)
    with control_row(scene, VIEW):
        chosen = () if flat else _choose(scene)
    try:
        plane = _all_of(scene.current) if flat else _through(scene.current, chosen)
    except ValueError as error:
        st.warning(f"{str(error)[:1].upper()}{str(error)[1:]}.", icon=":material/warning:")
        return
    longest = max(_longest(subject, plane) for subject in scene.subjects) or 1.0
    panels = [_panel(scene, subject, plane, longest) for subject in scene.subjects]
    if plane.images:
        panels.insert(0, _corners(scene, plane))
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("field"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-correction",
        on_index=lambda strip: show_epoch(scene, strip.index),
        max_width=620,
        per_row=FIELDS_IN_A_ROW + bool(plane.images) if scene.several else None,
        at_end=scene.several and bool(plane.images),
    )
    if not flat:
        st.caption(
            f"The plane holds three test images, ringed. Most of the pull leaves it. On the data set "
            f"**{CATALOGUE[TOY].title}** the plane is all there is."
        )
    downloads(scene, "correction field", partial(_numbers, plane=plane), lambda: panels, labels)


def _numbers(subject: Subject, plane: _Plane) -> dict[str, Floats]:
    field = _field(snapshot_of(subject), plane)
    return {"x": plane.x, "y": plane.y, "along": field.along, "across": field.across}


def _choose(scene: Scene) -> tuple[int, ...]:
    """Draw the choice of the three test images that span the plane."""
    return tuple(
        number_of_image(scene, f"Test image {name}", f"corner {name}", start) for start, name in enumerate(CORNERS)
    )


def _all_of(subject: Subject) -> _Plane:
    points = subject.images.test.astype(np.float32) / np.float32(255)
    side = np.linspace(0, 1, ARROWS, dtype=np.float32)
    return _Plane(two_latents(2, 0, 1), side, side, points, None, ())


def _through(subject: Subject, chosen: tuple[int, ...]) -> _Plane:
    """Return the plane through three test images.

    Raises:
        ValueError: they are on one line.
    """
    a, b, c = subject.images.test[list(chosen)].astype(np.float32) / np.float32(255)
    projection = plane_through(a, b, c)
    corners = projection.project(np.stack([a, b, c]))
    x, y = axes_around(corners, MARGIN, ARROWS)
    return _Plane(projection, x, y, np.empty((0, 2), np.float32), corners, chosen)


def _field(key: Key, plane: _Plane) -> CorrectionField:
    return correction_field(model_of(key, Autoencoder), plane.projection, plane.x, plane.y)


def _longest(subject: Subject, plane: _Plane) -> float:
    """Return the length of the arrows that fill a cell: all but the longest of the last epoch are shorter."""
    return usual_length(_field(snapshot_of(subject, subject.epochs[-1]), plane).along, USUAL)


def _panel(scene: Scene, subject: Subject, plane: _Plane, longest: float) -> Panel:
    """Return the arrows over the epochs; those of all subjects have the same unit."""
    fields = [_field(snapshot_of(subject, epoch), plane).along for epoch in scene.frames(subject)]
    frames = [field_picture(plane.points, plane.x, plane.y, field, longest, plane.marks, CORNERS) for field in fields]
    alt = "Arrows from inputs to their reconstructions" + (" over the data" if len(plane.points) else "")
    title, ends = scene.title(subject, "where g(f(x)) − x points"), ("nothing", "an arrow")
    return Panel(title, frames, "share", alt, ends=ends, meaning="grey: an image" if len(plane.points) else "")


def _corners(scene: Scene, plane: _Plane) -> Panel:
    images = image_notes(scene.current.config.dataset, plane.images)
    notes = [f"{name}: {image}" for name, image in zip(CORNERS, images, strict=True)]
    return panel_of_test_images(
        scene.current,
        plane.images,
        len(CORNERS) if scene.several else 1,
        title="A, B, C",
        alt="The three test images",
        notes=notes,
    )
