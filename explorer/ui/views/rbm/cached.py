"""Restricted Boltzmann machines of snapshots and what is computed of them, once for all sessions."""

from __future__ import annotations

import torch

from explorer.analysis.activation import Activation, activation
from explorer.models.rbm import RBM
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of


def rbm_of(subject: Subject, epoch: int | None = None) -> RBM:
    """Return the RBM of the subject's newest snapshot up to an epoch, by default the one shown."""
    return model_of(snapshot_of(subject, epoch), RBM)


def activation_of(subject: Subject) -> Activation:
    """Return the hidden activity over all test images at the epoch shown."""
    return _activation(snapshot_of(subject), subject.shown_set)


@remembered("Looking at the hidden units …")
def _activation(key: Key, dataset: str) -> Activation:
    return activation(model_of(key, RBM), test_images(dataset).test, torch.Generator().manual_seed(0))
