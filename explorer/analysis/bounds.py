"""How probable a variational autoencoder finds images: bounds of log p(x), and its value where z has one or two axes.

All in nats per image; L₁ = ELBO ≤ L₅ ≤ L₅₀ ≤ … ≤ log p(x) (Burda, Grosse & Salakhutdinov 2016, theorem 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from explorer.models.variational import LOG_2_PI, VariationalModel, log_mean_exp, log_weights

QUADRATURE_REACH = 5.0, 12.0  # prior standard deviations on either side: as far as any posterior reaches, in between
POSTERIOR_REACH = 5.0  # standard deviations around its mean
Pulse = Callable[[], None]


def importance_bound(
    model: VariationalModel, x: Tensor, samples: int, generator: torch.Generator, pulse: Pulse = lambda: None
) -> Tensor:
    """Return L_k of each image by `samples` samples, (B, V) → (B,); `pulse` may raise to end this."""
    return log_mean_exp(importance_weights(model, x, samples, generator, pulse))


def importance_weights(
    model: VariationalModel, x: Tensor, samples: int, generator: torch.Generator, pulse: Pulse = lambda: None
) -> Tensor:
    """Return log p(x, zₖ) / q(zₖ|x) for samples of each image, (B, V) → (samples, B); many are drawn in parts."""
    most = model.decoded_at_once
    columns = []
    for images in torch.split(x, most):
        count = max(1, most // len(images))
        parts = []
        for first in range(0, samples, count):
            pulse()
            parts.append(log_weights(model, images, min(count, samples - first), generator))
        columns.append(torch.cat(parts))
    return torch.cat(columns, dim=1)


def nested_bounds(log_weight: Tensor, sizes: Sequence[int]) -> Tensor:
    """Return L_k of each image for each k of `sizes`, from the same weights (K, B), as (sizes, B).

    L_k is the mean over all K / k groups of k weights, so a k that is a multiple of another has no lower bound.

    Raises:
        ValueError: a size does not divide K.
    """
    if bad := [k for k in sizes if len(log_weight) % k]:
        raise ValueError(f"{len(log_weight)} samples cannot be split into groups of {bad[0]}")
    groups = (log_weight.view(-1, k, log_weight.shape[1]) for k in sizes)
    return torch.stack([(torch.logsumexp(g, dim=1) - math.log(g.shape[1])).mean(dim=0) for g in groups])


def quadrature(model: VariationalModel, x: Tensor, step: float | None = None, pulse: Pulse = lambda: None) -> Tensor:
    """Return log p(x) = log ∫ p(x|z) N(z; 0, I) dz by the trapezoidal rule for 1 or 2 latents, (B, V) → (B,).

    Raises:
        ValueError: there are more latents, for which no grid is fine enough; take `importance_bound`.
    """
    if model.latent_size > 2:
        raise ValueError(f"quadrature takes 1 or 2 latents, not {model.latent_size}; take importance_bound()")
    step = step or model.quadrature_step
    mean, log_variance = model.encode(x)
    needed = float((mean.abs() + POSTERIOR_REACH * torch.exp(0.5 * log_variance)).max())
    reach = min(max(QUADRATURE_REACH[0], needed), QUADRATURE_REACH[1])
    axis = torch.arange(-reach, reach + step / 2, step, device=x.device)
    total = torch.full((len(x),), -math.inf, dtype=torch.float64, device=x.device)
    grid = torch.cartesian_prod(*[axis] * model.latent_size).view(-1, model.latent_size)
    for z in torch.split(grid, max(1, model.decoded_at_once // 4)):
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
    mean, log_variance = model.gaussian_pixels(model.pixel_parameters(z).double())  # Σ of ½(x − μ)²/σ², multiplied out
    precision, pixels = torch.exp(-log_variance), x.double()
    constant = (mean.square() * precision + log_variance + LOG_2_PI).sum(dim=1)
    return -0.5 * (pixels.square() @ precision.T - 2 * pixels @ (mean * precision).T + constant)
