"""A row of the table: what one run makes of the digit, as pictures and figures, and what all kinds' rows share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.analysis.inversion import Search
from explorer.analysis.one_image import squared_error
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import Picture, as_squares, quantize, reach
from explorer.ui.differences import from_defaults
from explorer.ui.one_digit.columns import CLEAN, CODE, EPOCHS, GIVEN, SECONDS, Figure
from explorer.ui.one_digit.given import Given
from explorer.ui.one_digit.runs import Chosen
from explorer.ui.one_digit.seconds import seconds_of
from explorer.ui.state.subject import Subject
from explorer.ui.views.reconstructions import Look

SEEN, HIDDEN, MADE = "seen", "code", "reconstruction"  # the arrays of a row that are pictured


@dataclass(frozen=True)
class Tile:
    """A picture in a cell, and what it shows in words."""

    picture: Picture
    alt: str


@dataclass(frozen=True)
class Row:
    """A kind's row.

    `arrays` are the numbers behind the pictures, and others for the download. `reasons` says of figures that are not
    there why, by column. `code_says` and `says` stand below the code and the reconstruction, or in its place.
    """

    chosen: Chosen
    settings: str = ""
    tiles: Mapping[str, Tile] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, Floats] = field(default_factory=dict)
    code_says: str = ""
    says: str = ""
    search: Search | None = None  # of a GAN, for its code
    trouble: str = ""


def make_row(
    chosen: Chosen, subject: Subject, digit: Given, arrays: Mapping[str, Floats], look: Look | None, unit: str
) -> Row:
    """Return a row with what all kinds have: pictures of the arrays, errors, size of the code, epochs, seconds.

    Without a look the code has a scale of its own. unit: what a code consists of.
    """
    code = arrays[HIDDEN]
    figures = {CODE: Figure(len(code), f"{len(code):,} {unit}"), EPOCHS: Figure(subject.epoch, f"{subject.epoch:,}")}
    if MADE in arrays:
        for name, image in ((CLEAN, digit.clean), (GIVEN, digit.given)):
            error = squared_error(arrays[MADE], image)
            figures[name] = Figure(error, f"{error:.1f}")
    if seconds := seconds_of(subject.run):
        figures[SECONDS] = seconds
    tiles = _tiles(chosen.kind.short, CATALOGUE[subject.config.dataset].shape, arrays, look or _own_look(code), unit)
    return Row(chosen, from_defaults(subject.config), tiles, figures, arrays=arrays)


def _tiles(name: str, shape: tuple[int, int], arrays: Mapping[str, Floats], look: Look, unit: str) -> dict[str, Tile]:
    code = arrays[HIDDEN]
    squares = as_squares(code[None], look.low, look.high)[0]
    tiles = {HIDDEN: Tile(Picture(squares, look.scale), f"{name}: code of {len(code):,} {unit}, a pixel each")}
    for which, words in ((SEEN, "the digit as it sees it"), (MADE, "its reconstruction")):
        if which in arrays:
            picture = Picture(quantize(arrays[which].reshape(shape), 0, 1), "pixels")
            tiles[which] = Tile(picture, f"{name}: {words}")
    return tiles


def _own_look(code: Floats) -> Look:
    limit = reach(code)
    limit = limit if 0 < limit < math.inf else 1.0
    return Look("signed", -limit, limit)
