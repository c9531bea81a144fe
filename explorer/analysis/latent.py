"""The latent space of a variational autoencoder: where images lie in it, and which latents are used.

N images, Z latents, V pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from explorer.arrays import Floats
from explorer.models.variational import VariationalModel, kl_to_prior

ACTIVE_ABOVE = 0.01  # variance of the posterior mean over images (Burda, Grosse & Salakhutdinov 2016, section 5)


@dataclass(frozen=True)
class Posterior:
    """q(z|x) = N(mean, variance) of N images, (N, Z) each, and KL(q(z|x) ‖ p(z)) of each latent (Z,) in nats."""

    mean: Floats
    variance: Floats
    kl: Floats

    @property
    def active(self) -> NDArray[np.bool_]:
        """Whether each latent (Z,) carries anything of the image: the variance of its mean is above 0.01."""
        return np.asarray(self.mean.var(axis=0) > ACTIVE_ABOVE)


@dataclass(frozen=True)
class PassedThrough:
    """B images on their way through a model.

    As it saw them (B, V), mean codes (B, Z), images decoded from these and from samples of the code (B, V), and Σ over
    pixels of (grey value − image from the mean)², (B,).
    """

    seen: Floats
    code: Floats
    from_mean: Floats
    from_sample: Floats
    error: Floats


@torch.no_grad()
def posterior(model: VariationalModel, pixels: NDArray[np.uint8], generator: torch.Generator) -> Posterior:
    """Return q(z|x) of images of bytes (N, V), their pixels as in training."""
    mean, log_variance = model.encode(model.observe(torch.tensor(pixels), generator))
    kl = kl_to_prior(mean, log_variance).mean(dim=0)
    return Posterior(mean.numpy(), log_variance.exp().numpy(), kl.numpy())


@torch.no_grad()
def decoded_grid(
    model: VariationalModel, x: Floats, y: Floats, dimensions: tuple[int, int] = (0, 1), at: Floats | None = None
) -> Floats:
    """Return the images at all pairs of two latents' values, (rows, columns, V): row r has y[r], column c has x[c].

    dimensions: which latents x and y are; where both are the same, only x counts. `at` (Z,) holds the others, by
    default 0.
    """
    z = torch.zeros(len(y), len(x), model.latent_size)
    if at is not None:
        z[:] = torch.tensor(at)
    z[..., dimensions[0]] = torch.tensor(x)
    if dimensions[1] != dimensions[0]:
        z[..., dimensions[1]] = torch.tensor(y)[:, None]
    return model.decode(z.flatten(0, 1)).view(len(y), len(x), -1).numpy()


@torch.no_grad()
def traversals(model: VariationalModel, values: Floats, at: Floats) -> Floats:
    """Return images in which one latent after the other takes each of `values`, the rest staying at `at` (Z,).

    Returns (Z, values, V).
    """
    z = torch.tensor(at).repeat(model.latent_size, len(values), 1)
    for latent in range(model.latent_size):
        z[latent, :, latent] = torch.tensor(values)
    return model.decode(z.flatten(0, 1)).view(model.latent_size, len(values), -1).numpy()


def interpolate(start: Floats, end: Floats, steps: int, *, spherical: bool = False) -> Floats:
    """Return `steps` latents from `start` to `end` (Z,), both included, on a line or on a great circle (steps, Z).

    On the circle the length changes evenly from one end's to the other's (Shoemake 1985). Ends in one direction, or in
    opposite ones, have no great circle of their own: then the line is taken.
    """
    t = np.linspace(0, 1, steps)[:, None]
    start, end = start.astype(np.float64), end.astype(np.float64)  # nearly opposite ends need all digits
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    straight = np.asarray((1 - t) * start + t * end, np.float32)
    if not spherical or min(lengths) == 0:
        return straight
    a, b = start / lengths[0], end / lengths[1]
    angle = float(np.arccos(np.clip(a @ b, -1, 1)))
    if np.sin(angle) < 1e-6:
        return straight
    direction = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    return np.asarray(direction * ((1 - t) * lengths[0] + t * lengths[1]), np.float32)


def noise(latent_size: int, count: int, seed: int) -> Floats:
    """Return z ~ N(0, I), (count, Z); of more of the same seed the first are the same."""
    return np.random.default_rng(seed).standard_normal((count, latent_size)).astype(np.float32)


def lengths(z: Floats) -> Floats:
    """Return ‖z‖ of latents, (N, Z) → (N,)."""
    return np.asarray(np.linalg.norm(z, axis=1))


def around(corners: Floats, side: int, *, spherical: bool = False) -> Floats:
    """Return the way around four latents (4, Z) in `side` steps a leg, back to the first, (4 · side − 3, Z).

    The second corner is to the right of the first, the third below it.
    """
    first, second, third, fourth = corners
    legs = [interpolate(a, b, side, spherical=spherical) for a, b in pairwise((first, second, fourth, third, first))]
    return np.concatenate([legs[0], *(leg[1:] for leg in legs[1:])])


def square(corners: Floats, side: int, *, spherical: bool = False) -> Floats:
    """Return the latents between four (4, Z): first down both edges, then from edge to edge, (side, side, Z)."""
    first, second, third, fourth = corners
    left = interpolate(first, third, side, spherical=spherical)
    right = interpolate(second, fourth, side, spherical=spherical)
    return np.stack([interpolate(a, b, side, spherical=spherical) for a, b in zip(left, right, strict=True)])


def steps_of_prior(reach: float, side: int) -> Floats:
    """Return values (side,) from −reach to reach, between which the prior N(0, 1) has equal shares."""
    return np.asarray(ndtri(np.linspace(ndtr(-reach), ndtr(reach), side)), np.float32)


def equal_steps(reach: float, side: int) -> Floats:
    """Return values (side,) from −reach to reach in equal steps."""
    return np.linspace(-reach, reach, side, dtype=np.float32)


def varied(at: Floats, latent: int, values: Floats) -> Floats:
    """Return latents (values, Z) in which one takes each of some values, the rest staying at `at` (Z,)."""
    z = np.tile(at, (len(values), 1))
    z[:, latent] = values
    return z


@torch.no_grad()
def passed(model: VariationalModel, pixels: NDArray[np.uint8], generator: torch.Generator) -> PassedThrough:
    """Return images of bytes (B, V) on their way through a model, with and without the randomness of its code."""
    x = model.observe(torch.tensor(pixels), generator)
    mean, log_variance = model.encode(x)
    sampled = mean + torch.randn(mean.shape, generator=generator) * torch.exp(0.5 * log_variance)
    from_mean, from_sample = model.decode(mean), model.decode(sampled)
    error = (from_mean - torch.tensor(pixels) / 255).square().sum(dim=1)
    return PassedThrough(*(part.numpy() for part in (x, mean, from_mean, from_sample, error)))


def nearest(means: Floats, z: Floats, count: int) -> NDArray[np.int64]:
    """Return the indices of the `count` latents of (N, Z) that are nearest to z (Z,), nearest first."""
    distances = np.square(means - z).sum(axis=1)
    return np.argsort(distances, kind="stable")[:count]


def distances_from_images(q: Posterior, z: Floats) -> Floats:
    """Return how far each z (M, Z) is from the nearest image's mean, by the active latents, (M,)."""
    used = q.active
    return np.asarray(torch.cdist(torch.tensor(z[:, used]), torch.tensor(q.mean[:, used])).amin(dim=1).numpy())


def distances_between_images(q: Posterior, most: int = 1_000) -> Floats:
    """Return how far the means of the first images are from the nearest of another image, by the active latents."""
    means = torch.tensor(q.mean[:, q.active])
    return np.asarray(torch.cdist(means[:most], means).fill_diagonal_(torch.inf).amin(dim=1).numpy())


def typical(distances: Floats) -> float:
    """Return the distance that half of them exceed."""
    return float(np.median(distances))


def radius_holding(share: float) -> float:
    """Return the radius √(−2 ln(1 − share)) of the circle around 0 that holds a share of any two latents' prior."""
    return math.sqrt(-2 * math.log(1 - share))
