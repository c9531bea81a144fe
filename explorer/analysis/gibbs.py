"""Gibbs chains, recorded on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.arrays import Floats
from explorer.models.rbm import RBM
from explorer.models.sampling import bernoulli

MAX_STEPS = 1000


@dataclass(frozen=True)
class Clamp:
    """Hidden units held at a value: (unit of chain c, or −1 for none) for each chain (B,), and the value."""

    units: tuple[int, ...]
    strength: float

    def apply(self, h: Tensor) -> Tensor:
        """Return h (B, H) with the clamped unit of each chain set."""
        rows = [row for row, unit in enumerate(self.units) if unit >= 0]
        h[rows, [self.units[row] for row in rows]] = self.strength
        return h


@dataclass(frozen=True)
class Chains:
    """B chains recorded at T of their steps: steps (T,), grey values (T, B, V), hidden states (T, B, H),
    energy E(v, h) (T, B) in nats with v sampled from p(v | h), whose means in an RBM alone are these grey values.
    """  # noqa: D205

    steps: list[int]
    means: Floats
    states: Floats
    energy: Floats


def recorded_steps(last: int) -> list[int]:
    """Return which of the steps 0 … last are kept: all up to 10, then ever fewer, about ten for each factor of ten."""
    spaced = {round(10 ** (1 + n / 12)) for n in range(1 + 12 * 2)}
    return sorted({step for step in set(range(11)) | spaced if step < last} | {last})


def random_states(rbm: RBM, chains: int, share_on: float, generator: torch.Generator) -> Tensor:
    """Return hidden states (chains, H) of which each unit is on with probability `share_on`."""
    return bernoulli(torch.full((chains, rbm.n_hidden), share_on, device=rbm.W.device), generator)


def gibbs_chains(
    rbm: RBM,
    h: Tensor,
    steps: int,
    generator: torch.Generator,
    clamp: Clamp | None = None,
    down: Callable[[Tensor], Tensor] | None = None,
) -> Chains:
    """Run chains from hidden states h (B, H) for up to 1000 steps; step 0 shows h and p(v | h).

    One step draws v ~ p(v | h), then h ~ p(h | v); clamped units are set again after each.

    down: for the top RBM of a deep model, from the visible states v of a step (B, units) to its picture, grey
    values (B, V). It is called for recorded steps only, so random numbers that it needs should come from a
    generator of its own: from `generator`, they would make the chain depend on which steps are recorded.

    Raises:
        ValueError: `steps` is not in 1 … 1000.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"a chain has 1 to {MAX_STEPS} steps, not {steps}")
    kept = recorded_steps(steps)
    record: list[tuple[Tensor, Tensor, Tensor]] = []
    h = clamp.apply(h.clone()) if clamp else h
    for step in range(steps + 1):
        mean = rbm.mean_visible(h)
        v = rbm.visible.sample(mean, generator)
        if step in kept:
            record.append((down(v) if down else rbm.picture(mean), h, rbm.energy(v, h)))
        h = rbm.sample_hidden(v, generator)
        h = clamp.apply(h) if clamp else h
    means, states, energy = (torch.stack(x).numpy() for x in zip(*record, strict=True))
    return Chains(kept, means, states, energy)
