"""Principal components: the best that a linear code of a given size can do, and what linear autoencoders come to.

N images, V pixels, K components, x (N, V) in [0, 1]. The first n components span the subspace from which the centred
training images are at the least squared distance (Pearson 1901; Eckart & Young 1936). A linear autoencoder with squared
error has no other minimum than this subspace (Baldi & Hornik 1989), in which it may take any axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.arrays import Doubles, Floats
from explorer.models.autoencoder import Autoencoder

ALIVE_ABOVE = 1e-6  # of the first variance; in single precision, less is not to be told from none


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Mean (V,), orthonormal components (K, V) by falling variance (K,).

    K is the rank of the centred training images, 0 where all are the same. Where more components are asked for than
    there are, all are taken.
    """

    mean: Floats
    components: Floats
    variance: Floats

    def codes(self, x: Floats, count: int) -> Floats:
        """Return images (..., V) on the first components, (..., count), or (..., K) where there are fewer."""
        return np.asarray((x - self.mean) @ self.components[:count].T, np.float32)

    @property
    def deviation(self) -> Floats:
        """The standard deviation of the training images along each component, (K,)."""
        return np.asarray(np.sqrt(self.variance))

    def decode(self, codes: Floats) -> Floats:
        """Return the images (..., V) of codes on the first components (..., count); no value is clipped."""
        return np.asarray(self.mean + codes @ self.components[: codes.shape[-1]], np.float32)

    def reconstruct(self, x: Floats, count: int) -> Floats:
        """Return what the first `count` components keep of images, (..., V) → (..., V)."""
        return self.decode(self.codes(x, count))

    def squared_error(self, x: Floats, count: int) -> Floats:
        """Return Σ over pixels of (x − reconstruction)² of each image, (N, V) → (N,)."""
        return np.asarray(np.square(x - self.reconstruct(x, count)).sum(axis=-1), np.float32)

    def floor(self, x: Floats) -> Doubles:
        """Return the mean squared error per image with 0, 1, …, K components, (N, V) → (K + 1,).

        As components are orthonormal, each takes the mean square of its codes off what is left.
        """
        taken = np.square(self.codes(x, len(self.components))).mean(axis=0, dtype=np.float64)
        whole = np.square(x - self.mean).sum(axis=-1).mean(dtype=np.float64)
        left: Doubles = whole - np.concatenate([[0.0], np.cumsum(taken)])
        return left.clip(min=0)


def principal_components(pixels: NDArray[np.uint8]) -> PrincipalComponents:
    """Return the components of training images of bytes (N, V); a second for 60,000 digits."""
    x = np.divide(pixels, 255, dtype=np.float32)
    mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    x -= mean  # beforehand: single precision would lose small variances beside a large mean
    if not x.any():  # all images are the same
        return PrincipalComponents(mean, np.zeros((0, x.shape[1]), np.float32), np.zeros(0, np.float32))
    directions, variance = principal_directions(x)
    alive = variance > ALIVE_ABOVE * variance[0]
    return PrincipalComponents(mean, directions[alive], variance[alive])


def principal_directions(x: Floats) -> tuple[Floats, Floats]:
    """Return the orthonormal directions (V, V) of centred x (N, V) by falling variance, and the variances (V,).

    They are the eigenvectors of the covariance, turned as in scikit-learn: an entry of the largest size is positive.
    scikit-learn itself would stay in a server's memory, 80 MB of it, and take a second to load.
    """
    variance, vectors = np.linalg.eigh((x.T @ x).astype(np.float64) / (len(x) - 1))
    variance, directions = variance[::-1].clip(min=0), vectors.T[::-1]
    largest = np.take_along_axis(directions, abs(directions).argmax(axis=1, keepdims=True), axis=1)
    return (directions * np.sign(largest)).astype(np.float32), variance.astype(np.float32)


def on_a_plane(codes: Floats) -> Floats:
    """Return codes (N, 0 … 2) as places (N, 2), with 0 on an axis that there is not."""
    return np.pad(codes, ((0, 0), (0, 2 - codes.shape[1])))


def has_linear_decoder(model: Autoencoder) -> bool:
    """Whether pixels are a linear function of the code, so that no code, linear or not, gives less error than PCA's."""
    return model.loss == "squared error" and (model.activation == "linear" or len(model.sizes) == 2)


def is_linear(model: Autoencoder) -> bool:
    """Whether pixels are a linear function of pixels: the autoencoder that becomes PCA."""
    return has_linear_decoder(model) and model.code_activation == "linear"


def decoder_subspace(model: Autoencoder) -> Floats:
    """Return by how much each code unit changes the pixels in a linear decoder, (C, V)."""
    first, *further = (W.detach().cpu() for W in model.decoder_weights())
    for W in further:
        first = first @ W
    return np.asarray(first.numpy(), np.float32)


def angles_to_pca(directions: Floats, pca: PrincipalComponents) -> Doubles:
    """Return the principal angles between a span of C directions (C, V) and the first C components, in degrees.

    Returns (min(C, K),), the largest first (Björck & Golub 1973). Directions that depend on one another span less;
    each dimension that is missing counts as 90°.
    """
    from scipy.linalg import subspace_angles

    wanted = pca.components[: len(directions)].astype(np.float64)
    angles = np.full(len(wanted), 90.0)
    if directions.any() and len(wanted):
        found = np.degrees(subspace_angles(directions.T.astype(np.float64), wanted.T))
        angles[len(angles) - len(found) :] = found
    return angles
