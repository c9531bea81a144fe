"""Variational autoencoders of snapshots and what is computed of them, once for all sessions."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.latent import Posterior, decoded_grid, distances_between_images, posterior
from explorer.arrays import Floats
from explorer.models.variational import VariationalModel
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of


def vae_of(subject: Subject, epoch: int | None = None) -> VariationalModel:
    """Return the model of that snapshot."""
    return model_of(snapshot_of(subject, epoch), VariationalModel)


def posterior_of(subject: Subject, epoch: int | None = None) -> Posterior:
    """Return q(z|x) of all test images at that snapshot."""
    return _posterior(snapshot_of(subject, epoch), subject.shown_set)


@remembered("Encoding the test images …")
def _posterior(key: Key, dataset: str) -> Posterior:
    return posterior(model_of(key, VariationalModel), test_images(dataset).test, torch.Generator().manual_seed(0))


@remembered()
def between_images(key: Key, dataset: str) -> Floats:
    """Return how far the means of test images are from the nearest of another one at a snapshot."""
    return distances_between_images(_posterior(key, dataset))


@remembered("Decoding …")
def grid_of(key: Key, x: tuple[float, ...], y: tuple[float, ...], dimensions: tuple[int, int], at: bytes) -> Floats:
    """Return the images at all pairs of two latents' values, (rows, columns, V); `at` are the others, as float32."""
    values = np.frombuffer(at, np.float32)
    return decoded_grid(
        model_of(key, VariationalModel), np.array(x, np.float32), np.array(y, np.float32), dimensions, values
    )


def latents_of(subject: Subject, pixels: NDArray[np.uint8]) -> Floats:
    """Return the mean latents (B, Z) of images of bytes (B, V) at the epoch shown."""
    model = vae_of(subject)
    with torch.no_grad():
        x = model.observe(torch.tensor(pixels), torch.Generator().manual_seed(0))
        return np.asarray(model.encode(x)[0].numpy())


def decode(subject: Subject, z: Floats, epoch: int | None = None) -> Floats:
    """Return the decoded images (B, V) of latents (B, Z)."""
    with torch.no_grad():
        return np.asarray(vae_of(subject, epoch).decode(torch.tensor(z)).numpy())
