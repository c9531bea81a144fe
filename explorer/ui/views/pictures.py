"""Images of a data set as pictures of views."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.arrays import Bytes
from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import Grid, grey_tiles, tile_picture
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.images import test_images
from explorer.ui.state.subject import Subject


def test_image_panel(
    subject: Subject, which: Sequence[int], columns: int, *, title: str, alt: str, notes: Sequence[str]
) -> Panel:
    """Return some test images of the subject's data set as a picture in rows of `columns`, with a note on each."""
    dataset = subject.config.dataset
    return image_panel(test_images(dataset).test[list(which)], dataset, columns, title=title, alt=alt, notes=notes)


def image_panel(
    pixels: Bytes, dataset: str, columns: int, *, title: str, alt: str, notes: Sequence[str] | None = None
) -> Panel:
    """Return images of bytes (N, V) of a data set as a picture in rows of `columns`."""
    shape = CATALOGUE[dataset].shape
    grid = Grid.of(len(pixels), shape, columns)
    return Panel(title, [tile_picture(grey_tiles(pixels, shape), columns)], "pixels", alt, grid, notes)
