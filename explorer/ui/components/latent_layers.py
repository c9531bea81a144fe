"""What a latent map shows: points over frames, images decoded on a grid, test images; checked and packed."""

from __future__ import annotations

import base64
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.plots.palette import DIGITS

MOST_POINTS = 20_000  # so many are still drawn within a frame of the screen
LARGEST_GRID = 16_000_000  # pixels that the browser keeps and interpolates
LARGEST_SHEET = 64_000_000  # pixels of test images; browsers take four bytes for each
NOWHERE = 65_535  # the quantised position of a point that has no place in a frame
PRIOR = 3.2  # latent units around zero: where a standard normal prior lies, and the edge of a grid from −3 to 3
OUTLIERS = 0.002  # share of the points at each end of an axis that may lie outside the first view
MARGIN = 0.05  # share of an axis added at each end
REACH = 3.0  # lengths of an axis beyond each of its ends, within which points are kept


@dataclass(frozen=True, eq=False)
class Cloud:
    """N test points over F frames: positions (F, N, 2) in latent units, and for each point its class (N,).

    `labels` names the frames, such as "epoch 10", and `names` the classes. A point whose position in a frame is not
    finite is left out of that frame. `reach`: the first view shows at least so many latent units around 0.
    """

    positions: NDArray[np.floating]
    labels: Sequence[str]
    classes: NDArray[np.uint8]
    names: Sequence[str]
    reach: float = PRIOR

    def __post_init__(self) -> None:
        """Raise ValueError if the arrays and the texts do not fit together or are too many."""
        shape = self.positions.shape
        if len(shape) != 3 or shape[2] != 2:
            raise ValueError(f"Positions of shape {shape} are not (frames, points, 2).")
        if len(self.labels) != shape[0]:
            raise ValueError(f"{shape[0]} frames need as many labels, not {len(self.labels)}.")
        if self.classes.shape != (shape[1],):
            raise ValueError(f"{shape[1]} points need as many classes, not {self.classes.shape}.")
        if shape[1] > MOST_POINTS:
            raise ValueError(f"{shape[1]} points are too many: show a sample of at most {MOST_POINTS}.")
        if shape[1] and (self.classes.min() < 0 or self.classes.max() >= len(self.names)):
            raise ValueError(f"Classes from {self.classes.min()} to {self.classes.max()} for {len(self.names)} names.")


