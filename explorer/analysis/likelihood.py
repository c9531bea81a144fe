"""How likely a model finds test data: exactly where that can be enumerated, else by estimates.

All figures are in nats per image. Of binary pixels, how grey ones were made binary belongs to each figure; of real
values, likelihoods are densities.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.analysis.measures import Pulse
from explorer.models.rbm import RBM
from explorer.models.units import Binary

ENUMERABLE_UNITS = 22  # 2²² ≈ 4.2 million states: seconds
CHUNK_BITS, UNITS_TOGETHER = 8, 8  # 256 states at a time; of as many units one logarithm is taken


def exact_log_partition(rbm: RBM, pulse: Pulse = lambda: None, limit: int = ENUMERABLE_UNITS) -> float:
    """Return log Z in nats by summing over all states of the smaller layer, in double precision.

    Over hidden states h: log Z = logsumexp_h [bᵀh + log Σ_v exp(vᵀ(a + Wh) − E(v))], with binary v
    Σᵢ log(1 + exp(a + Wh)ᵢ), with normal ones an integral; likewise over visible states. Only binary units are counted.

    Raises:
        ValueError: neither layer is of at most `limit` binary units.
    """
    n = enumerable_units(rbm)
    if n > limit:
        raise ValueError(
            f"An RBM of {rbm.n_visible}×{rbm.n_hidden} units has too many states to enumerate: the smaller "
            f"binary layer may have {limit} units at the most. Use ais_log_partition() for an estimate."
        )
    W, a, b = (x.double() for x in (rbm.W, rbm.a, rbm.b))
    summed = rbm.visible
    if not isinstance(rbm.hidden, Binary) or (n == rbm.n_visible < rbm.n_hidden and isinstance(rbm.visible, Binary)):
        W, a, b, summed = W.T, b, a, rbm.hidden
    bits = min(n, CHUNK_BITS)
    low, high = _states(bits, W), _states(n - bits, W)
    inputs, biases = low @ W[:, :bits].T + a, low @ b[:bits]
    of_chunk = _Chunk(inputs, W[:, bits:]) if isinstance(summed, Binary) else None
    totals = []
    for h in high:
        pulse()
        x = W[:, bits:] @ h
        log_sums = summed.log_normaliser(inputs + x) if of_chunk is None else of_chunk.log_normaliser(x)
        totals.append((biases + log_sums).logsumexp(dim=0) + b[bits:] @ h)
    return float(torch.stack(totals).logsumexp(dim=0))


def _states(n: int, like: Tensor) -> Tensor:
    """Return all states of n binary units (2ⁿ, n)."""
    return (torch.arange(2**n, device=like.device)[:, None] >> torch.arange(n, device=like.device) & 1).to(like)


class _Chunk:
    """Sums over binary units of Σ log(1 + e^(xᵢ + y)) for a chunk of inputs x (B, N) and one y (N,) after the other.

    As e^(x + y) = eˣ eʸ, exponentials are taken of x once; and one logarithm serves as many units as a double has room
    for the product of their factors.
    """

    def __init__(self, x: Tensor, weights: Tensor) -> None:
        """Make ready for any y that is a sum of some of the columns of weights (N, K)."""
        highest = float((x.amax(dim=0) + weights.clamp(min=0).sum(dim=1)).max())
        # A factor is 1 + e^highest at most, and a double ends at e^709; eʸ itself must not be beyond it, nor eˣ.
        room = max(highest, float(x.abs().max()), float(weights.abs().sum(dim=1).max()), 1.0)
        self._x, self._together = x, min(int(700 / room), UNITS_TOGETHER)
        if self._together:
            n_groups = -(-x.shape[1] // self._together)
            self._padding = n_groups * self._together - x.shape[1]
            self._factors = self._in_groups(x.exp())
            self._product, self._next = (torch.empty_like(self._factors[0]) for _ in range(2))

    def log_normaliser(self, y: Tensor) -> Tensor:
        """Return the sums (B,)."""
        if not self._together:
            return F.softplus(self._x + y).sum(dim=1)
        one = self._x.new_ones(())
        first, *rest = zip(self._factors, self._in_groups(y.exp()[None]), strict=True)
        torch.addcmul(one, *first, out=self._product)
        for pair in rest:
            self._product.mul_(torch.addcmul(one, *pair, out=self._next))
        return self._product.log_().sum(dim=1)

    def _in_groups(self, x: Tensor) -> Tensor:
        """Return (B, N) as (units of a group, B, groups), with 0 for units that are missing to the last group."""
        padded = F.pad(x, (0, self._padding))
        return padded.view(len(x), self._together, -1).transpose(0, 1).contiguous()


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
