"""The frames of one picture of a filmstrip: checked, packed for the browser, or drawn as an animated GIF."""

from __future__ import annotations

import hashlib
import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.plots.palette import Scale, colors, css_stops
from explorer.plots.tiles import GAP, Grid, Indices, png, rgb

LARGEST_SIDE = 16_000  # pixels; browsers refuse larger pictures
GIF_HEIGHT = 400  # pixels that the pictures of a GIF have at least
GIF_MARGIN = 12  # pixels around them
GIF_LINE = 28  # pixels for a line of text above them
GIF_PER_ROW = 4  # pictures beside each other
BAR_WIDTH, BAR_HEIGHT = 120, 12  # pixels of a scale
NOTE_LINE, NOTE_CHARACTER = 18, 8  # pixels of what is said below a GIF


@dataclass(frozen=True, eq=False)
class Panel:
    """The frames of one picture: colour indices (rows, columns), all of one size, with what is said about them.

    `notes` has one text for each tile of `grid`, `captions` one for each frame. A panel of one frame stands still.
    """

    title: str
    frames: Sequence[Indices]
    scale: Scale
    alt: str
    grid: Grid | None = None
    notes: Sequence[str] | None = None
    captions: Sequence[str] | None = None
    ends: tuple[str, str] | None = None  # the values of the scale's ends, by default what is known of any such scale

    def __post_init__(self) -> None:
        """Raise ValueError if the frames, the grid and the texts do not fit together, or nothing is said of them."""
        sizes = {frame.shape for frame in self.frames}
        if not self.alt.strip():
            raise ValueError(f"Panel {self.title!r} says nothing to who cannot see it: give it an alt.")
        if len(sizes) > 1:
            raise ValueError(f"The frames of panel {self.title!r} differ in size: {sorted(sizes)}. Make them one size.")
        if self.grid and sizes and self.grid.size not in sizes:
            raise ValueError(f"Panel {self.title!r} has frames of {sizes.pop()} pixels for a grid of {self.grid.size}.")
        _check_count(self.title, "captions", self.captions, len(self.frames))
        _check_count(self.title, "notes", self.notes, self.grid.count if self.grid else 0)


class EncodedPanel(TypedDict):
    """A panel packed for the browser, its frames on one sheet; worth caching, as encoding takes the most time."""

    title: str
    alt: str
    sheet: bytes
    hash: str
    frames: int
    columns: int
    height: int
    width: int
    grid: dict[str, int] | None
    notes: list[str] | None
    captions: list[str] | None
    bar: Bar


class Bar(TypedDict):
    """The scale of a picture: its colours from low to high, as CSS has them, and what its ends stand for."""

    colors: list[str]
    low: str
    high: str


ENDS: dict[Scale, tuple[str, str]] = {"pixels": ("0", "1"), "share": ("0", "1"), "signed": ("−", "+")}


def bar_of(panel: Panel) -> Bar:
    """Return the scale of a panel's picture."""
    low, high = panel.ends or ENDS[panel.scale]
    return {"colors": css_stops(panel.scale), "low": low, "high": high}


def encode_panel(panel: Panel) -> EncodedPanel:
    """Return the panel with its frames as one PNG file, a sheet, row by row and nearly square."""
    columns = max(1, math.ceil(math.sqrt(len(panel.frames))))
    sheet = png(_sheet(panel.frames, columns), panel.scale) if panel.frames else b""
    height, width = panel.frames[0].shape if panel.frames else (1, 1)
    return {
        "title": panel.title,
        "alt": panel.alt,
        "sheet": sheet,
        "hash": hashlib.blake2b(sheet, digest_size=12).hexdigest(),
        "frames": len(panel.frames),
        "columns": columns,
        "height": height,
        "width": width,
        "grid": _grid(panel.grid) if panel.grid else None,
        "notes": list(panel.notes) if panel.notes is not None else None,
        "captions": list(panel.captions) if panel.captions is not None else None,
        "bar": bar_of(panel),
    }


def animate(panels: Sequence[Panel], labels: Sequence[str], seconds: float = 0.25, note: str = "") -> bytes:
    """Return an endlessly repeated GIF file of the panels, each frame under its label for `seconds`.

    Below them stand the scales of the pictures and a note, of what they are.
    """
    first, *rest = [_composed(panels, index, label, note) for index, label in enumerate(labels)]
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=round(seconds * 1000), loop=0)
    return file.getvalue()


