"""How codes answer to small changes of an image: the encoder's Jacobian, its singular values, its tangent images.

J = ∂f/∂x (C, V) at an image. A singular value says by how much the code moves when the image moves along its right
singular vector, an image itself. Where few values are large, these directions are the tangents of the manifold of
images (Rifai et al., "The manifold tangent classifier", 2011). Of one layer J = diag(s'(a)) Wᵀ, of several layers the
product of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.models.autoencoder import Activation, Autoencoder

Floats = NDArray[np.float32]
AT_ONCE = 2**24  # numbers of the Jacobians that are held at a time
# s'(a) by s(a)
SLOPES: dict[Activation, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: 1 - h * h,
    "relu": lambda h: (h > 0).to(h.dtype),
    "linear": torch.ones_like,
}


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
    return _to_first_layer(model, x) @ model.encoder_weights()[0].T


@torch.no_grad()
def spectrum(model: Autoencoder, x: Tensor, tangents: int) -> Spectrum:
    """Return the singular values of the Jacobian at images x (N, V), and the leading `tangents` of its directions.

    With W = QR of the first layer, J = (A Rᵀ) Qᵀ: what is decomposed is no larger than that layer. 20 images of 500
    units take five seconds.
    """
    Q, R = torch.linalg.qr(model.encoder_weights()[0])
    rank = min(model.code_size, x.shape[1])
    values, directions = torch.zeros(len(x), rank), torch.zeros(len(x), min(tangents, rank), x.shape[1])
    for image, A in enumerate(_to_first_layer(model, x)):
        _, s, right = torch.linalg.svd(A @ R.T, full_matrices=False)
        count = min(len(s), tangents)
        values[image, : len(s)] = s
        directions[image, :count] = right[:count] @ Q.T
    strongest = directions.gather(2, directions.abs().argmax(dim=2, keepdim=True))
    return Spectrum(values.numpy(), torch.where(strongest < 0, -directions, directions).numpy())


@torch.no_grad()
def jacobian_norm(model: Autoencoder, x: Tensor) -> Tensor:
    """Return ‖J‖_F at images x, (N, V) → (N,); of one layer by its closed form Σ s'(a)² ‖w‖² (Rifai et al. 2011)."""
    if len(model.sizes) == 2:
        slopes = SLOPES[model.code_activation](model.encode(x))
        return (slopes.square() @ model.encoder_weights()[0].square().sum(dim=0)).sqrt()
    narrowest = min(model.sizes[1:])
    R = torch.linalg.qr(model.encoder_weights()[0]).R
    count = max(1, AT_ONCE // (model.code_size * max(model.sizes)))
    parts = (_to_first_layer(model, images) @ R.T for images in torch.split(x, count))
    del narrowest
    return torch.cat([part.flatten(1).norm(dim=1) for part in parts])


def _to_first_layer(model: Autoencoder, x: Tensor) -> Tensor:
    """Return ∂code/∂(total input of the first layer), A in J = A W₁ᵀ, from the code down, (N, V) → (N, C, H₁)."""
    *hidden, code = model.layers(x)
    A = torch.diag_embed(SLOPES[model.code_activation](code))
    for h, W in zip(reversed(hidden), reversed(model.encoder_weights()[1:]), strict=True):
        A = (A @ W.T) * SLOPES[model.activation](h)[:, None, :]
    return A
