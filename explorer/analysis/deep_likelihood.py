"""How likely a deep belief network finds images: bounds by samples of its upward pass, and exactly where it is small.

The upward pass q(h|v) = q(h₁|v) q(h₂|h₁) … stands in for the posterior of the hidden layers below the top RBM
(Salakhutdinov & Murray, "On the quantitative analysis of deep belief networks", 2008, section 5). For h ~ q(h|v) the
weight

    w = p(v|h₁) p(h₁|h₂) … p(h_{L−1}) / q(h|v)        with p(h_{L−1}) = exp(−F(h_{L−1})) / Z of the top RBM

has E[w] = p(v), so E[log w] = E_q[log p(v, h)] + H(q) ≤ log p(v): the variational bound L₁. The mean of K weights
comes closer: L₁ ≤ L_K ≤ log p(v) (Burda, Grosse & Salakhutdinov, "Importance weighted autoencoders", 2016, theorem 1).

All figures are in nats per image and refer to binary pixels. An estimated log Z shifts all images alike, by an error
that `LogPartition.standard_error` tells; the draws from q and the choice of images scatter them one by one, and the
mean of B values has from this a standard error of their standard deviation / √B. Neither contains the other.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.analysis.measures import Pulse
from explorer.models.dbn import DBN, Level
from explorer.models.sampling import bernoulli
from explorer.models.variational import log_mean_exp

ENUMERABLE_UNITS = 20  # 2²⁰ states of 784 pixels: some ten seconds for 200 images
IMAGES_AT_ONCE, STATES_AT_ONCE = 2_000, 512


def lower_bound(model: DBN, v: Tensor, log_partition: float, generator: torch.Generator, samples: int = 1) -> Tensor:
    """Return an unbiased estimate of L_K by K = `samples` draws for each binary image, (B, V) → (B,).

    log_partition: log Z of the top RBM, exact or by AIS; an estimate that is too low makes this no bound.
    """
    return log_mean_exp(importance_weights(model, v, samples, generator)) - log_partition


def importance_weights(
    model: DBN, v: Tensor, samples: int, generator: torch.Generator, pulse: Pulse = lambda: None
) -> Tensor:
    """Return log w + log Z for samples h ~ q(h|v) of each binary image, (B, V) → (samples, B) in double precision."""
    columns = []
    for images in torch.split(v, IMAGES_AT_ONCE):
        rows = []
        for _ in range(samples):
            pulse()
            rows.append(_log_weight(model, images, generator))
        columns.append(torch.stack(rows))
    return torch.cat(columns, dim=1)


def _log_weight(model: DBN, v: Tensor, generator: torch.Generator) -> Tensor:
    """Return log w + log Z for one h ~ q(h|v) of each image, (B, V) → (B,).

    log q of the states drawn takes the place of the entropy H(q), which is known in closed form too: its scatter
    cancels that of log p, altogether where q is the posterior.
    """
    log_weight = torch.zeros(len(v), dtype=torch.double, device=v.device)
    below = v
    for level in model.levels:
        up = torch.addmm(level.b, below, level.W)
        h = bernoulli(torch.sigmoid(up), generator)
        down = torch.addmm(level.a, h, level.G.T)
        log_weight += _log_bernoulli(below, down) - _log_bernoulli(h, up)
        below = h
    return log_weight - model.top.free_energy(below)


def _log_bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """Return log p(x) of independent bits x with log-odds `logits`, (B, N) → (B,)."""
    return (x * logits - F.softplus(logits)).sum(dim=1)


def exact_log_likelihood(model: DBN, v: Tensor, pulse: Pulse = lambda: None) -> Tensor:
    """Return log p(v) of binary images by summing over all hidden states, (B, V) → (B,) in double precision.

    From the top down: log p(h_{l−1}) = logsumexp over h_l of [log p(h_{l−1}|h_l) + log p(h_l)] for all states of each
    layer in turn, the images last. The top RBM's hidden units are summed out in closed form, and its log Z comes along.

    Raises:
        ValueError: the hidden layers below the top one have more than 20 units in sum.
    """
    sizes = [level.W.shape[1] for level in model.levels]
    if sum(sizes) > ENUMERABLE_UNITS:
        raise ValueError(
            f"{' + '.join(map(str, sizes))} hidden units below the top layer have too many states to enumerate: "
            f"{ENUMERABLE_UNITS} at the most. Use lower_bound() for an estimate."
        )
    log_p = _log_prior(model, _all_states(sizes[-1], v.device))
    for level, below in zip(reversed(model.levels), [*reversed(sizes[:-1]), None], strict=True):
        x = v.double() if below is None else _all_states(below, v.device)
        log_p = torch.cat([_log_mixture(level, part, log_p, pulse) for part in torch.split(x, IMAGES_AT_ONCE)])
    return log_p


def _log_prior(model: DBN, h: Tensor) -> Tensor:
    """Return log p(h) of the top RBM's visible layer, for the list h (N, H) of all its states, as (N,)."""
    W, a, b = (x.double() for x in (model.top.W, model.top.a, model.top.b))
    parts = torch.split(h, STATES_AT_ONCE)
    return torch.cat([part @ a + F.softplus(part @ W + b).sum(dim=1) for part in parts]).log_softmax(dim=0)


def _log_mixture(level: Level, x: Tensor, log_p: Tensor, pulse: Pulse) -> Tensor:
    """Return log Σ_h p(x|h) p(h) for states x (B, V) below a level, from log p(h) of all its states (2^H,), as (B,)."""
    G, a = level.G.double(), level.a.double()
    total = torch.full((len(x),), -torch.inf, dtype=torch.double, device=x.device)
    parts = zip(*(torch.split(y, STATES_AT_ONCE) for y in (_all_states(G.shape[1], x.device), log_p)), strict=True)
    for h, log_p_h in parts:
        pulse()
        logits = h @ G.T + a
        joint = x @ logits.T - F.softplus(logits).sum(dim=1) + log_p_h  # (B, states)
        total = torch.logaddexp(total, joint.logsumexp(dim=1))
    return total


def _all_states(units: int, device: torch.device) -> Tensor:
    """Return all states of so many binary units, (2^units, units), in double precision."""
    numbers = torch.arange(2**units, device=device)
    return (numbers[:, None] >> torch.arange(units, device=device) & 1).double()
