"""Analyses of deep belief networks that views share, as they were trained layer by layer or fine-tuned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.activation import Activation, activity
from explorer.analysis.dbn_measures import asymmetry, projected_weights
from explorer.analysis.reconstruction import Reconstruction, reconstruct, reconstruct_deep
from explorer.errors import SnapshotNotFound
from explorer.models.dbn import DBN, DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBM
from explorer.models.sampling import Binarize, binarize
from explorer.plots.tiles import square_side
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.generate import Dreamer, Sampler
from explorer.ui.views.reconstructions import Look, Passage, Passed

Floats = NDArray[np.float32]
PIXELS = ("probabilities", "sampled pixels")
TOP_STATE = "top state"


def config_of(subject: Subject) -> DBNConfig | FineTunedDBNConfig:
    """Return the subject's config as that of a DBN."""
    return cast(DBNConfig | FineTunedDBNConfig, subject.config)


def dbn_of(subject: Subject, epoch: int | None = None) -> DBN:
    """Return the DBN of the subject's newest snapshot up to an epoch, by default the one shown."""
    return cast(DBN, model_of(snapshot_of(subject, epoch)))


def base_of(subject: Subject) -> Key:
    """Return the snapshot from before the first update: it holds what the model was built on.

    Of a DBN any other does, too: the layers below the top one stay as they are.

    Raises:
        SnapshotNotFound: it is not there, and fine-tuning has changed all layers in the others.
    """
    first = subject.epochs[0]
    if first > 0 and isinstance(subject.config, FineTunedDBNConfig):
        raise SnapshotNotFound(
            f"{subject.run.id} has no snapshot of epoch 0, which holds the models it was built on. Train it again."
        )
    return snapshot_of(subject, first)


def rbm_at_start(key: Key) -> RBM:
    """Return the RBM that the lowest level of a snapshot from before the first update is."""
    level = cast(DBN, model_of(key)).levels[0]
    return RBM.of(level.W, level.a, level.b)


def top_activation_of(subject: Subject) -> Activation:
    """Return the activity of the top layer over all test images at the epoch shown."""
    config = config_of(subject)
    return _top_activation(snapshot_of(subject), shown_set(config.dataset), config.binarize)


@st.cache_resource(max_entries=16, show_spinner=False)
def _top_activation(key: Key, dataset: str, mode: Binarize) -> Activation:
    model, draws = cast(DBN, model_of(key)), torch.Generator().manual_seed(0)
    v = binarize(torch.tensor(test_images(dataset).test), mode, draws)
    return activity(model.top, model.up(v, draws)[-1])


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


@lru_cache(maxsize=256)
def asymmetry_of(key: Key) -> Floats:
    """Return ‖R − W′‖ / ‖W′‖ of each unit of the lowest level, (H,)."""
    return np.asarray(asymmetry(cast(DBN, model_of(key)).levels[0]).numpy())


def tile_limit(subjects: Sequence[Subject], tiles: str) -> float:
    """Return the end of a colour scale for tiles of all subjects at all epochs: all but the 0.2 % largest fit in."""
    return max(_largest(snapshot_of(subject, subject.epochs[-1]), tiles) for subject in subjects) or 1.0


@lru_cache(maxsize=256)
def _largest(key: Key, tiles: str) -> float:
    model = cast(DBN, model_of(key))
    shape = (1, model.n_visible)
    values = {"top": top_tiles, "projected": projected_tiles, "level": level_tiles, "asymmetry": asymmetry_tiles}
    return float(np.nanquantile(np.abs(values[tiles](key, shape)), 0.998))


def _passed(through: Reconstruction) -> Passed:
    units = through.states.shape[1]
    return Passed(
        through.input,
        through.states,
        {"probabilities": through.probabilities, "sampled pixels": through.samples},
        through.error,
        tuple(f"{int(state.sum())} of {units} units on" for state in through.states),
    )


def _deep(subject: Subject, key: Key, pixels: NDArray[np.uint8], draw: int, cd_k: int) -> Passed:
    model, draws = cast(DBN, model_of(key)), torch.Generator().manual_seed(draw)
    return _passed(reconstruct_deep(model, pixels, config_of(subject).binarize, cd_k, draws))


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    return _deep(subject, snapshot_of(subject, epoch), pixels, draw, config_of(subject).cd_k)


def _through_base(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    base = cast(FineTunedDBNConfig, subject.config).base
    return _deep(subject, base_of(subject), pixels, draw, base.cd_k)


def _through_rbm(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    draws = torch.Generator().manual_seed(draw)
    return _passed(reconstruct(rbm_at_start(base_of(subject)), pixels, config_of(subject).binarize, draws))


PASSAGE = Passage(_through, PIXELS, TOP_STATE, lambda _: Look("pixels", 0, 1), random=True, name="DBN")
FINE_TUNED_PASSAGE = replace(PASSAGE, name="Fine-tuned")
BASE_PASSAGE = replace(PASSAGE, through=_through_base, moves=False)
RBM_PASSAGE = replace(PASSAGE, through=_through_rbm, code_title="hidden state", name="RBM", moves=False)


def _dreamer(key: Key) -> Dreamer:
    model = cast(DBN, model_of(key))
    return Dreamer(model.top, lambda v, draws: model.top.sample_hidden(model.up(v, draws)[-1], draws), model.down)


def _rbm_dreamer(key: Key) -> Dreamer:
    rbm = rbm_at_start(key)
    return Dreamer(rbm, rbm.sample_hidden)


SAMPLER = Sampler(snapshot_of, _dreamer, "DBN", TOP_STATE, "energy of the top RBM")
FINE_TUNED_SAMPLER = replace(SAMPLER, name="Fine-tuned")
BASE_SAMPLER = replace(SAMPLER, snapshot=base_of)
RBM_SAMPLER = Sampler(base_of, _rbm_dreamer, "RBM")
