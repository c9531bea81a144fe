"""The two sets of weights of a fine-tuned DBN's lowest level, up and down, and how far they have parted."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.analysis.dbn_measures import spread
from explorer.analysis.ranking import rank_of
from explorer.arrays import Floats
from explorer.plots.curves import Curve, line_chart, places_of
from explorer.ui.components.panel import Panel
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.axes import curve_of
from explorer.ui.views.dbn.cached import asymmetry_of, dbn_of
from explorer.ui.views.dbn.tiles import asymmetry_tiles, generative_tiles, level_tiles
from explorer.ui.views.units import Units
from explorer.ui.views.view import row_of_controls, show_chart
from explorer.ui.views.weights import INDEX, Places, Tiles, UnitLayer, WeightsSource

BOTH_WAYS = (level_tiles, generative_tiles)
PICTURES = (
    Tiles("R: up (recognition)", level_tiles, "weight", BOTH_WAYS),
    Tiles("W′: down (generation)", generative_tiles, "weight", BOTH_WAYS),
    Tiles("|R − W′ᵀ|", asymmetry_tiles, "|R − W′ᵀ|", scale="share"),
)


def _ratio(subject: Subject) -> Floats:
    """Return how far each unit of the lowest level has parted at the epoch shown, (H,)."""
    return asymmetry_of(snapshot_of(subject))


def _notes(subject: Subject, units: Units) -> list[str]:
    ratio = _ratio(subject)
    return [f"unit {unit} · parted by {ratio[unit]:.0%} of its weights" for unit in units]


def _facts(scene: Scene, subject: Subject, unit: int) -> str:
    ratio = _ratio(subject)
    rank = f"rank {rank_of(ratio, unit)} of {len(ratio)}"
    return scene.title(subject, f"unit {unit}: ‖R − W′‖ is **{ratio[unit]:.0%}** of ‖W′‖, {rank}")


def _details(scene: Scene, subject: Subject, unit: int) -> list[Panel]:
    return [
        picture.large(subject, scene.subjects, unit, picture.title, f"{picture.title} of unit {unit}")
        for picture in PICTURES
    ]


def _arrange(scene: Scene) -> Places:
    """Lay out the controls, the tiles, and below them one unit beside the chart, or of several runs above it."""
    controls, tiles = row_of_controls(), st.container()
    details, chart = (st.container(), st.container()) if scene.several else st.columns([3, 2], gap="large")
    with chart:
        _spread_chart(scene)
    return Places(controls, tiles, details)


def _spread_chart(scene: Scene) -> None:
    """Draw how far the units have parted over the epochs: their median, and the one that has parted most."""
    curves = []
    for subject in scene.subjects:
        median, most = spread([asymmetry_of(snapshot_of(subject, epoch)) for epoch in subject.epochs])
        epochs, at = np.array(subject.epochs), places_of(np.array(subject.epochs), subject.epoch)
        name = scene.title(subject, "the unit that has parted most")
        curves.append(curve_of(subject, scene.title(subject, "median"), epochs, median, marker_at=at))
        curves.append(Curve(name, epochs, most, subject.color, dash="dot"))
    figure = line_chart(curves, "How far up and down have parted", "epoch", "‖R − W′‖ / ‖W′‖ of a unit")
    show_chart(figure, key=scene.key("asymmetry"))


LOWEST = UnitLayer(
    count=lambda subject: dbn_of(subject).levels[0].W.shape[1],
    orders={"asymmetry": _ratio, INDEX: None},
    tiles=lambda _: PICTURES,
    notes=_notes,
    facts=_facts,
    details=_details,
    hint="Click a tile or type a unit's number to see its weights large.",
)

UP_DOWN_SOURCE = WeightsSource(
    lambda _: [LOWEST], _arrange, view="Up and down weights", name="up and down", detail_width=220
)
