"""What is picked on a map: a place, a path, or the images inside a loop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.analysis.codes import Decoder, decoded
from explorer.analysis.latent import nearest
from explorer.analysis.projection import LinearProjection
from explorer.analysis.ranking import counts_of, largest_first
from explorer.arrays import Floats
from explorer.plots.tiles import Indices, quantize
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.latent_map import LatentMapState
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.snapshots import model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.code_map.plane import Plane
from explorer.ui.views.code_map.space import CodeSpace
from explorer.ui.views.pictures import panel_of_test_images
from explorer.ui.views.view import downloads
from explorer.ui.wording import signed

LASSOED = 60  # images shown of a selection
NEAREST = 10

Place = tuple[float, float]


def picked(space: CodeSpace, scene: Scene, subject: Subject, plane: Plane, state: LatentMapState) -> None:
    """Draw what was clicked, walked along and caught on the map."""
    if plane.back is not None:
        if state.z is not None:
            _clicked(space, scene, subject, plane.back, state.z)
        if state.path:
            _walked(scene, subject, plane.back, state.path)
    if state.selected:
        _lassoed(scene, subject, state.selected)
    if state.path or state.selected:
        st.caption("A path and a selection are not in the link.")


def _clicked(space: CodeSpace, scene: Scene, subject: Subject, back: LinearProjection, place: Place) -> None:
    """Draw the image decoded at a place, and the test images with the nearest codes."""
    codes = back.back(np.array([place], np.float32))
    if space.on_click:
        space.on_click(scene, subject, place, codes[0])
    pictures = _pictures(subject, _decoded(subject, codes))
    found = nearest(space.codes(subject, None), codes[0], NEAREST).tolist()
    panels = [
        Panel(f"decoded at ({signed(place[0])}, {signed(place[1])})", pictures, "pixels", "The image at the place"),
        panel_of_test_images(subject, found, 5, title="nearest test images"),
    ]
    filmstrip(scene.key(f"clicked {subject.role}"), panels, ["z"], max_width=240)


def _walked(scene: Scene, subject: Subject, back: LinearProjection, path: Sequence[Place]) -> None:
    """Draw the images decoded along a path."""
    codes = back.back(np.array(path, np.float32))
    images = _decoded(subject, codes)
    labels = [f"({signed(x)}, {signed(y)})" for x, y in path]
    panel = Panel("along the path", _pictures(subject, images), "pixels", "Images decoded along the drawn path")
    filmstrip(scene.key(f"path {subject.role}"), [panel], labels, index=0, max_width=260)
    numbers = {"z": codes, "images": images}
    downloads(scene, f"path {subject.role}", lambda _: numbers, lambda: [panel], labels)


def _decoded(subject: Subject, codes: Floats) -> Floats:
    return decoded(model_of(snapshot_of(subject), Decoder), codes)


def _pictures(subject: Subject, images: Floats) -> list[Indices]:
    return list(quantize(images.reshape(-1, *subject.shape), 0, 1))


def _lassoed(scene: Scene, subject: Subject, selected: Sequence[int]) -> None:
    """Say of which classes the selected images are, if they have any, and draw the first of them."""
    names, labels, said = subject.classes, subject.images.test_labels, ""
    if labels is not None:
        counts = counts_of(labels[list(selected)], len(names))
        said = ": " + ", ".join(f"{names[c]}: {counts[c]}" for c in largest_first(counts) if counts[c])
    st.markdown(f"**{len(selected)}** test images selected{said}")
    title = f"the first {LASSOED} of them" if len(selected) > LASSOED else "the selected images"
    first = selected[:LASSOED]
    panel = panel_of_test_images(subject, first, min(12, len(first)), title=title)
    filmstrip(scene.key(f"lassoed {subject.role}"), [panel], ["selected"])
