"""How deep belief networks, and what they were made of, feed the views that all kinds of models share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.reconstruction import Reconstruction, reconstruct, reconstruct_deep
from explorer.models.dbn import DBN
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.ui.components.panel import OFF_AND_ON
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dbn.cached import base_of, config_of, rbm_at_start
from explorer.ui.views.generate import Dreamer, Sampler
from explorer.ui.views.reconstructions import Look, Passage, Passed

PIXELS = ("probabilities", "sampled pixels")
TOP_STATE = "top state"


def _passed(through: Reconstruction) -> Passed:
    units = through.states.shape[1]
    return Passed(
        through.input,
        through.states,
        {"probabilities": through.means, "sampled pixels": through.samples},
        through.error,
        tuple(f"{int(state.sum())} of {units} units on" for state in through.states),
    )


def _deep(key: Key, pixels: NDArray[np.uint8], draw: int, cd_k: int) -> Passed:
    model, draws = model_of(key, DBN), torch.Generator().manual_seed(draw)
    return _passed(reconstruct_deep(model, pixels, cd_k, draws))


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    return _deep(snapshot_of(subject, epoch), pixels, draw, config_of(subject).cd_k)


def _through_base(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    base = subject.config_as(FineTunedDBNConfig).base
    return _deep(base_of(subject), pixels, draw, base.cd_k)


def _through_rbm(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    draws = torch.Generator().manual_seed(draw)
    return _passed(reconstruct(rbm_at_start(base_of(subject)), pixels, draws))


PASSAGE = Passage(_through, PIXELS, TOP_STATE, lambda _: Look("share", 0, 1, OFF_AND_ON), random=True, name="DBN")
FINE_TUNED_PASSAGE = replace(PASSAGE, name="Fine-tuned")
BASE_PASSAGE = replace(PASSAGE, through=_through_base, moves=False)
RBM_PASSAGE = replace(PASSAGE, through=_through_rbm, code_title="hidden state", name="RBM", moves=False)


def _dreamer(key: Key) -> Dreamer:
    model = model_of(key, DBN)

    def up(v: torch.Tensor, draws: torch.Generator) -> torch.Tensor:
        return model.top.sample_hidden(model.up(v, draws)[-1], draws)

    return Dreamer(model.top, model.observe, up, model.down)


def _rbm_dreamer(key: Key) -> Dreamer:
    rbm = rbm_at_start(key)
    return Dreamer(rbm, rbm.observe, rbm.sample_hidden)


SAMPLER = Sampler(snapshot_of, _dreamer, "DBN", state=TOP_STATE, energy="energy of the top RBM")
FINE_TUNED_SAMPLER = replace(SAMPLER, name="Fine-tuned")
BASE_SAMPLER = replace(SAMPLER, snapshot=base_of)
RBM_SAMPLER = Sampler(base_of, _rbm_dreamer, "RBM")
