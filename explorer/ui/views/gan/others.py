"""Samples of models of other kinds, for comparison: of the variational autoencoder and of the RBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.digit_classifier import DATASETS
from explorer.analysis.sample_quality import samples_of
from explorer.data.catalogue import CATALOGUE
from explorer.models.config import default_values
from explorer.models.rbm import RBM
from explorer.models.registry import kind_of
from explorer.models.resizing import SIDE
from explorer.models.variational import VariationalModel
from explorer.runs.nearest import nearest
from explorer.ui.shelf.pictured import pictured_runs
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, key_of, model_of, readable_epochs

OtherKind = Literal["vae", "rbm"]
GIBBS_STEPS = 1_000
SEED = 0


@dataclass(frozen=True)
class Other:
    """A trained model of another kind: which it is, its snapshot, and what to say of it."""

    kind: OtherKind
    key: Key
    description: str

    @property
    def name(self) -> str:
        """What it is called."""
        return kind_of(self.kind).short


def other_of(kind: OtherKind, dataset: str) -> Other | None:
    """Return the run of a kind that is nearest to the kind's defaults on the same digits, at its last epoch."""
    wanted = default_values(kind_of(kind).config_class()) | {"dataset": dataset}
    alike = DATASETS if dataset in DATASETS else (dataset,)
    id_ = nearest(wanted, [(id_, settings) for id_, settings in pictured_runs(kind) if settings["dataset"] in alike])
    if id_ is None:
        return None
    run = library().pictured(id_)
    epochs = readable_epochs(run)[0] if run else ()
    if not run or not epochs:
        return None
    said = f"{CATALOGUE[run.settings['dataset']].title}; {epochs[-1]} epochs, {_how(kind)} ({id_})"
    return Other(kind, key_of(run, epochs[-1]), said)


def samples_of_other(kind: OtherKind, key: Key, count: int) -> NDArray[np.float32]:
    """Return pixel probabilities of samples of a snapshot, (count, 28, 28) in [0, 1]."""
    model = model_of(key, VariationalModel if kind == "vae" else RBM)
    images = samples_of(model, count, GIBBS_STEPS, torch.Generator().manual_seed(SEED))
    return np.asarray(images.view(-1, SIDE, SIDE).numpy())


def _how(kind: OtherKind) -> str:
    return "decoded from z ~ N(0, I)" if kind == "vae" else f"{GIBBS_STEPS:,} Gibbs steps from random states"
