"""Contrastive divergence (CD-k) and its persistent form (PCD-k), how a restricted Boltzmann machine learns.

Sources: Hinton, "Training products of experts by minimizing contrastive divergence", 2002; Tieleman, "Training
restricted Boltzmann machines using approximations to the likelihood gradient", 2008 (PCD); Hinton, "A practical guide
to training restricted Boltzmann machines", 2010; Montavon & Müller, "Deep Boltzmann machines and the centering trick",
2012, and Melchior, Fischer & Wiskott, "How to center deep Boltzmann machines", 2016 (centring).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from explorer.models.rbm import RBM

LOW_MOMENTUM = 0.5
OFFSET_RATE = 0.01  # share of a batch's means in the moving averages (Melchior, Fischer & Wiskott 2016, section 6)
OFFSET_START = 0.5  # of layers whose means are not known beforehand (there, too)


class LearningSettings(Protocol):
    """What contrastive divergence has to be told; the configs of Boltzmann machines have these fields."""

    batch_size: int
    cd_k: int
    persistent: bool
    centred: bool
    learning_rate: float
    decay_epochs: int
    momentum: float
    low_momentum_epochs: int
    weight_decay: float


@dataclass(frozen=True, eq=False)
class Update:
    """The buffers of one update of B images: rows 0 … B − 1 belong to the data, rows B … 2B − 1 to the chain's end.

    v (2B, V) holds what visible units tell, T(v). h (2B, H) holds what the statistics take of hidden units, with a
    minus sign below, so that vᵀh is the data's sum minus the chain's. chain (B, H) holds the chain's hidden states,
    signs (2B,) +1 above and −1 below.
    """

    v: Tensor
    h: Tensor
    chain: Tensor
    signs: Tensor

    @property
    def size(self) -> int:
        """B, the number of images."""
        return len(self.chain)


class ContrastiveDivergence:
    """CD-k or PCD-k: ΔW = η(⟨v hᵀ⟩⁰ − ⟨v E[h|v]ᵀ⟩ᵏ), likewise Δa and Δb (Hinton 2002, eq. 5).

    Binary hidden states are sampled in the statistics of the data and along the chain; only at the chain's end their
    probabilities take their place (Hinton 2010, section 3). The visible states of the chain are sampled too, or are
    means where that is asked for. An update has four steps: the data's hidden layer, the chain, the gradient, which
    goes straight into what it is added to, and the move. All is written into buffers that are allocated once: at this
    size, allocation would cost as much as arithmetic.
    """

    def __init__(
        self, rbm: RBM, settings: LearningSettings, generator: torch.Generator, *, mean_chain: bool = False
    ) -> None:
        """Prepare to train an RBM; mean_chain: the chain's visible layer has means instead of states."""
        self.rbm = rbm
        self.settings = settings
        size, device = settings.batch_size, generator.device
        shape_h = (size, rbm.n_hidden)
        weights = {"W": rbm.W, "a": rbm.a, "b": rbm.b}
        self._velocity = {name: torch.zeros_like(x) for name, x in weights.items()} if settings.momentum else {}
        self._chains = torch.empty(shape_h, device=device) if settings.persistent else None
        if self._chains is not None:
            self._chains.bernoulli_(0.5, generator=generator)
        offsets = {"a": rbm.a, "b": rbm.b} if settings.centred else {}
        self.offsets = {name: torch.full_like(x, OFFSET_START) for name, x in offsets.items()}  # μ (V,) and λ (H,)
        states = torch.empty(shape_h, device=device) if self._chains is None else self._chains
        signs = torch.cat([torch.ones(size, device=device), -torch.ones(size, device=device)])
        v, h = (torch.empty(2 * size, n, device=device) for n in (rbm.n_visible, rbm.n_hidden))
        self._full = Update(v, h, states, signs)
        self._draw_v = None if mean_chain else rbm.visible.sampler(size * rbm.n_visible, device)
        self._draw_h = rbm.hidden.sampler(size * rbm.n_hidden, device)
        self._generator = generator
        self._rate = settings.learning_rate
        self._momentum = settings.momentum

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self._rate

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate, momentum and source of random numbers."""
        s = self.settings
        left = max(0.0, 1 - (epoch - 1) / s.decay_epochs) if s.decay_epochs else 1.0
        self._rate = s.learning_rate * left
        self._momentum = min(LOW_MOMENTUM, s.momentum) if epoch <= s.low_momentum_epochs else s.momentum
        self._generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return the RBM's tensors, and where they exist velocities, offsets and persistent chains (hidden states)."""
        velocity = {f"velocity.{name}": x for name, x in self._velocity.items()}
        offsets = {f"offset.{name}": x for name, x in self.offsets.items()}
        return self.rbm.state() | velocity | offsets | ({} if self._chains is None else {"chains": self._chains})

    def visible(self, size: int) -> Tensor:
        """Return the buffer (size, V) in which `step` finds the visible states of the data."""
        return self._full.v[:size]

    def update(self, v: Tensor) -> Tensor:
        """Update in place on a batch of visible states (B, V), B up to the batch size.

        Returns what the chain's visible states tell at its end, T(v) (B, V), which the next update overwrites.
        """
        self.visible(len(v)).copy_(v)
        return self.step(len(v))

    def step(self, size: int) -> Tensor:
        """Update as `update` does, on the visible states that stand in the buffer of that size."""
        update = self._buffers(size)
        self._see_data(update)
        self._run_chain(update)
        self._learn_units(update)
        target = self._add_gradient(update)
        self._centre(update, target)
        self._move()
        return update.v[size:]

    def _buffers(self, size: int) -> Update:
        full = self._full
        if size == full.size:
            return full
        signs = torch.cat([full.signs[:size], -full.signs[:size]])  # the last, smaller batch of an epoch
        return Update(full.v[: 2 * size], full.h[: 2 * size], full.chain[:size], signs)

    def _see_data(self, update: Update) -> None:
        """Fill the data's rows, and the chain's hidden states unless they persist."""
        rbm, v, h = self.rbm, update.v[: update.size], update.h[: update.size]
        rbm.visible.statistic(v, out=v)
        rbm.hidden.mean(torch.addmm(rbm.b, v, rbm.W, out=h), out=h)
        if rbm.hidden.learns_from_states:
            self._draw_h(h, self._generator, h)
        if self._chains is None:
            update.chain.copy_(h) if rbm.hidden.learns_from_states else self._draw_h(h, self._generator, update.chain)

    def _run_chain(self, update: Update) -> None:
        """Make k steps of block Gibbs sampling from the chain's hidden states; its end goes into the rows below."""
        rbm, n, k = self.rbm, update.size, self.settings.cd_k
        v, h, chain = update.v[n:], update.h[n:], update.chain
        for step in range(k):
            told = rbm.hidden.statistic(chain)
            rbm.visible.mean(torch.addmm(rbm.a, told, rbm.W.T, out=v), out=v)
            if self._draw_v is not None:
                self._draw_v(v, self._generator, v)
            rbm.visible.statistic(v, out=v)
            rbm.hidden.mean(torch.addmm(rbm.b, v, rbm.W, out=h), out=h)
            if step + 1 < k or self._chains is not None:
                self._draw_h(h, self._generator, chain)
        h.neg_()

    def _learn_units(self, update: Update) -> None:
        """Move what the visible units have of their own: the variance of normal ones, if it is learned."""
        if "log_variance" in self.rbm.visible.state():
            learn_variance(self.rbm, update, self._rate)

    def _add_gradient(self, update: Update) -> dict[str, Tensor]:
        """Add η times the gradient to the parameters, or to their velocities where there is momentum; return those.

        The products go straight into what they are added to, which saves a pass over W.
        """
        rbm, v, h, signs = self.rbm, update.v, update.h, update.signs
        rate, decay = self._rate / update.size, self._rate * self.settings.weight_decay
        if self._velocity:
            target, kept = self._velocity, self._momentum
            target["W"].addmm_(v.T, h, beta=kept, alpha=rate).sub_(rbm.W, alpha=decay)
            target["a"].addmv_(v.T, signs, beta=kept, alpha=rate)
            target["b"].mul_(kept).add_(h.sum(dim=0), alpha=rate)
        else:
            target = {"W": rbm.W, "a": rbm.a, "b": rbm.b}
            target["W"].addmm_(v.T, h, beta=1 - decay, alpha=rate)
            target["a"].addmv_(v.T, signs, alpha=rate)
            target["b"].add_(h.sum(dim=0), alpha=rate)
        return target

    def _centre(self, update: Update, target: dict[str, Tensor]) -> None:
        """Turn the gradient just added into the centred one, if that is asked for.

        With offsets μ of v and λ of h, and ∇ the plain gradient, the centred one is
        ∇ᶜW = ∇W − μ∇bᵀ − ∇a λᵀ, ∇ᶜa = ∇a − ∇ᶜW λ, ∇ᶜb = ∇b − ∇ᶜWᵀ μ
        (Melchior, Fischer & Wiskott 2016, "centered gradient"): what the plain gradient of
        E = −(v − μ)ᵀW(h − λ) − … does to the parameters of the plain energy. Offsets are moving averages over the data.
        """
        if not self.offsets:
            return
        mu, lam = self.offsets["a"], self.offsets["b"]
        v, h, n, rate = update.v, update.h, update.size, self._rate / update.size
        mu.lerp_(v[:n].mean(dim=0), OFFSET_RATE)
        lam.lerp_(h[:n].mean(dim=0), OFFSET_RATE)
        gradient_a, gradient_b = v.T @ update.signs, h.sum(dim=0)
        told_a = v.T @ (h @ lam) - mu * (gradient_b @ lam) - gradient_a * (lam @ lam)  # ∇ᶜW λ
        told_b = h.T @ (v @ mu) - gradient_b * (mu @ mu) - lam * (gradient_a @ mu)  # ∇ᶜWᵀ μ
        target["W"].addr_(mu, gradient_b, alpha=-rate).addr_(gradient_a, lam, alpha=-rate)
        target["a"].sub_(told_a, alpha=rate)
        target["b"].sub_(told_b, alpha=rate)

    def _move(self) -> None:
        """Add the velocities to the parameters; without momentum the gradient is there already."""
        for name, velocity in self._velocity.items():
            getattr(self.rbm, name).add_(velocity)


def learn_variance(rbm: RBM, update: Update, rate: float) -> None:
    """Move log σ² of an RBM's normal visible units along the gradient, divided by V: a mean over pixels, as it is one.

    −∂E/∂ log σ² = (½vᵀv − vᵀ(a + Wh)) / σ², in what units tell t = v / σ²: ½σ²tᵀt − tᵀa − tᵀWh.
    """
    v, h, signs = update.v, update.h, update.signs
    log_variance = rbm.visible.state()["log_variance"]
    own = v.square().sum(dim=1).mul_(log_variance.exp() / 2).sub_(v @ rbm.a)
    gradient = own @ signs - ((v @ rbm.W) * h).sum()
    log_variance.add_(gradient, alpha=rate / (update.size * rbm.n_visible))
