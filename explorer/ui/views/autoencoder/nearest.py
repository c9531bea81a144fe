"""The test images that are nearest to one: by their code, by principal components and by pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.codes import codes_of
from explorer.analysis.retrieval import nearest_images
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import quantize
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.autoencoder.adapters import grey
from explorer.ui.views.autoencoder.cached import (
    autoencoder_of,
    codes,
    pca_codes,
    pca_of,
    pca_size,
    pixels_of,
)
from explorer.ui.views.autoencoder.precision import precision
from explorer.ui.views.digits import drawn_digit, number_of_image
from explorer.ui.views.pictures import at_distances, image_notes, panel_of_test_images
from explorer.ui.views.view import control_row, downloads, pick

VIEW = "Nearest images"
SHOWN = 20

Source = Literal["test image", "my drawing"]
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class _Query:
    """The image (V,) that is looked for, and which test image it is of which data set; a drawing has no number."""

    pixels: Image
    dataset: str
    number: int | None

    @property
    def name(self) -> str:
        """What it is called, with its class if it has one."""
        return "My drawing" if self.number is None else f"T{image_notes(self.dataset, [self.number])[0][1:]}"

    @property
    def label(self) -> int | None:
        """Its class, by its place among those of its data set, if it has one."""
        labels = test_images(self.dataset).test_labels
        return None if self.number is None or labels is None else int(labels[self.number])

    def number_for(self, subject: Subject) -> int | None:
        """Return its number, if the images shown for the subject are those of its data set."""
        return self.number if subject.shown_set == shown_set(self.dataset) else None

    def label_for(self, subject: Subject) -> int | None:
        """Return its class, if the subject's data set has the same classes."""
        alike = subject.classes == CATALOGUE[self.dataset].classes
        return self.label if alike else None


@dataclass(frozen=True)
class _Description:
    """What images are compared by: of the test images (N, C), and how to find it of another image (V,)."""

    name: str
    images: Floats
    of: Callable[[Image], Floats]


def nearest_view(scene: Scene) -> None:
    """Draw the view."""
    dataset = scene.current.config.dataset
    images, number = test_images(dataset), None
    with control_row(scene, VIEW):
        sources = get_args(Source) if CATALOGUE[dataset].shape == (28, 28) else get_args(Source)[:1]
        source: Source = pick(scene, "Look for", sources, "nearest source")
        if source == "test image":
            number = number_of_image(scene, "Test image", "nearest to")
    if number is not None:
        _pictures(scene, _Query(images.test[number], dataset, number))
    else:
        pad, place = st.columns([2, 5], gap="medium")
        with pad:
            drawing = drawn_digit(scene, "nearest")
        if drawing is not None:
            with place:
                _pictures(scene, _Query(drawing, dataset, None))
    precision(scene)


def _by_code(scene: Scene, subject: Subject) -> _Description:
    name = scene.title(subject, "by code")
    return _Description(name, codes(subject), lambda x: codes_of(autoencoder_of(subject), x[None])[0])


def _by_others(subject: Subject) -> list[_Description]:
    """Return what does without a trained model: as many principal components as code units, if any, and pixels."""
    dataset, size = subject.shown_set, pca_size(subject)
    title = f"By {size} principal components"
    pca = _Description(title, pca_codes(dataset, size), lambda x: _on_pca(dataset, x, size))
    pixels = _Description("By pixels", pixels_of(dataset), lambda x: grey(x).numpy())
    return [pca, pixels] if size else [pixels]


def _on_pca(dataset: str, x: Image, size: int) -> Floats:
    return np.asarray(pca_of(dataset).codes(grey(x[None]).numpy(), size)[0])


def _pictures(scene: Scene, query: _Query) -> None:
    """Draw an image and those nearest to it by each description."""
    panels = [_query_panel(query)]
    found: dict[str, NDArray[Any]] = {"query": query.pixels}
    compared = [(subject, _by_code(scene, subject)) for subject in scene.subjects]
    compared += [(scene.current, other) for other in _by_others(scene.current)]
    for subject, description in compared:
        nearest = nearest_images(description.of(query.pixels)[None], description.images, SHOWN + 1)
        others = nearest.others(0, query.number_for(subject), SHOWN)
        indices, distances = nearest.indices[0], nearest.distances[0]
        label = query.label_for(subject)
        panels.append(_panel(subject, description.name, indices[others], distances[others], label))
        found[description.name] = indices[others]
    row = len(scene.subjects) + 1 if scene.several else None
    filmstrip(scene.key("nearest"), panels, ["nearest"], link_cells=False, max_width=300, per_row=row)
    downloads(scene, "nearest", lambda _: found, lambda: panels, ["nearest"])


def _query_panel(query: _Query) -> Panel:
    picture = quantize(query.pixels.reshape(CATALOGUE[query.dataset].shape).astype(np.float32), 0, 255)
    return Panel(query.name, [picture], "pixels", query.name)


def _panel(subject: Subject, title: str, indices: NDArray[np.int64], distances: Floats, label: int | None) -> Panel:
    """Return the picture of the nearest images; label: the class to count among theirs, if they have it."""
    dataset, which = subject.config.dataset, indices.tolist()
    labels = test_images(dataset).test_labels
    if label is not None and labels is not None:
        alike = (labels[indices] == label).sum()
        title += f": {alike} of {len(which)} of its class"
    notes = at_distances(image_notes(dataset, which), distances)
    return panel_of_test_images(subject, which, 5, title=title, alt=f"{len(which)} images, nearest first", notes=notes)
