"""How likely a model finds test data: exactly where that can be enumerated, else by estimates.

All figures are in nats per image. Of binary pixels, how grey ones were made binary belongs to each figure; of real
values, likelihoods are densities.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models.rbm import RBM
from explorer.models.units import Binary

ENUMERABLE_UNITS = 22  # 2²² ≈ 4.2 million states: seconds
CHUNK_BITS = 7  # 128 states at a time fit the cache


def exact_log_partition(rbm: RBM) -> float:
    """Return log Z in nats by summing over all states of the smaller layer, in double precision.

    Over hidden states h: log Z = logsumexp_h [bᵀh + log Σ_v exp(vᵀ(a + Wh) − E(v))], with binary v
    Σᵢ log(1 + exp(a + Wh)ᵢ), with normal ones an integral; likewise over visible states. Only binary units are counted.

    Raises:
        ValueError: neither layer is of at most 22 binary units.
    """
    n = enumerable_units(rbm)
    if n > ENUMERABLE_UNITS:
        raise ValueError(
            f"An RBM of {rbm.n_visible}×{rbm.n_hidden} units has too many states to enumerate: the smaller "
            f"binary layer may have {ENUMERABLE_UNITS} units at the most. Use ais_log_partition() for an estimate."
        )
    W, a, b = (x.double() for x in (rbm.W, rbm.a, rbm.b))
    summed = rbm.visible
    if not isinstance(rbm.hidden, Binary) or (n == rbm.n_visible < rbm.n_hidden and isinstance(rbm.visible, Binary)):
        W, a, b, summed = W.T, b, a, rbm.hidden
    bits = min(n, CHUNK_BITS)
    low, high = _states(bits, W), _states(n - bits, W)
    inputs, biases = low @ W[:, :bits].T + a, low @ b[:bits]
    log_normaliser = _log_normaliser_of_binary if isinstance(summed, Binary) else summed.log_normaliser
    total = torch.tensor(-torch.inf, dtype=torch.double, device=W.device)
    for h in high:
        log_p = biases + b[bits:] @ h + log_normaliser(inputs + W[:, bits:] @ h)
        total = torch.logaddexp(total, log_p.logsumexp(dim=0))
    return float(total)


def _states(n: int, like: Tensor) -> Tensor:
    """Return all states of n binary units (2ⁿ, n)."""
    return (torch.arange(2**n, device=like.device)[:, None] >> torch.arange(n, device=like.device) & 1).to(like)


def _log_normaliser_of_binary(x: Tensor) -> Tensor:
    """Return Σ log(1 + eˣ) of x (B, N), which is overwritten, as (B,): Σ max(x, 0) + log Π(1 + e^−|x|).

    One logarithm serves many units: a factor is at most 2, so that a double holds the product of a thousand.
    """
    positive = x.clamp(min=0).sum(dim=-1)
    products = [factors.prod(dim=-1) for factors in torch.split(x.abs_().neg_().exp_().add_(1), 1000, dim=-1)]
    return positive + torch.stack(products).log().sum(dim=0)


def enumerable_units(rbm: RBM) -> int:
    """Return how many units the smaller binary layer has: 2 to the power of that are the states to count."""
    sizes = [n for n, units in ((rbm.n_hidden, rbm.hidden), (rbm.n_visible, rbm.visible)) if isinstance(units, Binary)]
    return min(sizes, default=ENUMERABLE_UNITS + 1)


def log_likelihood(rbm: RBM, v: Tensor, log_partition: float) -> Tensor:
    """Return log p(v) = −F(v) − log Z in nats for visible states v (B, V), as (B,); of real values, a density."""
    return -rbm.free_energy(v) - log_partition


def pseudo_likelihood(rbm: RBM, v: Tensor, generator: torch.Generator, hidden_input: Tensor | None = None) -> Tensor:
    """Return V · log p(vᵢ | the other pixels) for one random pixel i of each binary image v (B, V), as (B,) in nats.

    An unbiased estimate of the log pseudo-likelihood Σᵢ log p(vᵢ | v₋ᵢ) (Besag 1975): with ṽ equal to v but for
    pixel i, log p(vᵢ | v₋ᵢ) = log σ(F(ṽ) − F(v)). `hidden_input` is that of v (B, H), where it is known.
    """
    n, n_pixels = v.shape
    pixel = torch.randint(n_pixels, (n,), generator=generator, device=v.device)
    change = 1 - 2 * v[torch.arange(n, device=v.device), pixel]
    before = rbm.hidden_input(v) if hidden_input is None else hidden_input
    after = before + change[:, None] * rbm.W[pixel]  # of one pixel, without another product of all
    rise = rbm.hidden.log_normaliser(before) - rbm.hidden.log_normaliser(after) - change * rbm.a[pixel]
    return n_pixels * F.logsigmoid(rise)
