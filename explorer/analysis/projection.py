"""Flat pictures of latent spaces: two latents, the two principal axes, or UMAP.

N images, Z latents. A projection that is linear can be walked backwards, from the picture to the latent space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.arrays import Floats

UMAP_NEIGHBORS, UMAP_DISTANCE = 15, 0.1  # the method's own defaults


@dataclass(frozen=True, eq=False)
class LinearProjection:
    """p = (z − origin) axesᵀ with orthonormal axes (2, Z) and origin (Z,)."""

    axes: Floats
    origin: Floats

    def project(self, z: Floats) -> Floats:
        """Return positions (..., 2) of latents (..., Z)."""
        return np.asarray((z - self.origin) @ self.axes.T, np.float32)

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


def principal_axes(z: Floats) -> LinearProjection:
    """Return the picture of the two directions in which latents (N, Z) vary most (scikit-learn's PCA)."""
    from sklearn.decomposition import PCA

    fitted = PCA(2, svd_solver="covariance_eigh").fit(z)
    return LinearProjection(np.asarray(fitted.components_, np.float32), np.asarray(fitted.mean_, np.float32))


def umap(z: Floats, seed: int = 0) -> Floats:
    """Return positions (N, 2) that keep neighbours together (McInnes, Healy & Melville 2018), in some ten seconds."""
    import warnings

    import torch

    threads = torch.get_num_threads()  # numba sets the number for everybody
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numba and of the seed, which costs threads
            from umap import UMAP

            fitted = UMAP(n_neighbors=UMAP_NEIGHBORS, min_dist=UMAP_DISTANCE, random_state=seed).fit_transform(z)
    finally:
        torch.set_num_threads(threads)
    return np.asarray(fitted, np.float32)
