"""What the view of weights shows of a DBN: its top units in terms of those below and of pixels, and the first RBM's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.analysis.ranking import largest_first, unit_norms
from explorer.arrays import Floats
from explorer.plots.tiles import Grid, quantize, square_side, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dbn.cached import base_of, dbn_of, top_activation_of
from explorer.ui.views.dbn.tiles import level_tiles, projected_tiles, top_tiles
from explorer.ui.views.pictures import panel_of_test_images
from explorer.ui.views.units import Units
from explorer.ui.views.view import row_of_controls
from explorer.ui.views.weights import INDEX, NORM, Places, Tiles, UnitLayer, WeightsSource, unit_tiles
from explorer.ui.wording import signed

FEATURES = 9  # units of the layer below that are shown for a top unit, of each sign
STRONGEST = 9  # test images shown for a unit
DETAIL_COLUMNS = 3  # of tiles beside a unit
LOWEST_SHOWN = 100  # tiles of the first layer
LOWEST = Tiles("W1: units of the first RBM, fixed", level_tiles, "weight to a pixel")
PROJECTED = Tiles("The same units, projected down to pixels", projected_tiles, "weights down to a pixel, multiplied")


def _tiles(subject: Subject) -> list[Tiles]:
    """Return the top units twice, in terms of the layer below and of pixels: pointing at one lights up both."""
    model = dbn_of(subject)
    side = square_side(len(model.top.W))
    in_units = Tiles(
        f"W{len(model.levels) + 1}: top units, a pixel for each unit below",
        top_tiles,
        "weight to a unit below",
        shape=(side, side),
    )
    return [in_units, PROJECTED]


def _notes(subject: Subject, units: Units) -> list[str]:
    frequency = top_activation_of(subject).frequency
    return [f"top unit {unit} · on for {frequency[unit]:.0%} of the test images" for unit in units]


def _facts(scene: Scene, subject: Subject, unit: int) -> str:
    share, norm = top_activation_of(subject).frequency[unit], float(_norms(subject)[unit])
    return scene.title(subject, f"on for **{share:.1%}** of the test images · norm of the weights **{norm:.2f}**")


def _norms(subject: Subject) -> Floats:
    return np.asarray(unit_norms(dbn_of(subject).top.W.numpy()))


def _details(scene: Scene, subject: Subject, unit: int) -> list[Panel]:
    """Return a top unit in pixels, the units below that it is made of, and the test images that turn it on most."""
    title, alt = f"Top unit {unit} in pixels", f"Top unit {unit}, projected to pixels"
    panels = [PROJECTED.large(subject, scene.subjects, unit, title, alt)]
    if len(dbn_of(subject).levels) == 1:  # else the units below are no pictures either
        panels += [_features(subject, scene.subjects, unit, sign) for sign in (1, -1)]
    return [*panels, _strongest(subject, unit)]


def _features(subject: Subject, subjects: Sequence[Subject], unit: int, sign: int) -> Panel:
    """Return the first RBM's units that speak most for (+1) or against (−1) a top unit, strongest first."""
    key, shape, limit = snapshot_of(subject), subject.shape, LOWEST.limit(subjects)
    weights = dbn_of(subject).top.W[:, unit].numpy()
    chosen = [n for n in largest_first(sign * weights)[:FEATURES].tolist() if sign * weights[n] > 0]
    tiles = quantize(level_tiles(key, shape)[chosen], -limit, limit)
    words = "speak for it" if sign > 0 else "speak against it"
    notes = [f"unit {n} · weight {signed(weights[n], plus=True)}" for n in chosen]
    picture, grid = tile_picture(tiles, DETAIL_COLUMNS), Grid.of(len(chosen), shape, DETAIL_COLUMNS)
    title, alt, ends = f"Units below that {words}", f"The units that {words}", ends_of(limit)
    return Panel(title, [picture], "signed", alt, grid, notes, ends=ends, meaning=LOWEST.meaning)


def _strongest(subject: Subject, unit: int) -> Panel:
    count = min(STRONGEST, len(subject.images.test))
    strongest = top_activation_of(subject).strongest(unit, count)
    alt = f"The {len(strongest)} test images that turn top unit {unit} on most"
    notes = [f"test image {n}" for n in strongest]
    return panel_of_test_images(subject, strongest, DETAIL_COLUMNS, title="Turned on by", alt=alt, notes=notes)


def _arrange(scene: Scene) -> Places:
    """Lay out the first RBM's units beside the top ones, or above those of several runs, and the details below all."""
    controls = row_of_controls()
    lowest, top = st.columns([1, 2]) if len(scene.subjects) == 1 else (st.container(), st.container())
    with lowest:
        _lowest_units(scene)
    return Places(controls, top, st.container())


def _lowest_units(scene: Scene) -> None:
    """Draw the first RBM's units, which stay as they were."""
    panels = []
    for subject in scene.subjects:
        units = np.arange(min(LOWEST_SHOWN, dbn_of(subject).levels[0].W.shape[1]))
        tiles = unit_tiles(scene, subject, units, LOWEST, [f"unit {n}" for n in units])
        panels.append(replace(tiles, keys=(base_of(subject),)).encoded())
    filmstrip(scene.key("lowest units"), panels, ["fixed"], file_name=f"{scene.current.run.id}-first-units")


TOP = UnitLayer(
    count=lambda subject: dbn_of(subject).top.n_hidden,
    orders={
        INDEX: None,
        "activation frequency": lambda subject: top_activation_of(subject).frequency,
        NORM: _norms,
    },
    tiles=_tiles,
    notes=_notes,
    facts=_facts,
    details=_details,
    hint="Click a tile or type a top unit's number to see what it is made of.",
)

WEIGHTS_SOURCE = WeightsSource(lambda _: [TOP], _arrange, name="top units", sort_label="Sort top units by")
