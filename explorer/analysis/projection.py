"""Flat pictures of latent spaces: two latents, the two principal axes, or UMAP.

N images, Z latents. A projection that is linear can be walked backwards, from the picture to the latent space.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np

from explorer.analysis.pca import principal_directions
from explorer.arrays import Floats

HEIGHT = 2.5  # up and down, of points that have none of their own
OUTSIDE = 0.005  # share of the points on each side that may lie outside a map's decoded part


@dataclass(frozen=True, eq=False)
class LinearProjection:
    """p = (z − origin) axesᵀ with orthonormal axes (2, Z) and origin (Z,)."""

    axes: Floats
    origin: Floats

    def project(self, z: Floats) -> Floats:
        """Return positions (..., 2) of latents (..., Z)."""
        return np.asarray((z - self.origin) @ self.axes.T, np.float32)

    def through(self, center: Floats) -> LinearProjection:
        """Return the picture of the same latents, each its own, the others staying at a center (Z,) instead of 0."""
        return replace(self, origin=center * (1 - self.axes.sum(axis=0)))

    def back(self, positions: Floats) -> Floats:
        """Return the latents (..., Z) in the plane of the picture at positions (..., 2)."""
        return np.asarray(self.origin + positions @ self.axes, np.float32)


def two_latents(latents: int, first: int, second: int) -> LinearProjection:
    """Return the picture of two latents, all others 0; of a single latent, the second axis stands still."""
    axes = np.zeros((2, latents), np.float32)
    axes[0, first] = 1
    if second != first:
        axes[1, second] = 1
    return LinearProjection(axes, np.zeros(latents, np.float32))


def spread_out(positions: Floats, seed: int = 0) -> Floats:
    """Return positions (F, N, 2) with a random height for each point, so that points on a line hide no others."""
    heights = np.random.default_rng(seed).uniform(-HEIGHT, HEIGHT, positions.shape[1])
    return np.stack([positions[..., 0], np.broadcast_to(heights, positions.shape[:2])], axis=-1).astype(np.float32)


def surroundings(positions: Floats, least: float = 0.0) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the lowest and highest x and y around positions (N, 2), at least from −`least` to `least`.

    A few points at the edges may lie outside, and there is a small margin.
    """
    low, high = np.quantile(positions, [OUTSIDE, 1 - OUTSIDE], axis=0)
    margin = 1e-3 + 0.05 * (high - low)
    ends = zip(low - margin, high + margin, strict=True)
    x, y = ((min(-least, float(a)), max(least, float(b))) for a, b in ends)
    return x, y


def places_between(x: tuple[float, float], y: tuple[float, float], side: int) -> Floats:
    """Return the positions of a square grid, row by row from the lowest y, (side · side, 2)."""
    across, up = (np.linspace(low, high, side, dtype=np.float32) for low, high in (x, y))
    return np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)


def principal_axes(z: Floats) -> LinearProjection:
    """Return the picture of the two directions in which latents (N, Z) vary most.

    Where they don't vary at all, no direction is different from another, and the first two latents are taken.
    """
    if (z == z[0]).all():
        return two_latents(z.shape[1], 0, 1)
    mean = z.mean(axis=0, dtype=np.float64).astype(np.float32)
    directions, _ = principal_directions(z - mean)
    return LinearProjection(directions[:2], mean)


def umap(z: Floats, seed: int = 0) -> Floats:
    """Return positions (N, 2) that keep neighbours together (McInnes, Healy & Melville 2018), in some ten seconds.

    It is computed by a program of its own: its libraries would stay in this process, 130 MB of them.
    """
    given = io.BytesIO()
    np.save(given, z)
    command = [sys.executable, "-m", "explorer.analysis.umap_program", str(seed)]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}  # it finds what this process finds
    done = subprocess.run(command, input=given.getvalue(), env=os.environ | paths, check=True, stdout=subprocess.PIPE)  # noqa: S603
    return np.asarray(np.load(io.BytesIO(done.stdout)), np.float32)
