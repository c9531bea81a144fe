"""The weights of each unit of a layer as a tile, beside the decoder's where it mirrors them; one unit large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial, reduce
from typing import Literal, cast, get_args

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.models.autoencoder import Autoencoder
from explorer.models.pretraining import PretrainingConfig
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.legend import color_legend
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import activity, autoencoder_of
from explorer.ui.views.units import TILES_SHOWN, Units, UnitTiles, tile_downloads, unit_input, unit_strip
from explorer.ui.views.view import control_row, pick

Floats = NDArray[np.float32]
TilesOf = Callable[[Key, tuple[int, int]], Floats]
Order = Literal["index", "norm", "mean activation"]
STRONGEST = 10  # test images shown for a unit
FITTING = 0.998  # share of the weights that the colour scale has room for


def weights(scene: Scene) -> None:
    """Draw the view."""
    layer, order, count = _controls(scene)
    orders = [_in_order(subject, layer, order)[:count] for subject in scene.subjects]
    unit_key = scene.key("unit" if layer == 1 else f"unit of layer {layer}")
    alone = len(scene.subjects) == 1 and not _has_mirror(scene.current)
    picture, side = st.columns([3, 2], gap="large") if alone else (st.container(), st.container())
    with picture:
        _tiles(scene, layer, orders, unit_key)
    with side:
        _unit_details(scene, layer, unit_key)


def _controls(scene: Scene) -> tuple[int, Order, int]:
    """Draw the controls; return the layer, the order of its tiles and how many are shown."""
    depth, layer = min(len(autoencoder_of(subject).sizes) for subject in scene.subjects) - 1, 1
    with control_row(scene, "Weights"):
        if depth > 1:
            layer = pick(scene, "Layer", range(1, depth + 1), f"layer of {depth}", _default_layer(scene, depth))
        most = max(_units(subject, layer) for subject in scene.subjects)
        offered = [n for n in TILES_SHOWN if n < most] + [most]
        order: Order = pick(scene, "Sort by", get_args(Order), "order")
        count = pick(scene, "Units shown", offered, f"tiles of {most}") if len(offered) > 1 else most
    return layer, order, count


def _default_layer(scene: Scene, depth: int) -> int:
    """Return the layer shown at first: the one that is trained, where those below it stay as they are."""
    return depth if isinstance(scene.current.config, PretrainingConfig) else 1


def _units(subject: Subject, layer: int) -> int:
    return autoencoder_of(subject).sizes[layer]


def _has_mirror(subject: Subject) -> bool:
    """Whether the decoder has weights of its own from the same units to the pixels."""
    model = autoencoder_of(subject)
    return len(model.sizes) == 2 and not model.tied


def _in_order(subject: Subject, layer: int, order: Order) -> Units:
    if order == "norm":
        W = autoencoder_of(subject).encoder_weights()[layer - 1]
        return np.argsort(-np.linalg.norm(W.numpy(), axis=0), kind="stable")
    if order == "mean activation":
        return np.argsort(-activity(subject, layer).mean(axis=0), kind="stable")
    return np.arange(_units(subject, layer))


@cache
def encoder_tiles(layer: int) -> TilesOf:
    """Return the function that returns the weights from pixels to each unit of a layer (1, 2, …), (H, rows, columns).

    Above the first layer, these are the products of all weights on the way: what a unit speaks for.
    """

    def tiles_of(key: Key, shape: tuple[int, int]) -> Floats:
        product = reduce(torch.matmul, cast(Autoencoder, model_of(key)).encoder_weights()[:layer])
        return np.asarray(product.T.reshape(-1, *shape).detach().numpy())

    return tiles_of


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


def _tiles(scene: Scene, layer: int, orders: list[Units], unit_key: str) -> None:
    up = encoder_tiles(layer)
    limits: dict[TilesOf, float] = {tiles: _limit(scene.subjects, tiles) for tiles in (up, decoder_tiles)}
    tiles = [
        part
        for s, units in zip(scene.subjects, orders, strict=True)
        for part in _tiles_of(scene, s, layer, units, limits)
    ]
    unit_strip(scene, "weights", tiles, unit_key)
    with st.container(horizontal=True, gap="large"):
        shown = [("encoder", up)] + [("decoder", decoder_tiles)] * (len(tiles) > len(orders))
        for name, of in shown:
            color_legend("signed", f"−{limits[of]:.2g}", f"+{limits[of]:.2g}", f"weight, {name}")
    tile_downloads(scene, "weights", tiles, partial(_numbers, scene.current))


def _tiles_of(
    scene: Scene, subject: Subject, layer: int, units: Units, limits: dict[TilesOf, float]
) -> list[UnitTiles]:
    mean = activity(subject, layer).mean(axis=0)
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject))
    up = encoder_tiles(layer)
    titles = [("encoder: pixels to units", up)]
    if layer > 1:
        titles = [(f"layer {layer}, projected down to pixels", up)]
    elif _has_mirror(subject):
        titles.append(("decoder: units to pixels", decoder_tiles))
    elif autoencoder_of(subject).tied:
        titles = [("weights, the same up and down", up)]
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


def _unit_details(scene: Scene, layer: int, unit_key: str) -> None:
    """Draw one unit large, beside the test images that turn it on most."""
    last = min(_units(subject, layer) for subject in scene.subjects) - 1
    hint = "Click a tile or type a unit's number to see it large, beside the digits that turn it on most."
    unit = unit_input(unit_key, last, hint)
    if unit is None:
        return
    for subject in scene.subjects:
        values = activity(subject, layer)[:, unit]
        words = f"unit {unit}: activation **{values.mean():.2f}** ± {values.std():.2f} over the test images"
        st.markdown(scene.title(subject, words))
        panels = _detail_panels(subject, layer, unit, values)
        filmstrip(scene.key(f"unit detail {subject.role}"), panels, [f"unit {unit}"], max_width=260)


def _detail_panels(subject: Subject, layer: int, unit: int, values: Floats) -> list[Panel]:
    images, shape = test_images(subject.config.dataset), CATALOGUE[subject.config.dataset].shape
    strongest = [int(i) for i in np.argsort(-values, kind="stable")[:STRONGEST]]
    up = encoder_tiles(layer)
    limit = _limit([subject], up)
    tile = quantize(up(snapshot_of(subject), shape)[unit], -limit, limit)
    digits = quantize(images.test[strongest].reshape(-1, *shape).astype(np.float32), 0, 255)
    notes = [f"test image {i} · activation {values[i]:.3f}" for i in strongest]
    alt = f"The {len(strongest)} test images that turn unit {unit} on most"
    grid = Grid.of(len(strongest), shape, 5)
    return [
        Panel(f"Unit {unit}", [tile], "signed", f"The weights of unit {unit}"),
        Panel("Turned on by", [tile_picture(digits, 5)], "pixels", alt, grid, notes),
    ]
