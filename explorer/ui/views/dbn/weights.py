"""What the layers of a DBN have learned: the RBM's units, the top units in terms of them, and those seen as pixels."""

from __future__ import annotations

from functools import partial
from typing import get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.legend import color_legend
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dbn.cached import base_of, dbn_of, top_activation_of
from explorer.ui.views.dbn.tiles import level_tiles, projected_tiles, tile_limit, top_tiles
from explorer.ui.views.units import TILES_SHOWN, Order, Units, UnitTiles, tile_downloads, unit_input, unit_strip
from explorer.ui.views.view import control_row, pick

FEATURES = 9  # units of the layer below that are shown for a top unit, of each sign
STRONGEST = 9  # test images shown for a unit
DETAIL_COLUMNS = 3  # of tiles beside a unit
LOWEST_SHOWN = 100  # tiles of the first layer


def weights(scene: Scene) -> None:
    """Draw the view."""
    order, count = _controls(scene)
    orders = [_in_order(subject, order)[:count] for subject in scene.subjects]
    unit_key = scene.key("unit")
    lowest, top = st.columns([1, 2]) if len(scene.subjects) == 1 else (st.container(), st.container())
    with top:
        _top_units(scene, orders, unit_key)
    with lowest:
        _lowest_units(scene)
    _unit_details(scene, unit_key)


def _controls(scene: Scene) -> tuple[Order, int]:
    """Draw the controls; return the order of the top units and how many are shown."""
    most = max(dbn_of(subject).top.n_hidden for subject in scene.subjects)
    offered = [n for n in TILES_SHOWN if n < most] + [most]
    with control_row(scene, "Weights"):
        order: Order = pick(scene, "Sort top units by", get_args(Order), "order")
        count = pick(scene, "Units shown", offered, f"tiles of {most}") if len(offered) > 1 else most
    return order, count


def _in_order(subject: Subject, order: Order) -> Units:
    top = dbn_of(subject).top
    if order == "norm":
        return np.argsort(-np.linalg.norm(top.W.numpy(), axis=0), kind="stable")
    if order == "activation frequency":
        return np.argsort(-top_activation_of(subject).frequency, kind="stable")
    return np.arange(top.n_hidden)


def _top_units(scene: Scene, orders: list[Units], unit_key: str) -> None:
    """Draw the top units twice, in terms of the layer below and of pixels: pointing at one lights up both."""
    limits = {what: tile_limit(scene.subjects, what) for what in ("top", "projected")}
    tiles = [
        part for s, units in zip(scene.subjects, orders, strict=True) for part in _tiles_of(scene, s, units, limits)
    ]
    unit_strip(scene, "top units", tiles, unit_key)
    color_legend("signed", "−", "+", "weight; each picture has a scale of its own, the same at all epochs")
    tile_downloads(scene, "weights", tiles, partial(_numbers, scene.current))


def _tiles_of(scene: Scene, subject: Subject, units: Units, limits: dict[str, float]) -> list[UnitTiles]:
    frequency = top_activation_of(subject).frequency
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject))
    notes = tuple(f"top unit {unit} · on for {frequency[unit]:.0%} of the test images" for unit in units)
    shape = CATALOGUE[subject.config.dataset].shape
    below = top_tiles(keys[0], shape).shape[1:]
    name = f"W{len(dbn_of(subject).levels) + 1}"
    return [
        UnitTiles(
            keys=keys,
            units=tuple(units.tolist()),
            limit=limits[what],
            shape=size,
            title=scene.title(subject, title),
            notes=notes,
            tiles_of=tiles_of,
        )
        for what, tiles_of, size, title in (
            ("top", top_tiles, (below[0], below[1]), f"{name}: top units, a pixel for each unit below"),
            ("projected", projected_tiles, shape, "The same units, projected down to pixels"),
        )
    ]


