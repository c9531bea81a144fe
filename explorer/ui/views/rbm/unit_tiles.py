"""Hidden units as tiles of their weights, in some order, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel
from explorer.ui.snapshots import Key
from explorer.ui.subjects import Subject
from explorer.ui.views.rbm.analyses import activation_of, config_of, rbm_of, snapshot_of, weight_tiles
from explorer.ui.views.view import Scene

Order = Literal["index", "activation frequency", "norm"]
Units = NDArray[np.int64]
TILES_SHOWN = (100, 225, 400)  # more on request: a thousand tiles are too small to read and slow to send


@dataclass(frozen=True)
class UnitTiles:
    """Which units of a subject are drawn, on which colour scale, under which title."""

    keys: tuple[Key, ...]  # a snapshot for each frame
    units: tuple[int, ...]
    limit: float
    shape: tuple[int, int]
    title: str
    notes: tuple[str, ...]

    def panel(self) -> Panel:
        """Return the tiles of all frames as a panel."""
        tiles = (weight_tiles(key, self.shape)[list(self.units)] for key in self.keys)
        frames = [tile_picture(quantize(x, -self.limit, self.limit)) for x in tiles]
        rows, columns = self.shape
        alt = f"Weights of {len(self.units)} hidden units, one tile of {rows}×{columns} pixels each"
        return Panel(self.title, frames, "signed", alt, Grid.of(len(self.units), self.shape), self.notes)

    def encoded(self) -> EncodedPanel:
        """Return the panel as the browser takes it, packed once for all sessions."""
        return _encoded(self)


@lru_cache(maxsize=48)
def _encoded(tiles: UnitTiles) -> EncodedPanel:
    return encode_panel(tiles.panel())


def unit_tiles(scene: Scene, subject: Subject, units: Units, limit: float, what: str) -> UnitTiles:
    """Return the tiles of some units over the scene's timeline, with each unit's activation frequency as its note."""
    frequency = activation_of(subject).frequency
    return UnitTiles(
        keys=tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject)),
        units=tuple(units.tolist()),
        limit=limit,
        shape=CATALOGUE[subject.config.dataset].shape,
        title=scene.title(subject, what),
        notes=tuple(f"unit {unit} · on for {frequency[unit]:.0%} of the test images" for unit in units),
    )


def units_in_order(subject: Subject, order: Order) -> Units:
    """Return the hidden units (H,) in the order of the tiles."""
    if order == "norm":
        return np.argsort(-np.linalg.norm(rbm_of(subject).W.numpy(), axis=0), kind="stable")
    if order == "activation frequency":
        return np.argsort(-activation_of(subject).frequency, kind="stable")
    return np.arange(config_of(subject).hidden_units)
