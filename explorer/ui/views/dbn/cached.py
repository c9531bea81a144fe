"""Deep belief networks of snapshots and what is computed of them, once for all sessions."""

from __future__ import annotations

import numpy as np
import torch

from explorer.analysis.activation import Activation, activity
from explorer.analysis.dbn_measures import asymmetry
from explorer.arrays import Floats
from explorer.errors import SnapshotNotFound
from explorer.models.dbn import DBN, DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBM
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of


def config_of(subject: Subject) -> DBNConfig | FineTunedDBNConfig:
    """Return the subject's config as that of a DBN."""
    config = subject.config
    return config if isinstance(config, FineTunedDBNConfig) else subject.config_as(DBNConfig)


def dbn_of(subject: Subject, epoch: int | None = None) -> DBN:
    """Return the DBN of the subject's newest snapshot up to an epoch, by default the one shown."""
    return model_of(snapshot_of(subject, epoch), DBN)


def base_of(subject: Subject) -> Key:
    """Return the snapshot from before the first update: it holds what the model was built on.

    Of a DBN any other does, too: the layers below the top one stay as they are.

    Raises:
        SnapshotNotFound: it is not there, and fine-tuning has changed all layers in the others.
    """
    first = subject.epochs[0]
    if subject.config.origin and isinstance(subject.config, FineTunedDBNConfig):
        raise SnapshotNotFound(f"{subject.run.id} starts with {subject.config.start}: see there what it was built on.")
    if first > 0 and isinstance(subject.config, FineTunedDBNConfig):
        raise SnapshotNotFound(
            f"{subject.run.id} has no snapshot of epoch 0, which holds the models it was built on. Train it again."
        )
    return snapshot_of(subject, first)


def rbm_at_start(key: Key) -> RBM:
    """Return the RBM that the lowest level of a snapshot from before the first update is."""
    model = model_of(key, DBN)
    level = model.levels[0]
    return RBM.of(level.W, level.a, level.b, model.sees)


def top_activation_of(subject: Subject) -> Activation:
    """Return the activity of the top layer over all test images at the epoch shown."""
    return _top_activation(snapshot_of(subject), subject.shown_set)


@remembered()
def _top_activation(key: Key, dataset: str) -> Activation:
    model, draws = model_of(key, DBN), torch.Generator().manual_seed(0)
    v = model.observe(torch.tensor(test_images(dataset).test), draws)
    return activity(model.top, model.up(v, draws)[-1])


@remembered()
def asymmetry_of(key: Key) -> Floats:
    """Return ‖R − W′‖ / ‖W′‖ of each unit of the lowest level, (H,)."""
    return np.asarray(asymmetry(model_of(key, DBN).levels[0]).numpy())
