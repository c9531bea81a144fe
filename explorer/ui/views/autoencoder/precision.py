"""How many of the nearest images are of the same class, by their codes, by principal components and by pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.retrieval import precision_at
from explorer.arrays import Floats
from explorer.plots.curves import Curve, line_chart
from explorer.plots.palette import LEVEL
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import PCA_COLOR, codes_at, pca_codes, pca_size, pixels_of
from explorer.ui.views.axes import chart_key, curve_of, sharing
from explorer.ui.views.view import show_chart

QUERIES, REACH = 1_000, 100  # images looked for, and how many of the nearest are counted


def precision(scene: Scene) -> None:
    """Draw how many of the nearest images have the class of the one that is looked for."""
    if any(subject.images.test_labels is None for subject in scene.subjects):
        st.caption("The test images have no labels here: how many of the nearest are of the same class is not known.")
        return
    for subjects in sharing(scene):
        _chart(scene, subjects)
    queries = min(QUERIES, len(pixels_of(scene.current.shown_set)))
    st.caption(f"Mean over the first {queries:,} test images, each looked for among all others.")


def _chart(scene: Scene, subjects: Sequence[Subject]) -> None:
    dataset, size, curves = subjects[-1].shown_set, pca_size(subjects[-1]), []
    for subject in subjects:
        precision = _of_codes(snapshot_of(subject), subject.shown_set)
        curves.append(curve_of(subject, scene.title(subject, "by code"), _ranks(precision), precision))
    others = {f"by {size} components": (_of_components(dataset, size), PCA_COLOR)} if size else {}
    for name, (precision, color) in (others | {"by pixels": (_of_pixels(dataset), LEVEL)}).items():
        curves.append(Curve(name, _ranks(precision), precision, color))
    title = "How many of the nearest images are of the same class"
    show_chart(
        line_chart(curves, title, "images found", "share of the same class"),
        key=chart_key(scene, "precision", subjects),
    )


def _ranks(precision: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.arange(1, len(precision) + 1, dtype=float)


@remembered()
def _of_codes(key: Key, dataset: str) -> NDArray[np.float64]:
    return _share_of_class(codes_at(key, dataset), dataset)


@remembered()
def _of_components(dataset: str, size: int) -> NDArray[np.float64]:
    return _share_of_class(pca_codes(dataset, size), dataset)


@remembered()
def _of_pixels(dataset: str) -> NDArray[np.float64]:
    return _share_of_class(pixels_of(dataset), dataset)


def _share_of_class(descriptions: Floats, dataset: str) -> NDArray[np.float64]:
    labels = test_images(dataset).labels("test")
    queries = min(QUERIES, len(labels))
    return precision_at(descriptions, labels, queries, min(REACH, len(labels) - 1))
