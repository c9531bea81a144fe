"""From an image through the hidden layer and back, and how a reconstruction adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.arrays import Floats
from explorer.models.dbn import DBN
from explorer.models.rbm import RBM
from explorer.models.sampling import bernoulli

Order = Literal["largest first", "by index"]


@dataclass(frozen=True)
class Reconstruction:
    """B images on their way through a model: grey values (B, V), hidden states (B, H), errors (B,).

    `means` are the visible units' given the states, of binary units probabilities; `samples` are drawn from them.
    `error` is Σ over pixels of (grey value − mean)².
    """

    input: Floats
    states: Floats
    means: Floats
    samples: Floats
    error: Floats


def reconstruct(rbm: RBM, pixels: NDArray[np.uint8], generator: torch.Generator) -> Reconstruction:
    """Return one step of v → h ~ p(h | v) → p(v | h) for images of bytes (B, V)."""
    grey = torch.tensor(pixels)
    v = rbm.observe(grey, generator)
    h = rbm.sample_hidden(v, generator)
    means = rbm.mean_visible(h)
    pictures = (rbm.picture(x) for x in (v, means, rbm.visible.sample(means, generator)))
    return _reconstruction(grey, h, *pictures)


def reconstruct_deep(model: DBN, pixels: NDArray[np.uint8], steps: int, generator: torch.Generator) -> Reconstruction:
    """Return images of bytes (B, V) after a way up to the top, Gibbs steps there, and the way down.

    The states (B, H_L) are those of the top layer after the last step.
    """
    grey = torch.tensor(pixels)
    v = model.observe(grey, generator)
    p, top = model.reconstruct(v, generator, steps)
    return _reconstruction(grey, top, v, p, bernoulli(p, generator))


def _reconstruction(grey: Tensor, h: Tensor, v: Tensor, means: Tensor, samples: Tensor) -> Reconstruction:
    error = (means - grey / 255).square().sum(dim=1)
    return Reconstruction(*(x.numpy() for x in (v, h, means, samples, error)))


@dataclass(frozen=True)
class BuildUp:
    """A reconstruction as a sum over active units: S + 1 pictures (S + 1, V), the units (S,) in the order added."""

    pictures: Floats
    units: NDArray[np.int64]

    def states(self, state: Floats) -> Floats:
        """Return a hidden state (H,) after each step, (S + 1, H): off 0, still to be added ½, added 1."""
        frames: Floats = np.tile(state / 2, (len(self.units) + 1, 1)).astype(np.float32)
        for n, unit in enumerate(self.units, 1):
            frames[n:, unit] = 1
        return frames


def build_up(rbm: RBM, states: Floats, order: Order) -> BuildUp:
    """Return the picture of E[v | a + Σ of the first n active units' weights], n = 0, 1, …, for a hidden state (H,).

    "largest first" adds the units by falling norm of their weights.
    """
    units = np.flatnonzero(states)
    W = rbm.W.numpy()
    if order == "largest first":
        units = units[np.argsort(-np.linalg.norm(W[:, units], axis=0), kind="stable")]
    sums = rbm.a.numpy() + np.vstack([np.zeros((1, rbm.n_visible), np.float32), np.cumsum(W[:, units].T, axis=0)])
    return BuildUp(rbm.picture(rbm.visible.mean(torch.from_numpy(sums))).numpy(), units)
