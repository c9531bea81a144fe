"""A map of a latent space that decodes under the pointer: test points over epochs, a clicked z, a path, a lasso."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.ui.components.browser_side import component
from explorer.ui.components.latent_layers import (
    Cloud,
    DecodedGrid,
    EncodedCloud,
    EncodedGrid,
    EncodedImages,
    encode_cloud,
    encode_grid,
    encode_images,
)
from explorer.ui.components.shared_value import SharedValue, reported, shared_value
from explorer.ui.components.sheets import sheet_address
from explorer.ui.shelf.remembered import Same, remembered

__all__ = [
    "Beside",
    "Circle",
    "Cloud",
    "DecodedGrid",
    "EncodedCloud",
    "EncodedGrid",
    "EncodedImages",
    "LatentMapState",
    "Listeners",
    "MapTexts",
    "Wanted",
    "encode_cloud",
    "encode_grid",
    "encode_images",
    "latent_map",
]

Point = tuple[float, float]

MOST_PATH_POINTS = 64
FARTHEST = 1e6  # latent units; a report from further away is no latent position

_mount = component("latent_map")


@dataclass(frozen=True)
class LatentMapState:
    """What the user settled on: a frame, a position z, the points of a path and the indices of the selected points.

    Positions are (x, y) in latent units. The path has no or at least two points, equally spaced along its length.
    """

    frame: int
    z: Point | None = None
    path: tuple[Point, ...] = ()
    selected: tuple[int, ...] = ()


Listener = Callable[[LatentMapState], None]


@dataclass(frozen=True)
class Wanted:
    """Where the map should go: a frame and a position.

    Without a frame the last one is shown, and a user who stays at the end is kept there as frames are added.
    """

    frame: int | None = None
    z: Point | None = None


@dataclass(frozen=True)
class Circle:
    """A circle around 0 that is drawn over the points, and what it is called."""

    radius: float
    name: str


@dataclass(frozen=True)
class MapTexts:
    """What is written on a map and its files."""

    axes: tuple[str, str] = ("z₁", "z₂")
    alt: str = "Map of the latent space"
    file_name: str = "latent-map"
    circle: Circle | None = None


@dataclass(frozen=True)
class Beside:
    """Which maps beside each other show what one of them is pointed at.

    With the same axes that is the same place, and they are zoomed together; else it is the same image.
    """

    group: str = ""  # of all these maps
    same_axes: bool = False


@dataclass(frozen=True)
class Listeners:
    """Who hears of what the user settles on: each is called with the new state, before the script runs."""

    on_frame: Listener | None = None
    on_z: Listener | None = None
    on_path: Listener | None = None
    on_selected: Listener | None = None


NOTHING_WANTED, USUAL_TEXTS, NOBODY, ALONE = Wanted(), MapTexts(), Listeners(), Beside()


def latent_map(
    key: str,
    cloud: Cloud | EncodedCloud,
    *,
    grid: DecodedGrid | EncodedGrid | None = None,
    images: NDArray[np.uint8] | EncodedImages | None = None,
    wanted: Wanted = NOTHING_WANTED,
    texts: MapTexts = USUAL_TEXTS,
    listeners: Listeners = NOBODY,
    beside: Beside = ALONE,
    path_points: int = MOST_PATH_POINTS,
) -> LatentMapState:
    """Show the points of one frame, coloured by class, over a slider for the frames; return what the user settled on.

    With `grid`, the image under the pointer is interpolated bilinearly from the grid's four around it. With `images`,
    one for each point, that of a point under the pointer is shown beside what is decoded there; without a grid the
    nearest point's. A click sets z, a path of `path_points` points is drawn with the path tool, points are selected
    with the lasso. All of it happens in the browser until the user lets go. The images (N, rows, columns) are packed
    once in a process and fetched once by a browser.

    What is wanted moves the slider and the marker whenever it changes between two runs; else both stay where the user
    put them. Path and selection stay until the user clears them. Raises ValueError if there is not one image for each
    point, or for a path of less than 2 or more than 64 points.
    """
    points = encode_cloud(cloud) if isinstance(cloud, Cloud) else cloud
    decoded = encode_grid(grid) if isinstance(grid, DecodedGrid) else grid
    sheet = _encoded_once(Same(images)) if isinstance(images, np.ndarray) else images
    _check(points, sheet, path_points)
    z = None if wanted.z is None else (float(wanted.z[0]), float(wanted.z[1]))
    session = _Session(key, points, wanted.frame, z)
    _mount(
        key=key,
        data={
            "key": key,
            "cloud": points,
            "grid": {**decoded, "sheet": sheet_address(f"{key}.grid", decoded["sheet"])} if decoded else None,
            "images": {**sheet, "sheet": sheet_address(f"{key}.images", sheet["sheet"])} if sheet else None,
            "frame": {"token": session.frame.token, "value": session.frame.moved_to, "follow": wanted.frame is None},
            "z": {"token": session.z.token, "value": session.z.moved_to},
            "path": {"token": session.path.token, "value": session.path.moved_to},
            "selection": {"token": session.selection.token, "value": session.selection.moved_to},
            "axes": texts.axes,
            "group": beside.group,
            "same_axes": beside.same_axes,
            "circle": asdict(texts.circle) if texts.circle else None,
            "alt": texts.alt,
            "path_points": path_points,
            "file_name": texts.file_name,
        },
        on_frame_change=lambda: _tell(listeners.on_frame, session),
        on_z_change=lambda: _tell(listeners.on_z, session),
        on_path_change=lambda: _tell(listeners.on_path, session),
        on_selection_change=lambda: _tell(listeners.on_selected, session),
    )
    return session.state()


def _tell(listener: Listener | None, session: _Session) -> None:
    if listener:
        listener(session.heard())


class _Session:
    """What the session knows of one map, under its own keys `<key>.frame`, `.z`, `.path` and `.selection`.

    A frame of None stands for the last one, however many there are. Path and selection are only set by the user.
    """

    frame: SharedValue[int | None]
    z: SharedValue[Point | None]
    path: SharedValue[tuple[Point, ...]]
    selection: SharedValue[tuple[int, ...]]

    def __init__(self, key: str, cloud: EncodedCloud, frame: int | None, z: Point | None) -> None:
        self._key, self._frames, self._points = key, cloud["frames"], cloud["points"]
        self.frame = shared_value(f"{key}.frame", frame)
        self.z = shared_value(f"{key}.z", z)
        self.path = shared_value(f"{key}.path", ())
        self.selection = shared_value(f"{key}.selection", ())
        self.heard()
        self.frame.ask(frame)
        self.z.ask(z)

    def heard(self) -> LatentMapState:
        """Take over what the browser reported and return the state after it."""
        self.frame.hear(reported(self._key, "frame"), lambda value: None if value is None else _parse_natural(value))
        self.z.hear(reported(self._key, "z"), lambda value: None if value is None else _parse_point(value))
        self.path.hear(reported(self._key, "path"), _parse_path)
        self.selection.hear(reported(self._key, "selection"), lambda value: _parse_selection(value, self._points))
        return self.state()

    def state(self) -> LatentMapState:
        """Return what the browser shows."""
        last = max(0, self._frames - 1)
        at = last if self.frame.value is None else min(self.frame.value, last)
        selected = tuple(index for index in self.selection.value if index < self._points)
        return LatentMapState(at, self.z.value, self.path.value, selected)


def _parse_natural(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a natural number")
    return value


def _parse_point(value: object) -> Point:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a position is two numbers")
    for coordinate in value:
        number = isinstance(coordinate, (int, float)) and not isinstance(coordinate, bool)
        if not number or not abs(coordinate) <= FARTHEST:  # nor is NaN less than anything
            raise ValueError("not a latent position")
    return float(value[0]), float(value[1])


def _parse_path(value: object) -> tuple[Point, ...]:
    if not isinstance(value, list) or len(value) == 1 or len(value) > MOST_PATH_POINTS:
        raise ValueError("a path is a list of no or 2 to 64 positions")
    return tuple(_parse_point(point) for point in value)


def _parse_selection(value: object, points: int) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > points:
        raise ValueError("a selection is a list of at most all points")
    selected = tuple(sorted({_parse_natural(index) for index in value}))
    if selected and selected[-1] >= points:
        raise ValueError("there is no such point")
    return selected


def _check(cloud: EncodedCloud, images: EncodedImages | None, path_points: int) -> None:
    if images and images["count"] != cloud["points"]:
        raise ValueError(f"{cloud['points']} points need as many images, not {images['count']}.")
    if not 2 <= path_points <= MOST_PATH_POINTS:
        raise ValueError(f"A path has 2 to {MOST_PATH_POINTS} points, not {path_points}.")


@remembered()
def _encoded_once(images: Same) -> EncodedImages:
    return encode_images(images.array)