def _lowest_units(scene: Scene) -> None:
    """Draw the first RBM's units, which stay as they were."""
    limit = tile_limit(scene.subjects, "level")
    panels = [
        UnitTiles(
            keys=(base_of(subject),),
            units=tuple(range(min(LOWEST_SHOWN, dbn_of(subject).levels[0].W.shape[1]))),
            limit=limit,
            shape=CATALOGUE[subject.config.dataset].shape,
            title=scene.title(subject, "W1: units of the first RBM, fixed"),
            notes=tuple(f"unit {n}" for n in range(min(LOWEST_SHOWN, dbn_of(subject).levels[0].W.shape[1]))),
            tiles_of=level_tiles,
        ).encoded()
        for subject in scene.subjects
    ]
    filmstrip(scene.key("lowest units"), panels, ["fixed"], file_name=f"{scene.current.run.id}-first-units")


def _numbers(subject: Subject) -> dict[str, NDArray[np.float32]]:
    return {name: tensor.numpy() for name, tensor in dbn_of(subject).state().items()}


def _unit_details(scene: Scene, unit_key: str) -> None:
    """Draw one top unit large, with the units below that it is made of and the test images that turn it on most."""
    last = min(dbn_of(subject).top.n_hidden for subject in scene.subjects) - 1
    unit = unit_input(unit_key, last, "Click a tile or type a top unit's number to see what it is made of.")
    if unit is None:
        return
    for subject in scene.subjects:
        share, weights = top_activation_of(subject).frequency[unit], dbn_of(subject).top.W[:, unit]
        text = f"on for **{share:.1%}** of the test images · norm of the weights **{float(weights.norm()):.2f}**"
        st.markdown(scene.title(subject, text))
        panels = _detail_panels(subject, unit)
        filmstrip(scene.key(f"unit detail {subject.role}"), panels, [f"unit {unit}"], max_width=260)


def _detail_panels(subject: Subject, unit: int) -> list[Panel]:
    shape, key = CATALOGUE[subject.config.dataset].shape, snapshot_of(subject)
    limits = {what: tile_limit([subject], what) for what in ("projected", "level")}
    projected = quantize(projected_tiles(key, shape)[unit], -limits["projected"], limits["projected"])
    panels = [Panel(f"Top unit {unit} in pixels", [projected], "signed", f"Top unit {unit}, projected to pixels")]
    if len(dbn_of(subject).levels) == 1:  # else the units below are no pictures either
        panels += [_features(key, unit, sign, shape, limits["level"]) for sign in (1, -1)]
    return [*panels, _strongest(subject, unit)]


def _features(key: Key, unit: int, sign: int, shape: tuple[int, int], limit: float) -> Panel:
    """Return the first RBM's units that speak most for (+1) or against (−1) a top unit, strongest first."""
    weights = top_tiles(key, shape)[unit].ravel()
    order = [int(n) for n in np.argsort(-sign * weights, kind="stable") if not np.isnan(weights[n])]
    chosen = [n for n in order[:FEATURES] if sign * weights[n] > 0]
    tiles = quantize(level_tiles(key, shape)[chosen], -limit, limit)
    words = "speak for it" if sign > 0 else "speak against it"
    notes = [f"unit {n} · weight {weights[n]:+.2f}" for n in chosen]
    picture, grid = tile_picture(tiles, DETAIL_COLUMNS), Grid.of(len(chosen), shape, DETAIL_COLUMNS)
    return Panel(f"Units below that {words}", [picture], "signed", f"The units that {words}", grid, notes)


def _strongest(subject: Subject, unit: int) -> Panel:
    images, shape = test_images(subject.config.dataset), CATALOGUE[subject.config.dataset].shape
    strongest = top_activation_of(subject).strongest(unit, min(STRONGEST, len(images.test)))
    digits = quantize(images.test[strongest].reshape(-1, *shape).astype(np.float32), 0, 255)
    alt = f"The {len(strongest)} test images that turn top unit {unit} on most"
    notes = [f"test image {n}" for n in strongest]
    grid = Grid.of(len(strongest), shape, DETAIL_COLUMNS)
    return Panel("Turned on by", [tile_picture(digits, DETAIL_COLUMNS)], "pixels", alt, grid, notes)
