"""The frames of one picture of a filmstrip, checked, and packed for the browser."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from explorer.plots.palette import Scale, css_stops
from explorer.plots.tiles import GAP, Grid, Indices, png

LARGEST_SIDE = 16_000  # pixels; browsers refuse larger pictures


@dataclass(frozen=True, eq=False)
class Panel:
    """The frames of one picture: colour indices (rows, columns), all of one size, with what is said about them.

    `notes` has one text for each tile of `grid`, `captions` one for each frame. A panel of one frame stands still.
    With a `meaning`, which says what the colours stand for, the scale is shown below the pictures.
    """

    title: str
    frames: Sequence[Indices]
    scale: Scale
    alt: str
    grid: Grid | None = None
    notes: Sequence[str] | None = None
    captions: Sequence[str] | None = None
    ends: tuple[str, str] | None = None  # the values of the scale's ends, by default what is known of any such scale
    meaning: str = ""

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
    """The scale of a picture: its colours from low to high, as CSS has them, what its ends and all of it stand for."""

    colors: list[str]
    low: str
    high: str
    meaning: str


OFF_AND_ON = ("off", "on")  # of states of units
ENDS: dict[Scale, tuple[str, str]] = {"pixels": ("0", "1"), "share": ("0", "1"), "signed": ("−", "+")}


def bar_of(panel: Panel) -> Bar:
    """Return the scale of a panel's picture."""
    low, high = panel.ends or ENDS[panel.scale]
    return {"colors": css_stops(panel.scale), "low": low, "high": high, "meaning": panel.meaning}


def ends_of(limit: float, scale: Scale = "signed") -> tuple[str, str]:
    """Return the values of the ends of a scale that goes as far as a limit, on both sides of 0 or from 0 on."""
    end = f"{float(f'{limit:.2g}'):,g}"  # two digits, and no power of ten
    return (f"−{end}", f"+{end}") if scale == "signed" else ("0", end)


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
