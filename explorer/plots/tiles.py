"""Pictures as arrays of colour indices: single images, grids of tiles, and PNG or GIF files of them."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import NamedTuple, cast, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from explorer.plots.palette import Scale, colors

Indices = NDArray[np.uint8]
GAP = 1  # pixels between tiles
FITTING = 0.998  # share of the values that a colour scale has room for


class Picture(NamedTuple):
    """Colour indices (rows, columns) and the scale that gives them colours."""

    indices: Indices
    scale: Scale


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


def reach(values: NDArray[np.floating], share: float = FITTING) -> float:
    """Return how far from 0 a colour scale goes that holds this share of the values, without those that are NaN.

    It is 0 where the values are: then a scale needs another end.
    """
    return float(np.nanquantile(np.abs(values), share))


def beyond(values: NDArray[np.floating], limit: float) -> float:
    """Return the share of the values, without those that are NaN, that are further from 0 than a scale goes."""
    there = values[~np.isnan(values)]
    return float(np.mean(np.abs(there) > limit)) if len(there) else 0.0


def grey_tiles(pixels: Indices, shape: tuple[int, int]) -> Indices:
    """Return images of bytes (N, V) as tiles (N, rows, columns) for the scale of pixels."""
    return quantize(pixels.reshape(-1, *shape).astype(np.float32), 0, 255)


def columns_of_counts(counts: NDArray[np.integer], most: int) -> Indices:
    """Return histograms (N, bins) as a picture (bins, N), the highest bin above: shares of `most`, logarithmic."""
    share = np.log1p(counts.T[::-1]) / np.log1p(most)
    return quantize(share.astype(np.float32), 0, 1)


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


def squares(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the units' values (B, H) as squares (B, side, side), a pixel each; left-over pixels are NaN."""
    side = square_side(values.shape[1])
    padded = np.full((len(values), side * side), np.nan, np.float32)
    padded[:, : values.shape[1]] = values
    return padded.reshape(-1, side, side)


def as_squares(values: NDArray[np.floating], low: float = 0, high: float = 1) -> Indices:
    """Return the units' values (B, H) as squares (B, side, side), a pixel each; left-over pixels are transparent."""
    return quantize(squares(values), low, high)


def rgb(picture: Indices, scale: Scale) -> NDArray[np.uint8]:
    """Return a picture of indices as (rows, columns, 3) RGB bytes, gaps in grey."""
    return colors(scale)[picture]


def png(picture: Indices, scale: Scale) -> bytes:
    """Return a picture of indices as a PNG file that also names its scale."""
    image = Image.fromarray(picture, mode="L")
    image.putpalette(colors(scale).tobytes())
    named = PngInfo()
    named.add_text("scale", scale)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4, transparency=0, pnginfo=named)
    return file.getvalue()


def read_png(content: bytes) -> Picture:
    """Return the picture of a file that `png` made.

    Raises:
        ValueError: it is none.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            scale, indices = image.info.get("scale"), np.array(image)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    if scale not in get_args(Scale) or indices.ndim != 2:
        raise ValueError("it is not a picture of the explorer")
    return Picture(indices.astype(np.uint8), cast(Scale, scale))
