"""Hidden units as tiles of their weights over the epochs, and choosing one by its tile or by its number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.plots.palette import Scale
from explorer.plots.tiles import Grid, beyond, quantize, reach, tile_picture
from explorer.ui.components.filmstrip import FilmstripState, filmstrip
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel, ends_of
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.view import downloads, epoch_labels, index_of_epoch, show_epoch

Units = NDArray[np.int64]
TilesOf = Callable[[Key, tuple[int, int]], NDArray[np.float32]]  # of all units at a snapshot, (H, rows, columns)
Numbers = Mapping[str, NDArray[Any]]
FITTING = 0.99  # share of the weights that a colour scale has room for
TILES_SHOWN = (100, 225, 400)  # more on request: a thousand tiles are too small to read and slow to send


def color_reach(subjects: Sequence[Subject], *tiles_of: TilesOf) -> float:
    """Return the end of a colour scale for such tiles of all subjects at all epochs.

    Of each subject's last epoch 99 % of the values fit in: few weights are so large that with room for them most
    tiles would look blank. The colours stay as one moves through the epochs.
    """
    return max(_reach(key, each, shape) for key, shape in _last(subjects) for each in tiles_of) or 1.0


def share_beyond(subjects: Sequence[Subject], limit: float, *tiles_of: TilesOf) -> float:
    """Return the share of the values of such tiles that are beyond the ends of a scale, at the last epochs."""
    shares = [_beyond(key, each, shape, limit) for key, shape in _last(subjects) for each in tiles_of]
    return sum(shares) / len(shares)


def _last(subjects: Sequence[Subject]) -> list[tuple[Key, tuple[int, int]]]:
    return [(snapshot_of(subject, subject.epochs[-1]), subject.shape) for subject in subjects]


@remembered()
def _reach(key: Key, tiles_of: TilesOf, shape: tuple[int, int]) -> float:
    return reach(tiles_of(key, shape), FITTING)


@remembered()
def _beyond(key: Key, tiles_of: TilesOf, shape: tuple[int, int], limit: float) -> float:
    return beyond(tiles_of(key, shape), limit)


@dataclass(frozen=True)
class UnitTiles:
    """Which units of a subject are drawn, on which colour scale, under which title."""

    keys: tuple[Key, ...]  # a snapshot for each frame
    units: tuple[int, ...]
    limit: float
    shape: tuple[int, int]
    title: str
    notes: tuple[str, ...]
    tiles_of: TilesOf
    scale: Scale = "signed"
    meaning: str = ""

    def panel(self) -> Panel:
        """Return the tiles of all frames as a panel."""
        low = -self.limit if self.scale == "signed" else 0
        tiles = (self.tiles_of(key, self.shape)[list(self.units)] for key in self.keys)
        frames = [tile_picture(quantize(x, low, self.limit)) for x in tiles]
        rows, columns = self.shape
        alt = f"Weights of {len(self.units)} hidden units, one tile of {rows}×{columns} pixels each"
        grid, ends = Grid.of(len(self.units), self.shape), ends_of(self.limit, self.scale)
        return Panel(self.title, frames, self.scale, alt, grid, self.notes, ends=ends, meaning=self.meaning)

    def encoded(self) -> EncodedPanel:
        """Return the panel as the browser takes it, packed once for all sessions."""
        return _encoded(self)


@remembered()
def _encoded(tiles: UnitTiles) -> EncodedPanel:
    return encode_panel(tiles.panel())


def unit_strip(scene: Scene, name: str, tiles: Sequence[UnitTiles], unit_key: str, per_row: int | None = None) -> None:
    """Draw tiles over the scene's timeline; a click on one chooses its unit, under `unit_key` in the session.

    Pointing at a tile lights up the same place of every picture, if all have the same units there.
    """
    filmstrip(
        scene.key(name),
        [each.encoded() for each in tiles],
        epoch_labels(scene),
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-{name.replace(' ', '-')}",
        selected=_place_of(tiles[0].units, st.session_state.get(unit_key)),
        on_index=lambda strip: show_epoch(scene, strip.index),
        on_cell=partial(_pick, unit_key, [each.units for each in tiles]),
        per_row=per_row,
        link_cells=all(each.units == tiles[0].units for each in tiles),  # else a place is another unit
    )


def tile_downloads(
    scene: Scene,
    name: str,
    tiles: Sequence[UnitTiles],
    numbers: Callable[[Subject], Numbers],
    per_row: int | None = None,
) -> None:
    """Offer the tiles as a GIF, and the numbers behind them."""
    downloads(scene, name, numbers, lambda: [each.panel() for each in tiles], epoch_labels(scene), per_row)


def _place_of(units: Sequence[int], unit: int | None) -> int | None:
    """Return where a unit's tile is, or None if it is not shown."""
    return next((place for place, shown in enumerate(units) if shown == unit), None)


def _pick(unit_key: str, orders: Sequence[Sequence[int]], strip: FilmstripState) -> None:
    units = orders[strip.panel or 0]
    chosen = strip.cell is not None and strip.cell < len(units)
    st.session_state[unit_key] = units[strip.cell or 0] if chosen else None


def unit_input(unit_key: str, last: int, hint: str) -> int | None:
    """Draw the field for a unit's number and return it; while there is none, the hint stands beside it."""
    if (st.session_state.get(unit_key) or 0) > last:
        st.session_state[unit_key] = None
    picker, text = st.columns([2, 5], vertical_alignment="bottom")
    unit: int | None = picker.number_input(
        "Unit", 0, last, value=None, step=1, key=unit_key, placeholder="number", persist_state="session"
    )
    if unit is None:
        text.caption(hint)
    return unit