@dataclass(frozen=True, eq=False)
class DecodedGrid:
    """Grey images as bytes (R, C, rows, columns), decoded at a regular grid of latent positions.

    Row 0 of the grid lies at `y[0]`, the last at `y[1]`; column 0 at `x[0]`, the last at `x[1]`, in latent units.
    `frame` is the one whose decoder made the images: the map says so while it shows another.
    """

    images: NDArray[np.uint8]
    x: tuple[float, float]
    y: tuple[float, float]
    frame: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError if this is no grid of images or a range of it is empty or not finite."""
        if self.images.ndim != 4 or not self.images.size or self.images.dtype != np.uint8:
            raise ValueError(f"{self.images.dtype} of shape {self.images.shape} is not a grid of images as bytes.")
        if self.images.size > LARGEST_GRID:
            raise ValueError(f"A grid of shape {self.images.shape} is too large: decode fewer positions.")
        for low, high in (self.x, self.y):
            if not math.isfinite(low) or not math.isfinite(high) or low == high:
                raise ValueError(f"A grid cannot reach from {low} to {high}.")


class EncodedCloud(TypedDict):
    """A cloud as the browser takes it; worth caching.

    `positions` are little-endian uint16 (F, N, 2) in base64, from 0 at the low end of `range` to 65534 at its high
    end; 65535 stands for no place. `bounds` are what the first view shows; both are ((x low, high), (y low, high)).
    `missing` counts for each frame the positions that are not finite, `outside` those far beyond the bounds.
    """

    positions: str
    classes: str
    hash: str
    frames: int
    points: int
    labels: list[str]
    names: list[str]
    colors: list[str]
    range: list[list[float]]
    bounds: list[list[float]]
    missing: list[int]
    outside: list[int]


class EncodedGrid(TypedDict):
    """A decoded grid as one grey PNG file with the images where the grid has them, row 0 on top; worth caching."""

    sheet: bytes
    hash: str
    rows: int
    columns: int
    height: int
    width: int
    x: tuple[float, float]
    y: tuple[float, float]
    frame: int | None


class EncodedImages(TypedDict):
    """Images as one grey PNG file, row by row and nearly square; worth caching, as it takes the most time."""

    sheet: bytes
    hash: str
    count: int
    columns: int
    height: int
    width: int


def encode_cloud(cloud: Cloud) -> EncodedCloud:
    """Return the cloud with its positions quantised, within bounds that hold for all frames."""
    positions = np.asarray(cloud.positions, np.float64)
    finite = np.isfinite(positions).all(axis=-1)
    bounds = _bounds(positions[finite], cloud.reach)
    low, high = _range(positions[finite], bounds)
    kept = finite & ((positions >= low) & (positions <= high)).all(axis=-1)
    steps = np.rint((np.where(kept[..., None], positions, low) - low) / (high - low) * (NOWHERE - 1))
    quantised = np.where(kept[..., None], steps, NOWHERE).astype("<u2").tobytes()
    classes = cloud.classes.astype(np.uint8).tobytes()
    return {
        "positions": base64.b64encode(quantised).decode("ascii"),
        "classes": base64.b64encode(classes).decode("ascii"),
        "hash": _hash(quantised, classes, low.tobytes(), high.tobytes()),
        "frames": positions.shape[0],
        "points": positions.shape[1],
        "labels": list(cloud.labels),
        "names": list(cloud.names),
        "colors": [DIGITS[i % len(DIGITS)] for i in range(len(cloud.names))],
        "range": np.stack([low, high], axis=1).tolist(),
        "bounds": bounds.T.tolist(),
        "missing": (~finite).sum(axis=1).tolist(),
        "outside": (finite & ~kept).sum(axis=1).tolist(),
    }


def encode_grid(grid: DecodedGrid) -> EncodedGrid:
    """Return the grid as one sheet."""
    rows, columns, height, width = grid.images.shape
    sheet = _grey_png(grid.images.swapaxes(1, 2).reshape(rows * height, columns * width))
    return {
        "sheet": sheet,
        "hash": _hash(sheet),
        "rows": rows,
        "columns": columns,
        "height": height,
        "width": width,
        "x": grid.x,
        "y": grid.y,
        "frame": grid.frame,
    }


def encode_images(images: NDArray[np.uint8]) -> EncodedImages:
    """Return images (N, rows, columns) as one sheet. Raises ValueError if they are none or too many."""
    if images.ndim != 3 or not images.size or images.dtype != np.uint8:
        raise ValueError(f"{images.dtype} of shape {images.shape} are not images as bytes.")
    if images.size > LARGEST_SHEET:
        raise ValueError(f"Images of shape {images.shape} are too many: show fewer.")
    count, height, width = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    cells = np.zeros((rows * columns, height, width), np.uint8)
    cells[:count] = images
    picture = cells.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    sheet = _grey_png(picture)
    return {
        "sheet": sheet,
        "hash": _hash(sheet),
        "count": count,
        "columns": columns,
        "height": height,
        "width": width,
    }


def _bounds(points: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Return the low and the high end of each axis (2, 2) for points (K, 2): nearly all of them, and ± `reach`."""
    if not len(points):
        points = np.zeros((1, 2))
    low, high = np.quantile(points, [OUTLIERS, 1 - OUTLIERS], axis=0)
    margin = np.where(high > low, MARGIN * (high - low), 1.0)  # points on one line lie in the middle
    low, high = low - margin, high + margin
    if reach:
        low, high = np.minimum(low, -reach), np.maximum(high, reach)
    step = 10 ** np.floor(np.log10(high - low)) / 10  # rounded, so that a few more frames seldom move them
    return np.stack([np.floor(low / step) * step, np.ceil(high / step) * step])


def _range(points: NDArray[np.float64], bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the low and the high end of each axis (2, 2) between which points are quantised.

    That is where there are points, unless a few lie so far away that the others would fall together.
    """
    reach = REACH * (bounds[1] - bounds[0])
    near = points[((points >= bounds[0] - reach) & (points <= bounds[1] + reach)).all(axis=1)]
    around = np.concatenate([bounds, near])
    return np.stack([around.min(axis=0), around.max(axis=0)])


def _grey_png(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture, mode="L").save(file, "PNG", compress_level=6)
    return file.getvalue()


def _hash(*contents: bytes) -> str:
    return hashlib.blake2b(b"".join(contents), digest_size=12).hexdigest()
