"""The weights of a deep belief network's units as images, one for each unit."""

from __future__ import annotations

from explorer.analysis.dbn_measures import projected_weights
from explorer.arrays import Floats
from explorer.models.dbn import DBN
from explorer.plots.tiles import squares
from explorer.ui.shelf.snapshots import Key, model_of


def top_tiles(key: Key, _shape: tuple[int, int]) -> Floats:
    """Return the weights of each top unit to the layer below as a square, (H, side, side); left-over pixels are NaN."""
    return squares(model_of(key, DBN).top.W.numpy().T)


def projected_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the product of all weights from each top unit down to the pixels, (H, rows, columns)."""
    tiles: Floats = projected_weights(model_of(key, DBN)).T.reshape(-1, *shape).numpy()
    return tiles


def level_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the weights of each unit of the lowest level to the pixels, upwards, (H, rows, columns)."""
    tiles: Floats = model_of(key, DBN).levels[0].W.T.reshape(-1, *shape).numpy()
    return tiles


def generative_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the same weights downwards, (H, rows, columns)."""
    tiles: Floats = model_of(key, DBN).levels[0].G.T.reshape(-1, *shape).numpy()
    return tiles


def asymmetry_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return how far the two are apart, |R − W′ᵀ|, (H, rows, columns)."""
    return abs(level_tiles(key, shape) - generative_tiles(key, shape))
