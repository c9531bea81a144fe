"""How probable a variational autoencoder finds images: bounds of log p(x), and its value where z has one or two axes.

All in nats per image; L₁ = ELBO ≤ L₅ ≤ L₅₀ ≤ … ≤ log p(x) (Burda, Grosse & Salakhutdinov 2016, theorem 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from explorer.models.variational import LOG_2_PI, VariationalModel, log_mean_exp, log_weights

DECODED_AT_ONCE = 20_000  # latents; bounds the memory of large samples
QUADRATURE_REACH = 5.0, 12.0  # prior standard deviations on either side: as far as any posterior reaches, in between
POSTERIOR_REACH = 5.0  # standard deviations around its mean
QUADRATURE_STEP = 0.025  # narrower than the posterior of a well trained model of two latents
Pulse = Callable[[], None]


def importance_bound(
    model: VariationalModel, x: Tensor, samples: int, generator: torch.Generator, pulse: Pulse = lambda: None
) -> Tensor:
    """Return L_k of each image by `samples` samples, (B, V) → (B,); many samples are drawn in parts.

    `pulse` is called often; it may raise to end this.
    """
    count = max(1, DECODED_AT_ONCE // len(x))
    parts = []
    for first in range(0, samples, count):
        pulse()
        parts.append(log_weights(model, x, min(count, samples - first), generator))
    return log_mean_exp(torch.cat(parts))


def quadrature(
    model: VariationalModel, x: Tensor, step: float = QUADRATURE_STEP, pulse: Pulse = lambda: None
) -> Tensor:
    """Return log p(x) = log ∫ p(x|z) N(z; 0, I) dz by the trapezoidal rule for 1 or 2 latents, (B, V) → (B,).

    Raises:
        ValueError: there are more latents, for which no grid is fine enough; take `importance_bound`.
    """
    if model.latent_size > 2:
        raise ValueError(f"quadrature takes 1 or 2 latents, not {model.latent_size}; take importance_bound()")
    mean, log_variance = model.encode(x)
    needed = float((mean.abs() + POSTERIOR_REACH * torch.exp(0.5 * log_variance)).max())
    reach = min(max(QUADRATURE_REACH[0], needed), QUADRATURE_REACH[1])
    axis = torch.arange(-reach, reach + step / 2, step, device=x.device)
    total = torch.full((len(x),), -math.inf, dtype=torch.float64, device=x.device)
    grid = torch.cartesian_prod(*[axis] * model.latent_size).view(-1, model.latent_size)
    for z in torch.split(grid, DECODED_AT_ONCE // 4):
        pulse()
        prior = -0.5 * (z.square() + LOG_2_PI).sum(dim=1)
        joint = _log_prob_of_all(model, x, z) + prior
        total = torch.logaddexp(total, torch.logsumexp(joint.double(), dim=1))
    return total + model.latent_size * math.log(step)


def _log_prob_of_all(model: VariationalModel, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x|z) of each image with each latent, (B, V) and (N, Z) → (B, N)."""
    if model.decoder == "bernoulli":  # Σ x·l − log(1 + eˡ): one product serves all pairs
        logits = model.pixel_parameters(z)
        return x @ logits.T - torch.nn.functional.softplus(logits).sum(dim=1)
    return torch.stack([model.log_prob(image.expand(len(z), -1), z) for image in x])
