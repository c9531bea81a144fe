"""How often each hidden unit is on over the test images, and which units are of no use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.analysis.activation import ALWAYS_ON_ABOVE, DEAD_BELOW
from explorer.analysis.ranking import largest_first
from explorer.plots.curves import histogram
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, encode_panel
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.rbm.cached import activation_of
from explorer.ui.views.rbm.weights import WEIGHTS, frequency_notes
from explorer.ui.views.units import TILES_SHOWN
from explorer.ui.views.view import (
    control_row,
    downloads,
    epoch_labels,
    in_rows,
    index_of_epoch,
    show_chart,
    show_epoch,
)
from explorer.ui.views.weights import unit_tiles

CELL = 28  # pixels of a unit in the map, as many as its tile has


def activation(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Activation"):
        st.markdown("  \n".join(_verdict(scene, subject) for subject in scene.subjects), width="stretch")
    most_used = replace(WEIGHTS, title="most used first")
    orders = [largest_first(activation_of(subject).frequency)[: TILES_SHOWN[0]] for subject in scene.subjects]
    maps = [encode_panel(_map(scene, subject)) for subject in scene.subjects]
    tiles = [
        unit_tiles(scene, s, units, most_used, frequency_notes(s, units)).encoded()
        for s, units in zip(scene.subjects, orders, strict=True)
    ]
    panels, per_row = in_rows(scene, [*zip(maps, tiles, strict=True)])
    filmstrip(
        scene.key("activation"),
        panels,
        epoch_labels(scene),
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-activation",
        per_row=per_row,
        on_index=lambda strip: show_epoch(scene, strip.index),
        link_cells=False,
    )
    figure = histogram(
        [(scene.name(s), activation_of(s).frequency, s.color) for s in scene.subjects],
        "How many units are on how often",
        "activation frequency (share of test images)",
        "hidden units",
    )
    show_chart(figure, key=scene.key("frequencies"))
    downloads(scene, "activation frequency", lambda subject: {"frequency": activation_of(subject).frequency})


def _verdict(scene: Scene, subject: Subject) -> str:
    activity = activation_of(subject)
    parts = [
        f"**{len(units)}** {name} ({condition}){_listed(units)}"
        for name, condition, units in (
            ("dead", f"on for less than {DEAD_BELOW:.0%}", activity.dead),
            ("always on", f"more than {ALWAYS_ON_ABOVE:.0%}", activity.always_on),
        )
    ]
    total = len(activity.frequency)
    return scene.title(
        subject,
        f"{' and '.join(parts)} of {total} units; a unit is on for **{activity.frequency.mean():.0%}** on average.",
    )


def _listed(units: list[int], most: int = 8) -> str:
    if not units:
        return ""
    return ": unit " + ", ".join(map(str, units[:most])) + (" …" if len(units) > most else "")


def _map(scene: Scene, subject: Subject) -> Panel:
    """Return the units' frequencies as a map, in the order of their indices; dead and always-on units say so."""
    activity = activation_of(subject)
    count = len(activity.frequency)
    cells = quantize(np.broadcast_to(activity.frequency[:, None, None], (count, CELL, CELL)), 0, 1)
    flags = dict.fromkeys(activity.dead, " · dead") | dict.fromkeys(activity.always_on, " · always on")
    notes = [f"unit {unit} · on for {f:.1%}{flags.get(unit, '')}" for unit, f in enumerate(activity.frequency)]
    title = scene.title(subject, "activation frequency")
    alt = f"Activation frequency of {count} hidden units"
    grid, meaning = Grid.of(count, (CELL, CELL)), "share of test images for which the unit is on, at the epoch shown"
    return Panel(title, [tile_picture(cells)], "share", alt, grid, notes, meaning=meaning)
