"""The weights of each hidden unit as a tile, over all epochs, and one unit in detail."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.analyses import activation_of, config_of, rbm_of, snapshot_of, weight_limit, weight_tiles
from explorer.ui.components.filmstrip import EncodedPanel, FilmstripState, Panel, encode_panel, filmstrip
from explorer.ui.images import test_images
from explorer.ui.legend import color_legend
from explorer.ui.snapshots import Key
from explorer.ui.subjects import Subject
from explorer.ui.views.view import Scene, download_data, explanation, index_of_epoch, show_epoch

Order = Literal["index", "activation frequency", "norm"]
Units = NDArray[np.int64]
TILES_SHOWN = (100, 225, 400)  # more on request: a thousand tiles are too small to read and slow to send
STRONGEST = 10


def weights(scene: Scene) -> None:
    """Draw the view."""
    alone = len(scene.subjects) == 1
    picture, side = st.columns([3, 2], gap="large") if alone else (st.container(), st.container())
    with side if alone else picture:
        order, count = _controls(scene)
    limit = weight_limit(scene.subjects)
    orders = [units_in_order(subject, order)[:count] for subject in scene.subjects]
    unit_key = scene.key("unit")
    with picture:
        filmstrip(
            scene.key("weights"),
            [weight_panel(scene, subject, units, limit) for subject, units in zip(scene.subjects, orders, strict=True)],
            [f"epoch {epoch}" for epoch in scene.timeline],
            index=index_of_epoch(scene),
            file_name=f"{scene.current.run.id}-weights",
            on_index=lambda strip: show_epoch(scene, strip.index),
            on_cell=partial(_pick, unit_key, orders),
        )
        color_legend("signed", f"−{limit:.2g}", f"+{limit:.2g}", "weight; lighter is nearer to 0")
    with side:
        _unit_details(scene, unit_key, limit)
        with st.expander("What to look for", icon=":material/lightbulb:", expanded=alone):
            explanation(scene, "Weights")
        download_data(scene, "weights", lambda: {n: x.numpy() for n, x in rbm_of(scene.current).state().items()})


def _controls(scene: Scene) -> tuple[Order, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        order = st.segmented_control(
            "Sort by", get_args(Order), default="index", required=True, key=scene.key("order"), width="content"
        )
        most = max(config_of(subject).hidden_units for subject in scene.subjects)
        offered = [n for n in TILES_SHOWN if n < most] + [most]
        count = most
        if len(offered) > 1:
            key = scene.key(f"tiles of {most}")
            count = st.segmented_control(
                "Units shown", offered, default=offered[0], required=True, key=key, width="content"
            )
    return order, count


def units_in_order(subject: Subject, order: Order) -> Units:
    """Return the hidden units (H,) in the order of the tiles."""
    if order == "norm":
        return np.argsort(-np.linalg.norm(rbm_of(subject).W.numpy(), axis=0), kind="stable")
    if order == "activation frequency":
        return np.argsort(-activation_of(subject).frequency, kind="stable")
    return np.arange(config_of(subject).hidden_units)


def weight_panel(scene: Scene, subject: Subject, units: Units, limit: float, what: str = "weights") -> EncodedPanel:
    """Return the tiles of some units over the scene's timeline, with each unit's activation frequency as its note."""
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.timeline)
    frequency = activation_of(subject).frequency
    notes = tuple(f"unit {unit} · on for {frequency[unit]:.0%} of the test images" for unit in units)
    shape = CATALOGUE[subject.config.dataset].shape
    return _encoded(keys, tuple(units.tolist()), limit, shape, scene.title(subject, what), notes)


@st.cache_data(max_entries=48, show_spinner=False)
def _encoded(
    keys: tuple[Key, ...],
    units: tuple[int, ...],
    limit: float,
    shape: tuple[int, int],
    title: str,
    notes: tuple[str, ...],
) -> EncodedPanel:
    tiles = (weight_tiles(key, shape)[list(units)] for key in keys)
    frames = [tile_picture(quantize(x, -limit, limit)) for x in tiles]
    alt = f"Weights of {len(units)} hidden units, one tile of {shape[0]}×{shape[1]} pixels each"
    return encode_panel(Panel(title, frames, "signed", alt, Grid.of(len(units), shape), notes))


def _pick(unit_key: str, orders: list[Units], strip: FilmstripState) -> None:
    units = orders[strip.panel or 0]
    chosen = strip.cell is not None and strip.cell < len(units)
    st.session_state[unit_key] = int(units[strip.cell or 0]) if chosen else None


def _unit_details(scene: Scene, unit_key: str, limit: float) -> None:
    """Draw one unit large, beside the test images that turn it on most."""
    last = min(config_of(subject).hidden_units for subject in scene.subjects) - 1
    picker, text = st.columns([2, 5], vertical_alignment="bottom")
    if (st.session_state.get(unit_key) or 0) > last:
        st.session_state[unit_key] = None
    unit = picker.number_input("Unit", 0, last, value=None, step=1, key=unit_key, placeholder="number")
    if unit is None:
        text.caption("Click a tile or type a unit's number to see it large, beside the digits that turn it on most.")
        return
    text.markdown("  \n".join(_facts(scene, subject, unit) for subject in scene.subjects))
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
    notes = [f"test image {i} · p(h = 1 | v) = {activity.probability[i, unit]:.3f}" for i in strongest]
    alt = f"The {len(strongest)} test images that turn unit {unit} on most"
    grid = Grid.of(len(strongest), shape, 5)
    return [
        Panel(scene.title(subject, f"unit {unit}"), [tile], "signed", f"The weights of unit {unit}"),
        Panel(scene.title(subject, "turned on by"), [tile_picture(digits, 5)], "pixels", alt, grid, notes),
    ]
