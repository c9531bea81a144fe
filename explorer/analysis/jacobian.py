"""How codes answer to small changes of an image: the encoder's Jacobian, its singular values, its tangent images.

J = ∂f/∂x (C, V) at an image. A singular value says by how much the code moves when the image moves along its right
singular vector, an image itself. Where few values are large, these directions are the tangents of the manifold of
images (Rifai et al., "The manifold tangent classifier", 2011). Of one layer J = diag(s'(a)) Wᵀ, of several layers the
product of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.arrays import Floats
from explorer.models.autoencoder import SLOPES, Autoencoder
from explorer.models.contractive import squared_jacobian

AT_ONCE = 2**24  # numbers of the Jacobians that are held at a time: 64 MB


@dataclass(frozen=True)
class Spectrum:
    """Singular values of the Jacobian at N images (N, min(C, V)), the largest first, and its leading tangent images.

    `tangents` (N, T, V) have length 1; the largest pixel of each is positive, as its sign means nothing.
    """

    values: Floats
    tangents: Floats

    @property
    def norm(self) -> Floats:
        """‖J‖_F of each image, (N,)."""
        return np.asarray(np.sqrt(np.square(self.values).sum(axis=1)), np.float32)


@torch.no_grad()
def jacobian(model: Autoencoder, x: Tensor) -> Tensor:
    """Return ∂code/∂x at images x, (N, V) → (N, C, V)."""
    return _product(model, x, model.encoder_weights()[0])


@torch.no_grad()
def spectrum(model: Autoencoder, x: Tensor, tangents: int) -> Spectrum:
    """Return the singular values of the Jacobian at images x (N, V), and the leading `tangents` of its directions.

    With W₁ = QR of the first layer, J = J_R Qᵀ and Q's columns are orthonormal: what is decomposed, J_R, is no larger
    than that layer.
    """
    Q, R = torch.linalg.qr(model.encoder_weights()[0])
    rank = min(model.code_size, x.shape[1])
    values, directions = torch.zeros(len(x), rank), torch.zeros(len(x), min(tangents, rank), x.shape[1])
    for image in range(len(x)):
        (J_R,) = _product(model, x[image : image + 1], R)
        _, s, right = torch.linalg.svd(J_R, full_matrices=False)
        values[image, : len(s)] = s
        directions[image, : len(right)] = right[: directions.shape[1]] @ Q.T
    strongest = directions.gather(2, directions.abs().argmax(dim=2, keepdim=True))
    return Spectrum(values.numpy(), torch.where(strongest < 0, -directions, directions).numpy())


@torch.no_grad()
def jacobian_norm(model: Autoencoder, x: Tensor) -> Tensor:
    """Return ‖J‖_F at images x, (N, V) → (N,): the root of what the contractive penalty is made of."""
    count = max(1, AT_ONCE // (model.code_size * max(model.sizes)))
    return torch.cat([squared_jacobian(model, model.layers(part)) for part in torch.split(x, count)]).sqrt()


def _product(model: Autoencoder, x: Tensor, first: Tensor) -> Tensor:
    """Return the product of the layers' Jacobians from the code down, (N, C, M), with `first` (M, H₁) in W₁'s place."""
    *hidden, code = model.layers(x)
    *between, last = (first, *model.encoder_weights()[1:])
    J = SLOPES[model.code_activation](code)[:, :, None] * last.T
    for h, W in zip(reversed(hidden), reversed(between), strict=True):
        J = (J * SLOPES[model.activation](h)[:, None, :]) @ W.T
    return J


def weight_norm(W: Tensor) -> float:
    """Return ‖W‖_F of weights."""
    return float(W.norm())
