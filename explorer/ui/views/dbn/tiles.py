"""The weights of a deep belief network's units as images, one for each unit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import numpy as np

from explorer.analysis.dbn_measures import projected_weights
from explorer.models.dbn import DBN
from explorer.plots.tiles import square_side
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dbn.cached import Floats


def top_tiles(key: Key, _shape: tuple[int, int]) -> Floats:
    """Return the weights of each top unit to the layer below as a square, (H, side, side); left-over pixels are NaN."""
    W = cast(DBN, model_of(key)).top.W.numpy()
    side = square_side(len(W))
    squares = np.full((W.shape[1], side * side), np.nan, np.float32)
    squares[:, : len(W)] = W.T
    return squares.reshape(-1, side, side)


def projected_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the product of all weights from each top unit down to the pixels, (H, rows, columns)."""
    tiles: Floats = projected_weights(model_of(key)).T.reshape(-1, *shape).numpy()
    return tiles


def level_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the weights of each unit of the lowest level to the pixels, upwards, (H, rows, columns)."""
    tiles: Floats = cast(DBN, model_of(key)).levels[0].W.T.reshape(-1, *shape).numpy()
    return tiles


def generative_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the same weights downwards, (H, rows, columns)."""
    tiles: Floats = cast(DBN, model_of(key)).levels[0].G.T.reshape(-1, *shape).numpy()
    return tiles


def asymmetry_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return how far the two are apart, |R − W′ᵀ|, (H, rows, columns)."""
    apart: Floats = np.abs(level_tiles(key, shape) - generative_tiles(key, shape))
    return apart


def tile_limit(subjects: Sequence[Subject], tiles: str) -> float:
    """Return the end of a colour scale for tiles of all subjects at all epochs: all but the 0.2 % largest fit in."""
    return max(_largest(snapshot_of(subject, subject.epochs[-1]), tiles) for subject in subjects) or 1.0


@lru_cache(maxsize=256)
def _largest(key: Key, tiles: str) -> float:
    model = cast(DBN, model_of(key))
    shape = (1, model.n_visible)
    values = {"top": top_tiles, "projected": projected_tiles, "level": level_tiles, "asymmetry": asymmetry_tiles}
    return float(np.nanquantile(np.abs(values[tiles](key, shape)), 0.998))
