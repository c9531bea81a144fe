"""The hidden units of an RBM as tiles, in some order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.rbm.cached import activation_of, config_of, rbm_of
from explorer.ui.views.units import Order, Units, UnitTiles


def weight_tiles(key: Key, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the weights of each hidden unit as an image, (H, rows, columns)."""
    tiles: NDArray[np.float32] = model_of(key).W.numpy().T.reshape(-1, *shape)
    return tiles


def weight_limit(subjects: Sequence[Subject]) -> float:
    """Return the end of a colour scale for the weights of all subjects at all epochs.

    All but the 0.2 % largest weights of the last epochs fit in; so the colours stay as one moves through the epochs.
    """
    return max(_largest(snapshot_of(subject, subject.epochs[-1])) for subject in subjects) or 1.0


@lru_cache(maxsize=256)
def _largest(key: Key) -> float:
    return float(np.quantile(np.abs(model_of(key).W.numpy()), 0.998))


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
