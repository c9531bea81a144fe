"""What the view of weights shows of an RBM: its hidden units, and the digits that turn them on."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.ranking import unit_norms
from explorer.models.rbm import RBM
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.pictures import panel_of_test_images
from explorer.ui.views.rbm.cached import activation_of, rbm_of
from explorer.ui.views.units import Units
from explorer.ui.views.view import explanation, row_of_controls
from explorer.ui.views.weights import INDEX, NORM, Places, Tiles, UnitLayer, WeightsSource
from explorer.ui.wording import signed

STRONGEST = 10  # test images shown for a unit


def weight_tiles(key: Key, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the weights of each hidden unit as an image, (H, rows, columns)."""
    tiles: NDArray[np.float32] = model_of(key, RBM).W.numpy().T.reshape(-1, *shape)
    return tiles


WEIGHTS = Tiles("weights", weight_tiles, "weight")


def frequency_notes(subject: Subject, units: Units) -> list[str]:
    """Return how often each of some units is on."""
    frequency = activation_of(subject).frequency
    return [f"unit {unit} · on for {frequency[unit]:.0%} of the test images" for unit in units]


def _facts(scene: Scene, subject: Subject, unit: int) -> str:
    rbm, share = rbm_of(subject), activation_of(subject).frequency[unit]
    norm, bias = float(unit_norms(rbm.W.numpy())[unit]), signed(float(rbm.b[unit]), plus=True)
    words = f"on for **{share:.1%}** of the test images · bias **{bias}** · norm of the weights **{norm:.2f}**"
    return scene.title(subject, words)


def _details(scene: Scene, subject: Subject, unit: int) -> list[Panel]:
    """Return one unit large, beside the test images that turn it on most."""
    activity = activation_of(subject)
    strongest = activity.strongest(unit, min(STRONGEST, len(subject.images.test)))
    title, alt = scene.title(subject, f"unit {unit}"), f"The weights of unit {unit}"
    return [
        WEIGHTS.large(subject, scene.subjects, unit, title, alt),
        panel_of_test_images(
            subject,
            strongest,
            5,
            title=scene.title(subject, "turned on by"),
            alt=f"The {len(strongest)} test images that turn unit {unit} on most",
            notes=[f"test image {i} · p(h = 1 | v) = {activity.probability(i, unit):.3f}" for i in strongest],
        ),
    ]


def _arrange(scene: Scene) -> Places:
    """Lay out a unit's details beside the tiles, where there is room for them unless runs are compared."""
    alone = len(scene.subjects) == 1
    tiles, side = st.columns([3, 2], gap="large") if alone else (st.container(), st.container())
    with side if alone else tiles:
        controls = row_of_controls()
    details = side.container()
    with side, st.expander("What to look for", icon=":material/lightbulb:", expanded=alone):
        explanation(scene, "Weights")
    return Places(controls, tiles, details)


HIDDEN = UnitLayer(
    count=lambda subject: rbm_of(subject).n_hidden,
    orders={
        INDEX: None,
        "activation frequency": lambda subject: activation_of(subject).frequency,
        NORM: lambda subject: unit_norms(rbm_of(subject).W.numpy()),
    },
    tiles=lambda _: [WEIGHTS],
    notes=frequency_notes,
    facts=_facts,
    details=_details,
)

WEIGHTS_SOURCE = WeightsSource(lambda _: [HIDDEN], _arrange, explained=False, detail_width=None)
