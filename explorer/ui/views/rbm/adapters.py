"""How restricted Boltzmann machines feed the views that all kinds of models share."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.reconstruction import reconstruct
from explorer.models.rbm import RBM
from explorer.ui.components.panel import OFF_AND_ON
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.generate import Dreamer, Sampler
from explorer.ui.views.rbm.cached import rbm_of
from explorer.ui.views.reconstructions import Look, Passage, Passed


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], draw: int, means: str) -> Passed:
    passed = reconstruct(rbm_of(subject, epoch), pixels, torch.Generator().manual_seed(draw))
    return Passed(
        passed.input,
        passed.states,
        {means: passed.means, "sampled pixels": passed.samples},
        passed.error,
        tuple(f"{int(state.sum())} of {len(state)} units on" for state in passed.states),
    )


def _passage(means: str) -> Passage:
    through = partial(_through, means=means)
    look = Look("share", 0, 1, OFF_AND_ON)
    return Passage(through, (means, "sampled pixels"), "hidden state", lambda _: look, random=True)


PASSAGE = _passage("probabilities")
GAUSSIAN_PASSAGE = _passage("means")


def _dreamer(key: Key) -> Dreamer:
    rbm = model_of(key, RBM)
    return Dreamer(rbm, rbm.observe, rbm.sample_hidden)


SAMPLER = Sampler(snapshot_of, _dreamer)
GAUSSIAN_SAMPLER = replace(SAMPLER, pixels="means E[v | h]")
