"""Contrastive divergence (CD-k) and its persistent form (PCD-k), how an RBM learns.

Sources: Hinton, "Training products of experts by minimizing contrastive divergence", 2002; Tieleman, "Training
restricted Boltzmann machines using approximations to the likelihood gradient", 2008 (PCD); Hinton, "A practical guide
to training restricted Boltzmann machines", 2010.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.models.interface import Learner, Model
from explorer.models.rbm import RBM, RBMConfig, mean_log_odds
from explorer.models.sampling import Binarizer, Coins

LOW_MOMENTUM = 0.5


class ContrastiveDivergence(Learner):
    """CD-k or PCD-k. ΔW = η(⟨vhᵀ⟩⁰ − ⟨v p(h|v)ᵀ⟩ᵏ), likewise Δa and Δb (Hinton 2002, eq. 5).

    Hidden states h are sampled in the statistics of the data and along the chain; only at the chain's end their
    probabilities take their place (Hinton 2010, section 3). The visible states of the chain are sampled too, except
    with `binarize="none"`, where they are probabilities. Everything is written into buffers that are allocated once: at
    this size, allocation would cost as much as arithmetic.
    """

    model: RBM

    def __init__(self, config: RBMConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        device = generator.device
        self.config = config
        self.model = config.new_model(shape, device)
        self.model.W.normal_(0, config.initial_std, generator=generator) if config.initial_std else None
        size = config.batch_size
        self._velocity = (
            {name: torch.zeros_like(x) for name, x in self.model.state().items()} if config.momentum else {}
        )
        self._chains = torch.zeros(size, config.hidden_units, device=device) if config.persistent else None
        if self._chains is not None:
            self._chains.bernoulli_(0.5, generator=generator)
        self._binarize = Binarizer(config.binarize, (size, self.model.n_visible), device)
        self._v = torch.empty(2 * size, self.model.n_visible, device=device)  # data above, chain below
        # above the hidden states of the data, below −p(h | v) at the chain's end
        self._h = torch.empty(2 * size, config.hidden_units, device=device)
        self._states = torch.empty(size, config.hidden_units, device=device)
        self._coins = Coins(size * max(self.model.n_visible, config.hidden_units), device)  # for either layer
        self._signs = torch.cat([torch.ones(size, device=device), -torch.ones(size, device=device)])
        self._generator = generator
        self._rate = config.learning_rate
        self._momentum = config.momentum

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self._rate

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Set the visible biases to the log-odds of the mean pixels where the config asks for it."""
        if self.config.initial_visible_bias == "data":
            self.model.a.copy_(mean_log_odds(data))

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate and source of random numbers."""
        config = self.config
        left = max(0.0, 1 - (epoch - 1) / config.decay_epochs) if config.decay_epochs else 1.0
        self._rate = config.learning_rate * left
        self._momentum = min(LOW_MOMENTUM, config.momentum) if epoch <= config.low_momentum_epochs else config.momentum
        self._generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return W, a, b, and where they exist velocities and persistent chains (hidden states)."""
        velocity = {f"velocity.{name}": x for name, x in self._velocity.items()}
        return self.model.state() | velocity | ({} if self._chains is None else {"chains": self._chains})

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update W, a and b in place on a batch of bytes (B, V); nothing is measured here."""
        self._binarize(pixels, self._generator, out=self._v[: len(pixels)])
        self._step(len(pixels))
        return {}

    def update(self, v: Tensor) -> Tensor:
        """Update W, a and b in place on a batch of visible states (B, V), B up to the batch size.

        Returns the chain's visible states at its end (B, V), which the next update overwrites.
        """
        self._v[: len(v)].copy_(v)
        return self._step(len(v))

    def _step(self, size: int) -> Tensor:
        """Update on the first `size` rows of the visible buffer; return the chain's end, the rows after them."""
        rbm = self.model
        if size == self.config.batch_size:
            v, p, signs = self._v, self._h, self._signs
        else:  # the last, smaller batch of an epoch
            v, p = self._v[: 2 * size], self._h[: 2 * size]
            signs = torch.cat([self._signs[:size], -self._signs[:size]])
        v_data, v_chain, p_data, p_chain = v[:size], v[size:], p[:size], p[size:]

        torch.addmm(rbm.b, v_data, rbm.W, out=p_data).sigmoid_()
        h = self._states[:size] if self._chains is None else self._chains[:size]
        self._sample(p_data, out=p_data)  # the statistics of the data take states, as in the lab
        if self._chains is None:
            h.copy_(p_data)
        for step in range(self.config.cd_k):
            torch.addmm(rbm.a, h, rbm.W.T, out=v_chain).sigmoid_()
            if self.config.binarize != "none":
                self._sample(v_chain, out=v_chain)
            torch.addmm(rbm.b, v_chain, rbm.W, out=p_chain).sigmoid_()
            if step + 1 < self.config.cd_k or self._chains is not None:
                self._sample(p_chain, out=h)
        p_chain.neg_()
        self._update(v, p, signs)
        return v_chain

    def _sample(self, p: Tensor, out: Tensor) -> None:
        self._coins(p, self._generator, out)

    def _update(self, v: Tensor, p: Tensor, signs: Tensor) -> None:
        rbm, config = self.model, self.config
        rate = self._rate / (len(v) // 2)
        decay = self._rate * config.weight_decay
        if not self._velocity:
            rbm.W.addmm_(v.T, p, beta=1 - decay, alpha=rate)
            rbm.a.addmv_(v.T, signs, alpha=rate)
            rbm.b.add_(p.sum(dim=0), alpha=rate)
            return
        velocity = self._velocity
        velocity["W"].addmm_(v.T, p, beta=self._momentum, alpha=rate).sub_(rbm.W, alpha=decay)
        velocity["a"].addmv_(v.T, signs, beta=self._momentum, alpha=rate)
        velocity["b"].mul_(self._momentum).add_(p.sum(dim=0), alpha=rate)
        for name, tensor in rbm.state().items():
            tensor.add_(velocity[name])
