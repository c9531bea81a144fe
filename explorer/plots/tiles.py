"""Pictures as arrays of colour indices: single images, grids of tiles, and PNG or GIF files of them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.plots.palette import Scale, colors

Indices = NDArray[np.uint8]
GAP = 1  # pixels between tiles


@dataclass(frozen=True)
class Grid:
    """Where the tiles of a picture are, in its own pixels: `count` tiles of `height`×`width` in rows of `columns`."""

    count: int
    columns: int
    height: int
    width: int

    @classmethod
    def of(cls, count: int, shape: tuple[int, int], columns: int | None = None) -> Grid:
        """Return the grid for `count` tiles, by default nearly square."""
        return cls(count, columns or max(1, math.ceil(math.sqrt(count))), *shape)

    @property
    def rows(self) -> int:
        """How many rows of tiles there are."""
        return max(1, math.ceil(self.count / self.columns))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the whole picture in pixels."""
        return self.rows * (self.height + GAP) - GAP, self.columns * (self.width + GAP) - GAP


def quantize(values: NDArray[np.floating], low: float, high: float) -> Indices:
    """Map values to colour indices: `low` or less to 1, `high` or more to 255, not a number to 0 (transparent).

    Where `low` equals `high`, that value has the middle colour.
    """
    if low == high:
        low, high = low - 0.5, high + 0.5
    span = high - low
    scaled = np.clip((values - low) * np.float32(254 / span) + 1.5, 1, 255)
    return np.where(np.isnan(scaled), 0, scaled).astype(np.uint8)


def tile_picture(tiles: Indices, columns: int | None = None) -> Indices:
    """Lay tiles (N, rows, columns) out as one picture with a transparent gap, row by row, nearly square by default."""
    grid = Grid.of(len(tiles), (tiles.shape[1], tiles.shape[2]), columns)
    full = np.zeros((grid.rows * grid.columns, grid.height + GAP, grid.width + GAP), np.uint8)
    full[: grid.count, : grid.height, : grid.width] = tiles
    picture = full.reshape(grid.rows, grid.columns, grid.height + GAP, grid.width + GAP).swapaxes(1, 2)
    return np.ascontiguousarray(picture.reshape(grid.rows * (grid.height + GAP), -1)[: grid.size[0], : grid.size[1]])


def square_side(units: int) -> int:
    """Return the side of the smallest square with room for so many units."""
    return math.ceil(math.sqrt(units))


def as_squares(values: NDArray[np.floating], low: float = 0, high: float = 1) -> Indices:
    """Return the units' values (B, H) as squares (B, side, side), a pixel each; left-over pixels are transparent."""
    side = square_side(values.shape[1])
    padded = np.full((len(values), side * side), np.nan, np.float32)
    padded[:, : values.shape[1]] = values
    return quantize(padded, low, high).reshape(-1, side, side)


def rgb(picture: Indices, scale: Scale) -> NDArray[np.uint8]:
    """Return a picture of indices as (rows, columns, 3) RGB bytes, gaps in grey."""
    return colors(scale)[picture]


def png(picture: Indices, scale: Scale, zoom: int = 1) -> bytes:
    """Return a picture of indices as a PNG file, each pixel `zoom` times enlarged."""
    file = io.BytesIO()
    _image(picture, scale, zoom).save(file, "PNG", compress_level=4, transparency=0)
    return file.getvalue()


def gif(frames: Sequence[Indices], scale: Scale, zoom: int = 2, seconds: float = 0.25) -> bytes:
    """Return pictures of one size as an endlessly repeated GIF file that holds each for `seconds`."""
    file = io.BytesIO()
    first, *rest = [_image(frame, scale, zoom).convert("RGB") for frame in frames]
    first.save(file, "GIF", save_all=True, append_images=rest, duration=int(seconds * 1000), loop=0)
    return file.getvalue()


def _image(picture: Indices, scale: Scale, zoom: int) -> Image.Image:
    image = Image.fromarray(picture.repeat(zoom, 0).repeat(zoom, 1) if zoom > 1 else picture, mode="L")
    image.putpalette(colors(scale).tobytes())
    return image
