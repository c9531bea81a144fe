"""The units of a layer as tiles of their weights over the epochs, in some order, and one of them in detail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.ranking import largest_first
from explorer.arrays import Floats
from explorer.models.interface import Model
from explorer.plots.palette import Scale
from explorer.plots.tiles import quantize
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.shelf.snapshots import model_of
from explorer.ui.state.choices import natural
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.units import (
    TILES_SHOWN,
    TilesOf,
    Units,
    UnitTiles,
    color_reach,
    share_beyond,
    tile_downloads,
    unit_input,
    unit_strip,
)
from explorer.ui.views.view import View, columns_of, explained, in_rows, pick, row_of_controls

INDEX, NORM = "index", "norm"


@dataclass(frozen=True)
class Tiles:
    """One picture of a layer: what its tiles show, and the colour scale of all subjects' tiles at all epochs.

    `meaning` says what the colours stand for. `alike` are all tiles on the scale, by default the picture's own. `shape`
    is that of a tile where it is not an image's.
    """

    title: str
    of: TilesOf
    meaning: str
    alike: tuple[TilesOf, ...] = ()
    scale: Scale = "signed"
    shape: tuple[int, int] | None = None

    def limit(self, subjects: Sequence[Subject]) -> float:
        """Return the value at the end of the colour scale."""
        return color_reach(subjects, *(self.alike or (self.of,)))

    def meaning_of(self, subjects: Sequence[Subject]) -> str:
        """Return what the colours stand for, and how much of it lies beyond the scale."""
        share = share_beyond(subjects, self.limit(subjects), *(self.alike or (self.of,)))
        return f"{self.meaning}; at the last epoch {100 * share:.2g}\u00a0% are beyond" if share else self.meaning

    def large(self, subject: Subject, subjects: Sequence[Subject], unit: int, title: str, alt: str) -> Panel:
        """Return the tile of one unit at the epoch shown as a picture of its own, on the scale of some subjects."""
        limit = self.limit(subjects)
        tile = self.of(snapshot_of(subject), self.shape or subject.shape)[unit]
        picture = quantize(tile, -limit if self.scale == "signed" else 0, limit)
        return Panel(title, [picture], self.scale, alt, ends=ends_of(limit, self.scale), meaning=self.meaning)


@dataclass(frozen=True)
class UnitLayer:
    """A layer of units.

    `orders` names what its tiles can be sorted by, a figure (H,) of which the largest comes first, or None for the
    order of the units themselves. `notes` returns a text for each of some units, `facts` what is said of one, and
    `details` the pictures beside that.
    """

    count: Callable[[Subject], int]
    orders: Mapping[str, Callable[[Subject], Floats] | None]
    tiles: Callable[[Subject], Sequence[Tiles]]
    notes: Callable[[Subject, Units], Sequence[str]]
    facts: Callable[[Scene, Subject, int], str]
    details: Callable[[Scene, Subject, int], Sequence[Panel]]
    hint: str = "Click a tile or type a unit's number to see it large, beside the digits that turn it on most."


@dataclass(frozen=True)
class Places:
    """Where the controls, the tiles and the chosen unit's details are drawn."""

    controls: DeltaGenerator
    tiles: DeltaGenerator
    details: DeltaGenerator


@dataclass(frozen=True)
class WeightsSource:
    """What the view of a kind of model is fed with.

    `layers` returns the layers that all subjects have, from the lowest, and `first` the number (1, 2, …) of the one
    shown at first. `arrange` lays out the places, and draws what else belongs to the view. `detail_width` is that of
    the details of one subject; with None, those of all stand beside each other. `name` is that of the widgets.
    """

    layers: Callable[[Sequence[Subject]], Sequence[UnitLayer]]
    arrange: Callable[[Scene], Places]
    view: str = "Weights"
    name: str = "weights"
    first: Callable[[Subject, int], int] = lambda _subject, _depth: 1
    sort_label: str = "Sort by"
    explained: bool = True  # beside the controls; else `arrange` finds a place for it
    detail_width: int | None = 260


def weights(source: WeightsSource) -> View:
    """Return the view for a kind of model."""
    return partial(_draw, source)


def stacked(_scene: Scene) -> Places:
    """Lay out the controls, the tiles and the details below each other."""
    return Places(row_of_controls(), st.container(), st.container())


