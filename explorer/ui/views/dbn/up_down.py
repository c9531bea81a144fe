"""The two sets of weights of a fine-tuned DBN's lowest level, up and down, and how far they have parted."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.plots.curves import Curve, line_chart
from explorer.plots.palette import Scale
from explorer.plots.tiles import quantize
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.legend import color_legend
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dbn.cached import asymmetry_of, dbn_of
from explorer.ui.views.dbn.tiles import asymmetry_tiles, generative_tiles, level_tiles, tile_limit
from explorer.ui.views.units import TILES_SHOWN, Units, UnitTiles, tile_downloads, unit_input, unit_strip
from explorer.ui.views.view import control_row, pick

VIEW = "Up and down weights"
Order = Literal["asymmetry", "index"]
_PICTURES: tuple[tuple[str, str, Scale], ...] = (
    ("R: up (recognition)", "level", "signed"),
    ("W′: down (generation)", "level", "signed"),
    ("|R − W′ᵀ|", "asymmetry", "share"),
)
_TILES = (level_tiles, generative_tiles, asymmetry_tiles)


def up_and_down_weights(scene: Scene) -> None:
    """Draw the view."""
    order, count = _controls(scene)
    orders = [_in_order(subject, order)[:count] for subject in scene.subjects]
    unit_key = scene.key("unit")
    _tiles(scene, orders, unit_key)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _unit_details(scene, unit_key)
    with right:
        _spread_chart(scene)


def _controls(scene: Scene) -> tuple[Order, int]:
    most = max(dbn_of(subject).levels[0].W.shape[1] for subject in scene.subjects)
    offered = [n for n in TILES_SHOWN if n < most] + [most]
    with control_row(scene, VIEW):
        order: Order = pick(scene, "Sort by", get_args(Order), "order")
        count = pick(scene, "Units shown", offered, f"tiles of {most}") if len(offered) > 1 else most
    return order, count


def _in_order(subject: Subject, order: Order) -> Units:
    """Return the units of the lowest level; those that have parted most come first unless by index."""
    ratio = asymmetry_of(snapshot_of(subject))
    return np.argsort(-ratio, kind="stable") if order == "asymmetry" else np.arange(len(ratio))


def _tiles(scene: Scene, orders: list[Units], unit_key: str) -> None:
    limits = {what: tile_limit(scene.subjects, what) for what in ("level", "asymmetry")}
    tiles = [
        part for s, units in zip(scene.subjects, orders, strict=True) for part in _tiles_of(scene, s, units, limits)
    ]
    unit_strip(scene, "up and down", tiles, unit_key)
    with st.container(horizontal=True, gap="large"):
        color_legend("signed", f"−{limits['level']:.2g}", f"+{limits['level']:.2g}", "weight")
        color_legend("share", "0", f"{limits['asymmetry']:.2g}", "|R − W′ᵀ|")
    tile_downloads(scene, "up and down weights", tiles, partial(_numbers, scene.current))


def _tiles_of(scene: Scene, subject: Subject, units: Units, limits: dict[str, float]) -> list[UnitTiles]:
    ratio = asymmetry_of(snapshot_of(subject))
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject))
    return [
        UnitTiles(
            keys=keys,
            units=tuple(units.tolist()),
            limit=limits[limit],
            shape=CATALOGUE[subject.config.dataset].shape,
            title=scene.title(subject, title),
            notes=tuple(f"unit {unit} · parted by {ratio[unit]:.0%} of its weights" for unit in units),
            tiles_of=tiles_of,
            scale=scale,
        )
        for (title, limit, scale), tiles_of in zip(_PICTURES, _TILES, strict=True)
    ]


def _numbers(subject: Subject) -> dict[str, NDArray[np.float32]]:
    return {name: tensor.numpy() for name, tensor in dbn_of(subject).state().items()}


def _unit_details(scene: Scene, unit_key: str) -> None:
    """Draw one unit's weights large."""
    last = min(dbn_of(subject).levels[0].W.shape[1] for subject in scene.subjects) - 1
    unit = unit_input(unit_key, last, "Click a tile or type a unit's number to see its weights large.")
    if unit is None:
        return
    limits = {what: tile_limit(scene.subjects, what) for what in ("level", "asymmetry")}
    for subject in scene.subjects:
        ratio = asymmetry_of(snapshot_of(subject))
        rank = int((ratio > ratio[unit]).sum()) + 1
        words = f"unit {unit}: ‖R − W′‖ is **{ratio[unit]:.0%}** of ‖W′‖, rank {rank} of {len(ratio)}"
        st.markdown(scene.title(subject, words))
        panels = _detail_panels(snapshot_of(subject), subject, unit, limits)
        filmstrip(scene.key(f"unit detail {subject.role}"), panels, [f"unit {unit}"], max_width=220)


def _detail_panels(key: Key, subject: Subject, unit: int, limits: dict[str, float]) -> list[Panel]:
    shape = CATALOGUE[subject.config.dataset].shape
    panels = []
    for (title, limit, scale), tiles_of in zip(_PICTURES, _TILES, strict=True):
        low = -limits[limit] if scale == "signed" else 0
        tile = quantize(tiles_of(key, shape)[unit], low, limits[limit])
        panels.append(Panel(title, [tile], scale, f"{title} of unit {unit}"))
    return panels


def _spread_chart(scene: Scene) -> None:
    """Draw how far the units have parted over the epochs: their median, and the one that has parted most."""
    curves = []
    for subject in scene.subjects:
        ratios = np.stack([asymmetry_of(snapshot_of(subject, epoch)) for epoch in subject.epochs])
        epochs = np.array(subject.epochs)
        at = np.flatnonzero(epochs == subject.epoch).tolist()
        curves += [
            Curve(scene.title(subject, "median"), epochs, np.median(ratios, axis=1), subject.color, marker_at=at),
            Curve(
                scene.title(subject, "the unit that has parted most"),
                epochs,
                ratios.max(axis=1),
                subject.color,
                dash="dot",
            ),
        ]
    figure = line_chart(curves, "How far up and down have parted", "epoch", "‖R − W′‖ / ‖W′‖ of a unit")
    st.plotly_chart(figure, key=scene.key("asymmetry"))
