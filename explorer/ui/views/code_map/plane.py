"""The plane of a map: two dimensions of the codes, their principal axes, or a layout by UMAP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.codes import Decoder, decoded
from explorer.analysis.projection import (
    LinearProjection,
    places_between,
    principal_axes,
    spread_out,
    surroundings,
    two_latents,
    umap,
)
from explorer.arrays import Floats
from explorer.ui.components.latent_layers import DecodedGrid, EncodedGrid, encode_grid
from explorer.ui.components.latent_map import Circle
from explorer.ui.shelf.remembered import Same, remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.code_map.space import CodeSpace

GRID_SIDE = 41  # decoded images a side; between them the browser interpolates
UMAP_POINTS = 4_000


@dataclass(frozen=True, eq=False)
class Plane:
    """Where a subject's codes are at the epoch of each frame, and the way back to codes if there is one."""

    epochs: Sequence[int]  # F
    positions: Floats  # (F, N, 2)
    axes: tuple[str, str]
    back: LinearProjection | None = None
    circle: Circle | None = None


def plane_of_dimensions(space: CodeSpace, subject: Subject, epochs: Sequence[int], shown: tuple[int, int]) -> Plane:
    """Return the plane of two dimensions; of a single one, the points are spread over the height."""
    first, second = shown
    back = two_latents(space.codes(subject, None).shape[1], first, second)
    if space.center:
        back = back.through(space.center(subject))
    positions = _projected(space, subject, epochs, back)
    if first == second:  # so that points don't hide each other
        return Plane(epochs, spread_out(positions), (f"{space.noun} {first}", "(no meaning)"), back)
    return Plane(epochs, positions, (f"{space.noun} {first}", f"{space.noun} {second}"), back, space.circle)


def principal_plane(space: CodeSpace, subject: Subject, epochs: Sequence[int]) -> Plane:
    """Return the plane in which the codes of the last epoch vary most."""
    back = principal_axes(space.codes(subject, subject.epochs[-1]))
    return Plane(
        epochs,
        _projected(space, subject, epochs, back),
        ("1st principal axis", "2nd principal axis"),
        back,
    )


def umap_plane(space: CodeSpace, subject: Subject) -> Plane:
    """Return the layout of the first codes of the epoch shown, from which no way leads back."""
    positions = _umap(Same(space.codes(subject, None)[:UMAP_POINTS]))
    return Plane([subject.epoch], positions[None], ("UMAP 1", "UMAP 2"))


def _projected(space: CodeSpace, subject: Subject, epochs: Sequence[int], onto: LinearProjection) -> Floats:
    return np.stack([onto.project(space.codes(subject, epoch)) for epoch in epochs])


@remembered("Laying out the map: about ten seconds …")
def _umap(codes: Same) -> Floats:
    return umap(codes.array)


def decoded_grid(space: CodeSpace, subject: Subject, plane: Plane) -> EncodedGrid | None:
    """Return images decoded on a grid under the points of the epoch shown, if a way leads back to codes."""
    if plane.back is None:
        return None
    frame = plane.epochs.index(subject.epoch) if subject.epoch in plane.epochs else len(plane.epochs) - 1
    x, y = surroundings(plane.positions[frame], space.reach)
    shape = subject.shape
    return _grid(snapshot_of(subject), Same(plane.back.axes), Same(plane.back.origin), x, y, shape, frame)


@remembered("Decoding the map …")
def _grid(
    key: Key,
    axes: Same,
    origin: Same,
    x: tuple[float, float],
    y: tuple[float, float],
    shape: tuple[int, int],
    frame: int,
) -> EncodedGrid:
    codes = LinearProjection(axes.array, origin.array).back(places_between(x, y, GRID_SIDE))
    images = _bytes(decoded(model_of(key, Decoder), codes)).reshape(GRID_SIDE, GRID_SIDE, *shape)
    return encode_grid(DecodedGrid(images, x, y, frame))


def _bytes(images: Floats) -> NDArray[np.uint8]:
    return np.asarray((images * 255).round().astype(np.uint8))