def _draw(source: WeightsSource, scene: Scene) -> None:
    places = source.arrange(scene)
    layers = source.layers(scene.subjects)
    with places.controls:
        number, order, count = _controls(source, scene, layers)
        if source.explained:
            explained(scene, source.view)
    layer = layers[number - 1]
    orders = [_in_order(layer, subject, order)[:count] for subject in scene.subjects]
    last = min(layer.count(subject) for subject in scene.subjects) - 1
    unit_key = scene.linked("unit" if number == 1 else f"unit of layer {number}", None, natural(last))
    with places.tiles:
        _tiles(source, layer, scene, orders, unit_key)
    with places.details:
        _details(source, layer, scene, unit_key, last)


def _controls(source: WeightsSource, scene: Scene, layers: Sequence[UnitLayer]) -> tuple[int, str, int]:
    """Draw the controls; return the number of the layer, the order of its tiles and how many are shown."""
    depth, number = len(layers), 1
    if depth > 1:
        number = pick(scene, "Layer", range(1, depth + 1), f"layer of {depth}", source.first(scene.current, depth))
    layer = layers[number - 1]
    most = max(layer.count(subject) for subject in scene.subjects)
    offered = [n for n in TILES_SHOWN if n < most] + [most]
    count = pick(scene, "Units shown", offered, f"tiles of {most}") if len(offered) > 1 else most
    return number, _order(source, layer, scene, everything=count == most), count


def _order(source: WeightsSource, layer: UnitLayer, scene: Scene, *, everything: bool) -> str:
    """Draw the choice of the order: where not all units are shown, at first those with the largest weights."""
    orders = list(layer.orders)
    if everything or NORM not in orders:
        return pick(scene, source.sort_label, orders, "order")
    return pick(scene, source.sort_label, orders, "order of some", NORM)


def _in_order(layer: UnitLayer, subject: Subject, order: str) -> Units:
    """Return the units (H,) in the order of the tiles."""
    figure = layer.orders[order]
    return np.arange(layer.count(subject)) if figure is None else largest_first(figure(subject))


def _tiles(source: WeightsSource, layer: UnitLayer, scene: Scene, orders: Sequence[Units], unit_key: str) -> None:
    pictures = [layer.tiles(subject) for subject in scene.subjects]
    tiles = [
        [unit_tiles(scene, subject, units, picture, layer.notes(subject, units)) for picture in each]
        for subject, units, each in zip(scene.subjects, orders, pictures, strict=True)
    ]
    drawn, per_row = in_rows(scene, tiles)
    unit_strip(scene, source.name, drawn, unit_key, per_row)
    tile_downloads(scene, source.view.lower(), drawn, _numbers, per_row)


def unit_tiles(scene: Scene, subject: Subject, units: Units, picture: Tiles, notes: Sequence[str]) -> UnitTiles:
    """Return a picture of some units over the scene's timeline, with a note on each."""
    return UnitTiles(
        keys=tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject)),
        units=tuple(units.tolist()),
        limit=picture.limit(scene.subjects),
        shape=picture.shape or subject.shape,
        title=scene.title(subject, picture.title),
        notes=tuple(notes),
        tiles_of=picture.of,
        scale=picture.scale,
        meaning=picture.meaning_of(scene.subjects),
    )


def _numbers(subject: Subject) -> dict[str, Floats]:
    return {name: tensor.numpy() for name, tensor in model_of(snapshot_of(subject), Model).state().items()}


def _details(source: WeightsSource, layer: UnitLayer, scene: Scene, unit_key: str, last: int) -> None:
    """Draw one unit large, and what else is known of it."""
    unit = unit_input(unit_key, last, layer.hint)
    if unit is None:
        return
    if source.detail_width is None:
        st.markdown("  \n".join(layer.facts(scene, subject, unit) for subject in scene.subjects))
        together, per_row = in_rows(scene, [layer.details(scene, subject, unit) for subject in scene.subjects])
        name = f"{scene.current.run.id}-unit-{unit}"
        filmstrip(scene.key("unit detail"), together, [f"unit {unit}"], file_name=name, per_row=per_row)
        return
    for column, subject in columns_of(scene):
        with column:
            st.markdown(layer.facts(scene, subject, unit))
            key, panels = scene.key(f"unit detail {subject.role}"), layer.details(scene, subject, unit)
            filmstrip(key, panels, [f"unit {unit}"], max_width=source.detail_width)
