"""The likeliest hidden states of an RBM, found by climbing: far from all others, they may hold most of Z."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.models.rbm import RBM

CLIMBS, WEIGHTS = 400, 8_000_000  # climbs, and of a large model fewer: so many weights are gone through in each step
ROUNDS = 200  # of all units at once, at most
LEAST_GAIN = 0.01  # nats below which a climb ends: what rounding makes of sums of some hundred nats


def peaks(rbm: RBM, generator: torch.Generator) -> Tensor:
    """Return hidden states (P, H) that no change of one unit makes likelier, each once, the likeliest first.

    Climbs begin at random states, of which a share from 0 to 1 is on. First each unit takes the value that is likelier
    given the mean pixels, which never lowers p*(h) = exp(bᵀh) Πᵢ (1 + exp (a + Wh)ᵢ) (hard EM), then the one unit
    changes that gains most. Long training leaves states that alone hold most of Z, far from all others and from data:
    chains do not find them.
    """
    climbs = min(CLIMBS, max(5, WEIGHTS // rbm.W.numel()))
    share = torch.linspace(0, 1, climbs, device=rbm.W.device).unsqueeze(1).expand(-1, rbm.n_hidden)
    h = torch.bernoulli(share, generator=generator)
    for _ in range(ROUNDS):
        before, h = h, (rbm.mean_hidden(rbm.mean_visible(h)) > 0.5).to(h.dtype)
        if torch.equal(h, before):
            break
    ends = []
    for _ in range(rbm.n_hidden):
        h = torch.unique(h, dim=0)  # most climbs meet
        most, unit = _gains(rbm, h).max(dim=1)
        higher = most > LEAST_GAIN
        ends.append(h[~higher])
        h, unit = h[higher], unit[higher]
        if not len(h):
            break
        h[torch.arange(len(h)), unit] = 1 - h[torch.arange(len(h)), unit]
    found: Tensor = torch.unique(torch.cat([*ends, h]), dim=0)
    return found[_log_hidden(rbm, found).argsort(descending=True)]


def log_sum_around(rbm: RBM, h: Tensor) -> float:
    """Return log Σ p*(h) over hidden states (P, H) and those one unit away, each once: log Z is at least that."""
    away = (h.unsqueeze(1) - torch.eye(rbm.n_hidden, device=h.device)).abs().flatten(end_dim=1)
    return float(_log_hidden(rbm, torch.unique(torch.cat([h, away]), dim=0)).double().logsumexp(dim=0))


def _log_hidden(rbm: RBM, h: Tensor) -> Tensor:
    """Return log p*(h), (…, H) → (…)."""
    return h @ rbm.b + rbm.visible.log_normaliser(rbm.a + rbm.hidden.statistic(h) @ rbm.W.T)


def _gains(rbm: RBM, h: Tensor) -> Tensor:
    """Return what log p*(h) gains by the change of each unit alone, (B, H) → (B, H)."""
    now, y = _log_hidden(rbm, h), rbm.a + rbm.hidden.statistic(h) @ rbm.W.T
    change = 1 - 2 * h
    gains = [
        rbm.visible.log_normaliser(y + change[:, j : j + 1] * rbm.W[:, j]) + h @ rbm.b + change[:, j] * rbm.b[j] - now
        for j in range(rbm.n_hidden)
    ]
    return torch.stack(gains, dim=1)
