"""Analyses of RBM snapshots that views share, computed once for all sessions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.activation import Activation, activation
from explorer.analysis.reconstruction import reconstruct
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.sampling import Binarize
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.generate import Dreamer, Sampler
from explorer.ui.views.reconstructions import Look, Passage, Passed


def config_of(subject: Subject) -> RBMConfig:
    """Return the subject's config as an RBM's."""
    return cast(RBMConfig, subject.config)


def rbm_of(subject: Subject, epoch: int | None = None) -> RBM:
    """Return the RBM of the subject's newest snapshot up to an epoch, by default the one shown."""
    return cast(RBM, model_of(snapshot_of(subject, epoch)))


def activation_of(subject: Subject) -> Activation:
    """Return the hidden activity over all test images at the epoch shown."""
    config = config_of(subject)
    return _activation(snapshot_of(subject), shown_set(config.dataset), config.binarize)


@st.cache_resource(max_entries=16, show_spinner=False)
def _activation(key: Key, dataset: str, mode: Binarize) -> Activation:
    return activation(model_of(key), test_images(dataset).test, mode, torch.Generator().manual_seed(0))


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    passed = reconstruct(
        rbm_of(subject, epoch), pixels, config_of(subject).binarize, torch.Generator().manual_seed(draw)
    )
    return Passed(
        passed.input,
        passed.states,
        {"probabilities": passed.probabilities, "sampled pixels": passed.samples},
        passed.error,
        tuple(f"{int(state.sum())} of {len(state)} units on" for state in passed.states),
    )


PASSAGE = Passage(
    _through, ("probabilities", "sampled pixels"), "hidden state", lambda _: Look("pixels", 0, 1), random=True
)


def _dreamer(key: Key) -> Dreamer:
    rbm: RBM = model_of(key)
    return Dreamer(rbm, rbm.sample_hidden)


SAMPLER = Sampler(snapshot_of, _dreamer)


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
