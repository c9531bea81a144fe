"""The hidden units of an RBM as tiles, in some order."""

from __future__ import annotations

import numpy as np

from explorer.data.catalogue import CATALOGUE
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.rbm.analyses import activation_of, config_of, rbm_of, weight_tiles
from explorer.ui.views.units import Order, Units, UnitTiles


def unit_tiles(scene: Scene, subject: Subject, units: Units, limit: float, what: str) -> UnitTiles:
    """Return the tiles of some units over the scene's timeline, with each unit's activation frequency as its note."""
    frequency = activation_of(subject).frequency
    return UnitTiles(
        keys=tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject)),
        units=tuple(units.tolist()),
        limit=limit,
        shape=CATALOGUE[subject.config.dataset].shape,
        title=scene.title(subject, what),
        notes=tuple(f"unit {unit} · on for {frequency[unit]:.0%} of the test images" for unit in units),
        tiles_of=weight_tiles,
    )


def units_in_order(subject: Subject, order: Order) -> Units:
    """Return the hidden units (H,) in the order of the tiles."""
    if order == "norm":
        return np.argsort(-np.linalg.norm(rbm_of(subject).W.numpy(), axis=0), kind="stable")
    if order == "activation frequency":
        return np.argsort(-activation_of(subject).frequency, kind="stable")
    return np.arange(config_of(subject).hidden_units)