def _check_count(title: str, name: str, texts: Sequence[str] | None, count: int) -> None:
    if texts is not None and len(texts) != count:
        raise ValueError(f"Panel {title!r} needs {count} {name} and has {len(texts)}.")


def _sheet(frames: Sequence[Indices], columns: int) -> Indices:
    """Return all frames as one picture (rows of frames × height, columns × width)."""
    height, width = frames[0].shape
    rows = math.ceil(len(frames) / columns)
    if max(rows * height, columns * width) > LARGEST_SIDE:
        raise ValueError(f"{len(frames)} frames of {height}×{width} pixels are too many: show fewer or smaller ones.")
    cells = np.zeros((rows * columns, height, width), np.uint8)
    np.stack(frames, out=cells[: len(frames)])
    picture = cells.reshape(rows, columns, height, width).swapaxes(1, 2)
    return np.ascontiguousarray(picture.reshape(rows * height, columns * width))


def _grid(grid: Grid) -> dict[str, int]:
    return {
        "count": grid.count,
        "columns": grid.columns,
        "rows": grid.rows,
        "height": grid.height,
        "width": grid.width,
        "gap": GAP,
    }


def _composed(panels: Sequence[Panel], index: int, label: str, note: str) -> Image.Image:
    """Return frame `index` of all panels under the label and over the note, row by row, on white."""
    parts = [_titled(panel, min(index, len(panel.frames) - 1)) for panel in panels]
    rows = [parts[start : start + GIF_PER_ROW] for start in range(0, len(parts), GIF_PER_ROW)]
    width = max(sum(part.width + GIF_MARGIN for part in row) for row in rows) + GIF_MARGIN
    heights = [max(part.height for part in row) + GIF_MARGIN for row in rows]
    lines = [line for each in note.splitlines() for line in textwrap.wrap(each, max(20, width // NOTE_CHARACTER))]
    below = GIF_MARGIN + NOTE_LINE * len(lines) if lines else 0
    canvas = Image.new("RGB", (width, sum(heights) + GIF_LINE + GIF_MARGIN + below), "white")
    ImageDraw.Draw(canvas).text((GIF_MARGIN, GIF_MARGIN), label, "black", ImageFont.load_default(20))
    top = GIF_MARGIN + GIF_LINE
    for row, height in zip(rows, heights, strict=True):
        left = GIF_MARGIN
        for part in row:
            canvas.paste(part, (left, top))
            left += part.width + GIF_MARGIN
        top += height
    for number, line in enumerate(lines):
        place = (GIF_MARGIN, top + GIF_MARGIN // 2 + number * NOTE_LINE)
        ImageDraw.Draw(canvas).text(place, line, "black", ImageFont.load_default(NOTE_LINE - 4))
    return canvas


def _titled(panel: Panel, index: int) -> Image.Image:
    """Return one frame under the panel's title, a small one with its pixels repeated so that they stay sharp."""
    frame = panel.frames[index]
    pixels = np.where(frame[..., None] == 0, np.uint8(255), rgb(frame, panel.scale))
    zoom = math.ceil(GIF_HEIGHT / len(frame))
    picture = Image.fromarray(pixels.repeat(zoom, 0).repeat(zoom, 1))
    part = Image.new("RGB", (picture.width, picture.height + 2 * GIF_LINE), "white")
    draw, small = ImageDraw.Draw(part), ImageFont.load_default(14)
    draw.text((0, 0), panel.title, "black", ImageFont.load_default(16))
    part.paste(picture, (0, GIF_LINE))
    middle = picture.height + GIF_LINE + GIF_LINE // 2
    low, high = panel.ends or ENDS[panel.scale]
    left = round(draw.textlength(low, small)) + GIF_MARGIN // 2
    draw.text((0, middle), low, "black", small, anchor="lm")
    ramp = Image.fromarray(np.tile(colors(panel.scale)[None, 1:], (BAR_HEIGHT, 1, 1))).resize((BAR_WIDTH, BAR_HEIGHT))
    part.paste(ramp, (left, middle - BAR_HEIGHT // 2))
    draw.text((left + BAR_WIDTH + GIF_MARGIN // 2, middle), high, "black", small, anchor="lm")
    return part
