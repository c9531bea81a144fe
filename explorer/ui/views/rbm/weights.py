"""The weights of each hidden unit as a tile, over all epochs, and one unit in detail."""

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
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.rbm.cached import activation_of, config_of, rbm_of
from explorer.ui.views.rbm.unit_tiles import unit_tiles, units_in_order, weight_limit, weight_tiles
from explorer.ui.views.units import TILES_SHOWN, Order, Units, tile_downloads, unit_input, unit_strip
from explorer.ui.views.view import explanation, pick

STRONGEST = 10  # test images shown for a unit


def weights(scene: Scene) -> None:
    """Draw the view: beside the tiles there is room for a unit's details, unless two runs are compared."""
    alone = len(scene.subjects) == 1
    picture, side = st.columns([3, 2], gap="large") if alone else (st.container(), st.container())
    with side if alone else picture:
        order, count = _controls(scene)
    limit = weight_limit(scene.subjects)
    orders = [units_in_order(subject, order)[:count] for subject in scene.subjects]
    unit_key = scene.key("unit")
    with picture:
        _tiles(scene, orders, limit, unit_key)
    with side:
        _unit_details(scene, unit_key, limit)
        with st.expander("What to look for", icon=":material/lightbulb:", expanded=alone):
            explanation(scene, "Weights")


def _controls(scene: Scene) -> tuple[Order, int]:
    """Draw the controls; return the order of the tiles and how many are shown."""
    most = max(config_of(subject).hidden_units for subject in scene.subjects)
    offered = [n for n in TILES_SHOWN if n < most] + [most]
    count = most
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        order: Order = pick(scene, "Sort by", get_args(Order), "order")
        if len(offered) > 1:
            count = pick(scene, "Units shown", offered, f"tiles of {most}")
    return order, count


def _tiles(scene: Scene, orders: list[Units], limit: float, unit_key: str) -> None:
    tiles = [unit_tiles(scene, s, units, limit, "weights") for s, units in zip(scene.subjects, orders, strict=True)]
    unit_strip(scene, "weights", tiles, unit_key)
    color_legend("signed", f"−{limit:.2g}", f"+{limit:.2g}", "weight; lighter is nearer to 0")
    tile_downloads(scene, "weights", tiles, partial(_numbers, scene.current))


def _numbers(subject: Subject) -> dict[str, NDArray[np.float32]]:
    return {name: tensor.numpy() for name, tensor in rbm_of(subject).state().items()}


def _unit_details(scene: Scene, unit_key: str, limit: float) -> None:
    """Draw one unit large, beside the test images that turn it on most."""
    last = min(config_of(subject).hidden_units for subject in scene.subjects) - 1
    hint = "Click a tile or type a unit's number to see it large, beside the digits that turn it on most."
    unit = unit_input(unit_key, last, hint)
    if unit is None:
        return
    st.markdown("  \n".join(_facts(scene, subject, unit) for subject in scene.subjects))
    panels = [panel for subject in scene.subjects for panel in _detail_panels(scene, subject, unit, limit)]
    filmstrip(scene.key("unit detail"), panels, [f"unit {unit}"], file_name=f"{scene.current.run.id}-unit-{unit}")


def _facts(scene: Scene, subject: Subject, unit: int) -> str:
    rbm, share = rbm_of(subject), activation_of(subject).frequency[unit]
    return (
        scene.title(subject, f"on for **{share:.1%}** of the test images")
        + f" · bias **{float(rbm.b[unit]):+.2f}** · norm of the weights **{float(rbm.W[:, unit].norm()):.2f}**"
    )


def _detail_panels(scene: Scene, subject: Subject, unit: int, limit: float) -> list[Panel]:
    images, shape = test_images(subject.config.dataset), CATALOGUE[subject.config.dataset].shape
    activity = activation_of(subject)
    strongest = activity.strongest(unit, min(STRONGEST, len(images.test)))
    tile = quantize(weight_tiles(snapshot_of(subject), shape)[unit], -limit, limit)
    digits = quantize(images.test[strongest].reshape(-1, *shape).astype(np.float32), 0, 255)
    notes = [f"test image {i} · p(h = 1 | v) = {activity.probability(i, unit):.3f}" for i in strongest]
    alt = f"The {len(strongest)} test images that turn unit {unit} on most"
    grid = Grid.of(len(strongest), shape, 5)
    return [
        Panel(scene.title(subject, f"unit {unit}"), [tile], "signed", f"The weights of unit {unit}"),
        Panel(scene.title(subject, "turned on by"), [tile_picture(digits, 5)], "pixels", alt, grid, notes),
    ]
