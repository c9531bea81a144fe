"""Images of a data set as pictures of views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from explorer.arrays import Bytes, Floats
from explorer.data.catalogue import CATALOGUE
from explorer.data.images import Split
from explorer.plots.field import points_picture
from explorer.plots.tiles import Grid, Indices, grey_tiles, quantize, tile_picture
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.images import STAND_IN, test_images
from explorer.ui.state.subject import Subject

Joined = Literal["", "all", "rows", "rows and columns"]


def in_the_plane(dataset: str) -> bool:
    """Whether the images of a data set are two numbers, points of a plane, and drawn as such."""
    return CATALOGUE[dataset].n_pixels == 2


def generated_panel(
    dataset: str,
    frames: Sequence[Floats],
    columns: int,
    *,
    title: str,
    alt: str,
    notes: Sequence[str] | None = None,
    joined: Joined = "",
) -> Panel:
    """Return what a model made, images in [0, 1] (N, V) of each frame, in rows of `columns` with a note on each.

    Points of a plane all stand in one picture, over those of the data set; joined: a curve goes through all of them,
    or through those of each row, or of each row and each column.
    """
    if in_the_plane(dataset):
        behind = test_images(dataset).test.astype(np.float32) / np.float32(255)
        return Panel(title, [_in_one_picture(x, behind, columns, joined) for x in frames], "pixels", alt)
    shape = CATALOGUE[dataset].shape
    pictures = [tile_picture(quantize(x.reshape(-1, *shape), 0, 1), columns) for x in frames]
    return Panel(title, pictures, "pixels", alt, Grid.of(len(frames[0]), shape, columns), notes)


def _in_one_picture(points: Floats, behind: Floats, columns: int, joined: Joined) -> Indices:
    if not joined:
        return points_picture(points, behind)
    rows = points[None] if joined == "all" else points.reshape(-1, columns, 2)
    columns_upwards = rows[::-1].swapaxes(0, 1) if joined == "rows and columns" and len(rows) > 1 else rows[:0]
    return points_picture(points[:0], behind, [*rows, *columns_upwards])


def panel_of_test_images(
    subject: Subject,
    which: Sequence[int],
    columns: int,
    *,
    title: str,
    alt: str | None = None,
    notes: Sequence[str] | None = None,
) -> Panel:
    """Return some test images of the subject's data set as a picture in rows of `columns`, with a note on each."""
    dataset = subject.config.dataset
    return image_panel(
        test_images(dataset).test[list(which)],
        dataset,
        columns,
        title=title,
        alt=alt or f"{len(which)} test images",
        notes=notes or image_notes(dataset, which),
    )


def image_panel(
    pixels: Bytes, dataset: str, columns: int, *, title: str, alt: str, notes: Sequence[str] | None = None
) -> Panel:
    """Return images of bytes (N, V) of a data set as a picture in rows of `columns`."""
    shape = CATALOGUE[dataset].shape
    grid = Grid.of(len(pixels), shape, columns)
    return Panel(title, [tile_picture(grey_tiles(pixels, shape), columns)], "pixels", alt, grid, notes)


def image_notes(dataset: str, which: Sequence[int], split: Split = "test") -> list[str]:
    """Return the number of some images, and the class if they have one."""
    images, classes = test_images(dataset), CATALOGUE[dataset].classes
    labels = images.test_labels if split == "test" else images.train_labels
    return [f"{split} image {i}" + ("" if labels is None else f": {classes[labels[i]]}") for i in which]


def whose_images(subject: Subject) -> str:
    """Return a sentence on which data set's test images have their numbers."""
    shown, count = subject.shown_set, len(subject.images.test)
    whose = f"Test images are numbered as in **{CATALOGUE[shown].title}**, which has {count:,} of them"
    return f"{whose}: other digits than those of the full MNIST." if shown in STAND_IN.values() else f"{whose}."


def at_distances(notes: Sequence[str], distances: Floats) -> list[str]:
    """Return notes on images (N,), each with its distance (N,) from another image."""
    return [f"{note} · distance {distance:.2f}" for note, distance in zip(notes, distances, strict=True)]
