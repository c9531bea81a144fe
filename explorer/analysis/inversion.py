"""The noise by which a generator comes nearest to an image: gradient descent in z, as a GAN has no encoder.

From several z the squared error ‖G(z) − x‖² is minimised, with G as it is, and the best end is taken (Creswell &
Bharath, "Inverting the generator of a generative adversarial network", 2018; Lipton & Tripathi, "Precise recovery of
latent vectors from generative adversarial networks", 2017). The starts are the best of many z ~ N(0, I), the steps are
Adam's. What is found is one of many z with nearly the same image, and not the nearest image that G could make.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.gan_networks import generate
from explorer.analysis.gibbs import recorded_steps
from explorer.analysis.latent import noise
from explorer.arrays import Floats
from explorer.models.adam import Adam
from explorer.models.dcgan import DCGAN

STARTS, STEPS = 16, 100
RATE = 0.05  # of Adam; twice as much ends further from the image
WORK = 4.2e10  # multiply-adds of a search: half a second; a wide generator has fewer starts


@dataclass(frozen=True)
class Pool:
    """Noise that a search may start with, (N, Z), and what the generator makes of it, (N, S, S) in [0, 1]."""

    z: Floats
    images: Floats


@dataclass(frozen=True)
class Search:
    """The search that ended nearest, at T of its steps: z (T, Z), images (T, S, S) and squared errors (T,)."""

    steps: list[int]
    z: Floats
    images: Floats
    error: Floats


def pool_of(model: DCGAN, count: int, seed: int = 0) -> Pool:
    """Return `count` z ~ N(0, I) with their images; the same serve for all targets."""
    z = noise(model.latent_size, count, seed)
    return Pool(z, generate(model, z))


def starts_of(model: DCGAN, steps: int = STEPS) -> int:
    """Return from how many z a search of so many steps begins: a step back takes twice the work of one forward."""
    return max(1, min(STARTS, int(WORK / (3 * steps * model.generator_cost))))


def find_noise(model: DCGAN, target: Floats, pool: Pool, steps: int = STEPS, starts: int | None = None) -> Search:
    """Return how z is found for a target (S, S) in [0, 1], from the nearest images of the pool.

    starts: how many of these, by default as many as `starts_of` allows.
    """
    starts = starts or starts_of(model, steps)
    distance = np.square(pool.images - target).sum(axis=(1, 2))
    z = torch.tensor(pool.z[np.argsort(distance, kind="stable")[:starts]])
    wanted, optimizer = torch.tensor(target), Adam({"z": z}, RATE)
    kept = recorded_steps(steps)
    record = []
    for step in range(steps + 1):
        images = model.sample(z)
        error = (images - wanted).square().sum(dim=(1, 2))  # (starts,): each start has a search of its own
        if step in kept:
            record.append((z.detach().clone(), images.detach(), error.detach()))
        if step < steps:
            optimizer.minimize(error.sum())
    best = int(record[-1][2].argmin())
    return Search(kept, *(torch.stack([each[best] for each in part]).numpy() for part in zip(*record, strict=True)))
