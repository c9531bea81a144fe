"""The likeliest hidden states of an RBM: far from all others, they may hold most of Z."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.analysis.measures import Pulse
from explorer.models.rbm import RBM

COOLED, LEAST_COOLED, COOLED_WEIGHTS = 1_000, 250, 80_000_000  # chains, fewer of a large model, by its weights in all
STEPS, BETAS = 500, (0.5, 2.0)  # of a chain, and its inverse temperature at first and at last
CLIMBS, LEAST_CLIMBS, CLIMBED_WEIGHTS = 400, 5, 8_000_000  # from the likeliest ends of chains, bounded alike
ROUNDS = 200  # of all units at once, at most
LEAST_GAIN = 0.01  # nats below which a climb ends: what rounding makes of sums of some hundred nats


def peaks(rbm: RBM, generator: torch.Generator, pulse: Pulse = lambda: None) -> Tensor:
    """Return hidden states (P, H) that no change of one unit makes likelier, each once, the likeliest first.

    Long training leaves states that alone hold most of Z, far from all others and from data: Gibbs chains do not find
    them. So chains are cooled down to them (simulated annealing, Kirkpatrick, Gelatt & Vecchi 1983), from random
    states of which a share from 0 to 1 is on; then each unit takes the value that is likelier given the mean pixels,
    which never lowers p*(h) = exp(bᵀh) Πᵢ (1 + exp (a + Wh)ᵢ) (hard EM), and at last the one unit changes that gains
    most, until none does.
    """
    h = _cooled(rbm, generator, pulse)
    for _ in range(ROUNDS):
        before, h = h, (rbm.mean_hidden(rbm.mean_visible(h)) > 0.5).to(h.dtype)
        if torch.equal(h, before):
            break
    climbs = _as_many(rbm, CLIMBS, LEAST_CLIMBS, CLIMBED_WEIGHTS)
    found = _climbed(rbm, _likeliest_first(rbm, torch.unique(h, dim=0))[:climbs], pulse)
    return _likeliest_first(rbm, found)


def log_sum_around(rbm: RBM, h: Tensor) -> float:
    """Return log Σ p*(h) over hidden states (P, H) and those one unit away, each once: log Z is at least that."""
    away = (h.unsqueeze(1) - torch.eye(rbm.n_hidden, device=h.device)).abs().flatten(end_dim=1)
    return float(_log_hidden(rbm, torch.unique(torch.cat([h, away]), dim=0)).double().logsumexp(dim=0))


def _as_many(rbm: RBM, most: int, least: int, weights: int) -> int:
    return min(most, max(least, weights // rbm.W.numel()))


def _cooled(rbm: RBM, generator: torch.Generator, pulse: Pulse) -> Tensor:
    """Return where Gibbs chains end (B, H) whose hidden units grow surer and surer of what the pixels tell them."""
    chains = _as_many(rbm, COOLED, LEAST_COOLED, COOLED_WEIGHTS)
    share = torch.linspace(0, 1, chains, device=rbm.W.device).unsqueeze(1).expand(-1, rbm.n_hidden)
    h = torch.bernoulli(share, generator=generator)
    first, last = BETAS
    for step in range(STEPS):
        pulse()
        told = rbm.visible.statistic(rbm.visible.sample(rbm.mean_visible(h), generator))
        beta = first * (last / first) ** (step / STEPS)
        h = rbm.hidden.sample(rbm.hidden.mean(beta * torch.addmm(rbm.b, told, rbm.W)), generator)
    return h


def _climbed(rbm: RBM, h: Tensor, pulse: Pulse) -> Tensor:
    """Return where climbs from hidden states end (P, H), each once."""
    ends = []
    for _ in range(rbm.n_hidden):
        pulse()
        most, unit = _gains(rbm, h).max(dim=1)
        higher = most > LEAST_GAIN
        ends.append(h[~higher])
        h, unit = h[higher], unit[higher]
        if not len(h):
            break
        climbs = torch.arange(len(h))
        h[climbs, unit] = 1 - h[climbs, unit]
        h = torch.unique(h, dim=0)  # many meet
    found: Tensor = torch.unique(torch.cat([*ends, h]), dim=0)
    return found


def _likeliest_first(rbm: RBM, h: Tensor) -> Tensor:
    return h[_log_hidden(rbm, h).argsort(descending=True)]


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
