"""The units of a Boltzmann machine's layer: what they answer to their input, and what they tell the other layer.

A layer with states s gets a total input x: its bias and what the other layer sends. With T(s) the statistic that the
other layer sees of it and E(s) its energy at input 0, p(s | x) ∝ exp(T(s)·x − E(s)), and an RBM as a whole has
E(v, h) = E(v) + E(h) − T(v)ᵀWT(h) − T(v)ᵀa − T(h)ᵀb.
Sources: Welling, Rosen-Zvi & Hinton, "Exponential family harmoniums with an application to information retrieval",
2005; for normal units with one variance, Cho, Ilin & Raiko, "Improved learning of Gaussian-Bernoulli restricted
Boltzmann machines", 2011.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models.sampling import Coins

Sampler = Callable[[Tensor, torch.Generator, Tensor], Tensor]  # (means, generator, out) → out, which may be the means


class Units(ABC):
    """How the units of one layer answer; all tensors are (…, units) but where it is said."""

    squashes: bool  # whether means stay between 0 and 1, whatever the input
    learns_from_states: bool  # whether the statistics of the data take states; else means, which are less noisy

    @abstractmethod
    def mean(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Return E[s | x]; `out` may be x itself."""

    @abstractmethod
    def input_for(self, mean: Tensor) -> Tensor:
        """Return the finite input x at which a unit has this mean, or nearly so."""

    @abstractmethod
    def sampler(self, size: int, device: torch.device | str) -> Sampler:
        """Return a function that draws states for means of up to `size` elements, with buffers of its own."""

    @abstractmethod
    def statistic(self, s: Tensor, out: Tensor | None = None) -> Tensor:
        """Return T(s), what the other layer sees of the states; `out` may be s itself."""

    @abstractmethod
    def energy(self, s: Tensor) -> Tensor:
        """Return E(s) in nats, the energy of states (B, units) at input 0, as (B,)."""

    @abstractmethod
    def log_normaliser(self, x: Tensor) -> Tensor:
        """Return log Σ_s exp(T(s)·x − E(s)) in nats, of inputs (B, units), as (B,)."""

    def state(self) -> dict[str, Tensor]:
        """Return the parameters that the units have of their own, by name; not copies."""
        return {}

    @abstractmethod
    def in_words(self, what: str, x: str) -> str:
        """Return, in words, what the units `what` answer to an input x, and what the other layer is told of them."""

    def sample(self, mean: Tensor, generator: torch.Generator) -> Tensor:
        """Return states drawn for these means."""
        return self.sampler(mean.numel(), mean.device)(mean, generator, torch.empty_like(mean))


class Binary(Units):
    """Units that are 0 or 1: p(s = 1 | x) = σ(x), T(s) = s, E(s) = 0."""

    squashes = True
    learns_from_states = True  # as in the lab

    def in_words(self, what: str, x: str) -> str:
        """Return it in words."""
        return f"{what} are 0 or 1, and 1 with the probability sigmoid({x})"

    def mean(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Return σ(x)."""
        return torch.sigmoid(x, out=out)

    def input_for(self, mean: Tensor) -> Tensor:
        """Return the log-odds log(p / (1 − p)) of the mean p, kept within 0.01 … 0.99."""
        return mean.clamp(0.01, 0.99).logit()

    def sampler(self, size: int, device: torch.device | str) -> Sampler:
        """Return a thrower of `size` coins."""
        return Coins(size, device)

    def statistic(self, s: Tensor, out: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Return the states themselves."""
        return s

    def energy(self, s: Tensor) -> Tensor:
        """Return 0 for each image."""
        return s.new_zeros(len(s))

    def log_normaliser(self, x: Tensor) -> Tensor:
        """Return Σ log(1 + eˣ)."""
        return F.softplus(x).sum(dim=-1)


class Gaussian(Units):
    """Normal units with one variance for all: p(s | x) = N(x, σ²), T(s) = s / σ², E(s) = Σ s² / 2σ².

    The logarithm of σ² is a tensor (), so that it can be learned; `learned` makes it a parameter of the model.
    """

    squashes = False
    learns_from_states = False

    def __init__(self, variance: float = 1.0, device: torch.device | str = "cpu", *, learned: bool = False) -> None:
        self.log_variance = torch.tensor(math.log(variance), device=device)
        self.learned = learned

    @property
    def variance(self) -> Tensor:
        """σ², as a tensor ()."""
        return self.log_variance.exp()

    def in_words(self, what: str, x: str) -> str:
        """Return it in words."""
        variance = "exp(log_variance)" if self.learned else f"{float(self.variance):g}"
        return f"{what} are normal with the mean {x} and the variance s2 = {variance}"

    def mean(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Return x."""
        return x if out is None or out is x else out.copy_(x)

    def input_for(self, mean: Tensor) -> Tensor:
        """Return the mean itself."""
        return mean

    def sampler(self, size: int, device: torch.device | str) -> Sampler:
        """Return a source of normal noise for up to `size` units."""
        noise = torch.empty(size, device=device)

        def draw(mean: Tensor, generator: torch.Generator, out: Tensor) -> Tensor:
            drawn = noise[: mean.numel()].view(mean.shape).normal_(generator=generator)
            return torch.addcmul(mean, drawn, (self.log_variance / 2).exp(), out=out)

        return draw

    def statistic(self, s: Tensor, out: Tensor | None = None) -> Tensor:
        """Return s / σ²."""
        return torch.mul(s, torch.exp(-self.log_variance), out=out)

    def energy(self, s: Tensor) -> Tensor:
        """Return Σ s² / 2σ²."""
        return s.square().sum(dim=-1) / (2 * self.variance)

    def log_normaliser(self, x: Tensor) -> Tensor:
        """Return Σ [½ log 2πσ² + x² / 2σ²]."""
        return 0.5 * x.shape[-1] * (math.log(2 * math.pi) + self.log_variance) + self.energy(x)

    def state(self) -> dict[str, Tensor]:
        """Return log σ² if it is learned."""
        return {"log_variance": self.log_variance} if self.learned else {}


BINARY = Binary()
