"""From an image through the hidden layer and back, and how a reconstruction adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.models.dbn import DBN
from explorer.models.rbm import RBM
from explorer.models.sampling import Binarize, bernoulli, binarize

Floats = NDArray[np.float32]
Order = Literal["largest first", "by index"]


@dataclass(frozen=True)
class Reconstruction:
    """B images on their way through a model: pixels in [0, 1] (B, V), hidden states (B, H), errors (B,).

    `error` is Σ over pixels of (grey value − probability)².
    """

    input: Floats
    states: Floats
    probabilities: Floats
    samples: Floats
    error: Floats


def reconstruct(rbm: RBM, pixels: NDArray[np.uint8], mode: Binarize, generator: torch.Generator) -> Reconstruction:
    """Return one step of v → h ~ p(h | v) → p(v | h) for images of bytes (B, V)."""
    grey = torch.tensor(pixels)
    v = binarize(grey, mode, generator)
    h = rbm.sample_hidden(v, generator)
    p = rbm.mean_visible(h)
    error = (p - grey / 255).square().sum(dim=1)
    return Reconstruction(*(x.numpy() for x in (v, h, p, bernoulli(p, generator), error)))


def reconstruct_deep(
    model: DBN, pixels: NDArray[np.uint8], mode: Binarize, steps: int, generator: torch.Generator
) -> Reconstruction:
    """Return images of bytes (B, V) after a way up to the top, Gibbs steps there, and the way down.

    The states (B, H_L) are those of the top layer after the last step.
    """
    grey = torch.tensor(pixels)
    v = binarize(grey, mode, generator)
    p, top = model.reconstruct(v, generator, steps)
    error = (p - grey / 255).square().sum(dim=1)
    return Reconstruction(*(x.numpy() for x in (v, top, p, bernoulli(p, generator), error)))


@dataclass(frozen=True)
class BuildUp:
    """A reconstruction as a sum over active units: S + 1 pictures (S + 1, V), the units (S,) in the order added."""

    pictures: Floats
    units: NDArray[np.int64]


def build_up(rbm: RBM, states: Floats, order: Order) -> BuildUp:
    """Return σ(a + Σ of the first n active units' weights) for n = 0, 1, …, for one hidden state (H,).

    "largest first" adds the units by falling norm of their weights.
    """
    units = np.flatnonzero(states)
    W = rbm.W.numpy()
    if order == "largest first":
        units = units[np.argsort(-np.linalg.norm(W[:, units], axis=0), kind="stable")]
    sums = rbm.a.numpy() + np.vstack([np.zeros((1, rbm.n_visible), np.float32), np.cumsum(W[:, units].T, axis=0)])
    return BuildUp(torch.sigmoid(torch.from_numpy(sums)).numpy(), units)
