"""The plane of 2-D data as a picture: points, and arrows or curves over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from explorer.arrays import Reals
from explorer.plots.font import font
from explorer.plots.tiles import Indices

SIDE = 560  # pixels of the longer side
POINTS_SIDE = 280  # pixels of a picture of points alone
GROUND, POINT, ARROW, MARK = 1, 110, 255, 200  # colour indices, dark to light
NAME_SIZE = 22  # pixels
HEAD = 0.35  # length of an arrow's head, as a share of the arrow
LONGEST = 1.0  # of an arrow, in cells of its grid


def field_picture(
    points: Reals,
    x: Reals,
    y: Reals,
    field: Reals,
    longest: float,
    marks: Reals | None = None,
    names: Sequence[str] = (),
) -> Indices:
    """Return arrows at a grid of positions x (columns,) and y (rows,) over points (N, 2), y upwards.

    field: (rows, columns, 2). An arrow of length `longest` fills a cell of the grid; longer ones are cut to that.
    marks: (M, 2) places that stand out, each with its name if there are `names`.
    """
    spans = float(x[-1] - x[0]), float(y[-1] - y[0])
    scale = (SIDE - 1) / max(spans)
    size = tuple(round(span * scale) + 1 for span in spans)
    image = Image.new("L", (size[0], size[1]), GROUND)
    draw = ImageDraw.Draw(image)
    origin = np.array([x[0], y[0]])

    def at(place: Reals) -> Reals:
        across, up = (place - origin) * scale
        return np.array([across, size[1] - 1 - up])

    for place in points:
        u, v = at(place)
        draw.ellipse((u - 1, v - 1, u + 1, v + 1), fill=POINT)
    cell = scale * min(abs(x[1] - x[0]), abs(y[1] - y[0])) * LONGEST
    for row, up in enumerate(y):
        for column, across in enumerate(x):
            _arrow(draw, at(np.array([across, up])), field[row, column] * np.array([1, -1]), cell / longest, cell)
    for number, place in enumerate(np.empty((0, 2)) if marks is None else marks):
        u, v = at(place)
        draw.ellipse((u - 5, v - 5, u + 5, v + 5), outline=MARK, width=2)
        for name in names[number : number + 1]:
            _name(draw, u, v, name)
    return np.asarray(image, np.uint8)


def points_picture(points: Reals, behind: Reals, curves: Iterable[Reals] = ()) -> Indices:
    """Return points (N, 2) in the unit square, y upwards, over others (M, 2) that are small and darker.

    curves: of each the places (K, 2) that are joined, with a wider dot at the last.
    """
    image = Image.new("L", (POINTS_SIDE, POINTS_SIDE), GROUND)
    draw = ImageDraw.Draw(image)

    def at(places: Reals) -> Reals:
        return np.stack([places[:, 0], 1 - places[:, 1]], axis=1) * (POINTS_SIDE - 1)

    def dots(places: Reals, radius: int, fill: int) -> None:
        for u, v in at(places):
            draw.ellipse((u - radius, v - radius, u + radius, v + radius), fill=fill)

    dots(behind, 1, POINT)
    for curve in curves:
        draw.line([(float(u), float(v)) for u, v in at(curve)], fill=ARROW)
        dots(curve[-1:], 2, ARROW)
    dots(points, 3, ARROW)
    return np.asarray(image, np.uint8)


def _name(draw: ImageDraw.ImageDraw, u: float, v: float, name: str) -> None:
    """Write the name of a mark at its upper right, on ground of its own."""
    letters, place = font(NAME_SIZE), (u + 9, v - 7)
    draw.rectangle(draw.textbbox(place, name, letters, anchor="ls"), fill=GROUND, outline=GROUND, width=2)
    draw.text(place, name, ARROW, letters, anchor="ls")


def _arrow(draw: ImageDraw.ImageDraw, start: Reals, vector: Reals, scale: float, longest: float) -> None:
    """Draw an arrow from a place in pixels along a vector times `scale`, cut to `longest` pixels."""
    length = float(np.hypot(*vector)) * scale
    if length < 1:
        draw.point((float(start[0]), float(start[1])), fill=ARROW)
        return
    along = vector / np.hypot(*vector) * min(length, longest)
    end, across = start + along, np.array([-along[1], along[0]])
    back = end - HEAD * along
    draw.line((*start, *end), fill=ARROW, width=2)
    draw.polygon([tuple(end), tuple(back + HEAD / 2 * across), tuple(back - HEAD / 2 * across)], fill=ARROW)
