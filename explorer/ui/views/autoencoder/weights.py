"""The weights of each unit of the first layer as a tile, beside the decoder's where it mirrors them; one unit large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Literal, cast, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.models.autoencoder import Autoencoder
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.images import test_images
from explorer.ui.legend import color_legend
from explorer.ui.snapshots import Key, model_of
from explorer.ui.subjects import Subject, snapshot_of
from explorer.ui.views.autoencoder.analyses import autoencoder_of, first_layer
from explorer.ui.views.units import TILES_SHOWN, Units, UnitTiles, tile_downloads, unit_input, unit_strip
from explorer.ui.views.view import Scene, control_row, pick

Floats = NDArray[np.float32]
TilesOf = Callable[[Key, tuple[int, int]], Floats]
Order = Literal["index", "norm", "mean activation"]
STRONGEST = 10  # test images shown for a unit
FITTING = 0.998  # share of the weights that the colour scale has room for


def weights(scene: Scene) -> None:
    """Draw the view."""
    order, count = _controls(scene)
    orders = [_in_order(subject, order)[:count] for subject in scene.subjects]
    unit_key = scene.key("unit")
    alone = len(scene.subjects) == 1 and not _has_mirror(scene.current)
    picture, side = st.columns([3, 2], gap="large") if alone else (st.container(), st.container())
    with picture:
        _tiles(scene, orders, unit_key)
    with side:
        _unit_details(scene, unit_key)


def _controls(scene: Scene) -> tuple[Order, int]:
    """Draw the controls; return the order of the tiles and how many are shown."""
    most = max(_units(subject) for subject in scene.subjects)
    offered = [n for n in TILES_SHOWN if n < most] + [most]
    with control_row(scene, "Weights"):
        order: Order = pick(scene, "Sort by", get_args(Order), "order")
        count = pick(scene, "Units shown", offered, f"tiles of {most}") if len(offered) > 1 else most
    return order, count


def _units(subject: Subject) -> int:
    return autoencoder_of(subject).sizes[1]


def _has_mirror(subject: Subject) -> bool:
    """Whether the decoder has weights of its own from the same units to the pixels."""
    model = autoencoder_of(subject)
    return len(model.sizes) == 2 and not model.tied


def _in_order(subject: Subject, order: Order) -> Units:
    if order == "norm":
        return np.argsort(-np.linalg.norm(autoencoder_of(subject).encoder_weights()[0].numpy(), axis=0), kind="stable")
    if order == "mean activation":
        return np.argsort(-first_layer(subject).mean(axis=0), kind="stable")
    return np.arange(_units(subject))


def encoder_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the weights from the pixels to each unit of the first layer, (H, rows, columns)."""
    tiles: Floats = cast(Autoencoder, model_of(key)).encoder_weights()[0].T.reshape(-1, *shape).numpy()
    return tiles


def decoder_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the weights from each unit of the decoder's last hidden layer to the pixels, (H, rows, columns)."""
    tiles: Floats = cast(Autoencoder, model_of(key)).decoder_weights()[-1].reshape(-1, *shape).numpy()
    return tiles


@lru_cache(maxsize=256)
def _largest(key: Key, tiles: TilesOf) -> float:
    model = cast(Autoencoder, model_of(key))
    return float(np.quantile(np.abs(tiles(key, (1, model.sizes[0]))), FITTING))


def _limit(subjects: Sequence[Subject], tiles: TilesOf) -> float:
    return max(_largest(snapshot_of(subject, subject.epochs[-1]), tiles) for subject in subjects) or 1.0


def _tiles(scene: Scene, orders: list[Units], unit_key: str) -> None:
    limits: dict[TilesOf, float] = {tiles: _limit(scene.subjects, tiles) for tiles in (encoder_tiles, decoder_tiles)}
    tiles = [
        part for s, units in zip(scene.subjects, orders, strict=True) for part in _tiles_of(scene, s, units, limits)
    ]
    unit_strip(scene, "weights", tiles, unit_key)
    with st.container(horizontal=True, gap="large"):
        shown = [("encoder", encoder_tiles)] + [("decoder", decoder_tiles)] * (len(tiles) > len(orders))
        for name, of in shown:
            color_legend("signed", f"−{limits[of]:.2g}", f"+{limits[of]:.2g}", f"weight, {name}")
    tile_downloads(scene, "weights", tiles, partial(_numbers, scene.current))


def _tiles_of(scene: Scene, subject: Subject, units: Units, limits: dict[TilesOf, float]) -> list[UnitTiles]:
    mean = first_layer(subject).mean(axis=0)
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject))
    titles = [("encoder: pixels to units", encoder_tiles)]
    if _has_mirror(subject):
        titles.append(("decoder: units to pixels", decoder_tiles))
    elif autoencoder_of(subject).tied:
        titles = [("weights, the same up and down", encoder_tiles)]
    return [
        UnitTiles(
            keys=keys,
            units=tuple(units.tolist()),
            limit=limits[tiles_of],
            shape=CATALOGUE[subject.config.dataset].shape,
            title=scene.title(subject, title),
            notes=tuple(f"unit {unit} · mean activation {mean[unit]:.2f}" for unit in units),
            tiles_of=tiles_of,
        )
        for title, tiles_of in titles
    ]


def _numbers(subject: Subject) -> dict[str, Floats]:
    return {name: tensor.numpy() for name, tensor in autoencoder_of(subject).state().items()}


def _unit_details(scene: Scene, unit_key: str) -> None:
    """Draw one unit large, beside the test images that turn it on most."""
    last = min(_units(subject) for subject in scene.subjects) - 1
    hint = "Click a tile or type a unit's number to see it large, beside the digits that turn it on most."
    unit = unit_input(unit_key, last, hint)
    if unit is None:
        return
    for subject in scene.subjects:
        activity = first_layer(subject)[:, unit]
        words = f"unit {unit}: activation **{activity.mean():.2f}** ± {activity.std():.2f} over the test images"
        st.markdown(scene.title(subject, words))
        panels = _detail_panels(subject, unit, _limit([subject], encoder_tiles), activity)
        filmstrip(scene.key(f"unit detail {subject.role}"), panels, [f"unit {unit}"], max_width=260)


def _detail_panels(subject: Subject, unit: int, limit: float, activity: Floats) -> list[Panel]:
    images, shape = test_images(subject.config.dataset), CATALOGUE[subject.config.dataset].shape
    strongest = [int(i) for i in np.argsort(-activity, kind="stable")[:STRONGEST]]
    tile = quantize(encoder_tiles(snapshot_of(subject), shape)[unit], -limit, limit)
    digits = quantize(images.test[strongest].reshape(-1, *shape).astype(np.float32), 0, 255)
    notes = [f"test image {i} · activation {activity[i]:.3f}" for i in strongest]
    alt = f"The {len(strongest)} test images that turn unit {unit} on most"
    grid = Grid.of(len(strongest), shape, 5)
    return [
        Panel(f"Unit {unit}", [tile], "signed", f"The weights of unit {unit}"),
        Panel("Turned on by", [tile_picture(digits, 5)], "pixels", alt, grid, notes),
    ]
