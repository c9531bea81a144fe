"""The restricted Boltzmann machine (RBM); how it learns stands in `contrastive_divergence`.

Energy E(v, h) = −vᵀWh − aᵀv − bᵀh over binary v (V visible) and h (H hidden); p(v, h) = exp(−E(v, h)) / Z. Other units
add terms of their own to it: see `units`.
Sources: Smolensky, "Information processing in dynamical systems: foundations of harmony theory", 1986; Hinton, "A
practical guide to training restricted Boltzmann machines", 2010.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor

from explorer.models.config import ModelConfig, fields, hyperparameter
from explorer.models.interface import Model
from explorer.models.observation import GREY, Binarized, Observation
from explorer.models.sampling import Binarize
from explorer.models.units import BINARY, Units


class RBMConfig(ModelConfig):
    """Hyperparameters of an RBM trained by contrastive divergence."""

    kind: ClassVar[str] = "rbm"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.rbm_learner:RBMLearner"
    only_at_start: ClassVar[tuple[str, ...]] = ("initial_std", "initial_visible_bias")

    hidden_units: int = hyperparameter(
        100,
        "Hidden units",
        "How many features the model can learn. Each unit has one weight for each pixel.",
        unit="units",
        stops=(4, 9, 16, 20, 25, 36, 49, 64, 100, 144, 196, 256, 400, 500, 784, 1000),
        ge=1,
        le=1000,
    )
    cd_k: int = fields.cd_steps(
        1,
        "Gibbs steps before the negative statistics are taken. Larger k: closer to the likelihood gradient, slower.",
    )
    persistent: bool = hyperparameter(
        False,
        "Persistent chains (PCD)",
        "The Gibbs chains go on where the last update left them, instead of starting at the data.",
    )
    learning_rate: float = hyperparameter(
        0.1,
        "Learning rate",
        "Size of one update. Too small: slow. Too large: many units go dead, and half of these stay so.",
        stops=(0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.3, 0.5, 1.0),
        gt=0,
        le=10,
    )
    binarize: Binarize = hyperparameter(
        "sample",
        "Input pixels",
        "sample: each pixel is drawn afresh with its grey value as probability; threshold: above one half; "
        "none: the grey values themselves, and mean values instead of states in the chain's visible layer.",
    )
    decay_epochs: int = fields.decay_over()
    momentum: float = fields.momentum()
    low_momentum_epochs: int = fields.low_momentum()
    weight_decay: float = fields.weight_decay()
    centred: bool = fields.centred("all parameters")
    initial_std: float = fields.initial_std(
        "Spread of the normal distribution from which the first weights are drawn. Biases start at 0."
    )

    initial_visible_bias: Literal["zero", "data"] = hyperparameter(
        "zero",
        "Initial visible bias",
        "data: the log-odds of each pixel's mean, so that the hidden units need not all learn the mean image first "
        "(Hinton 2010, section 8.1); zero: as in the lab.",
        advanced=True,
    )

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> RBM:
        """Return an RBM with all weights 0."""
        return RBM(math.prod(shape), self.hidden_units, device, sees=Binarized(self.binarize))

    @property
    def mean_chain(self) -> bool:
        """Whether the chain has mean values in its visible layer: where grey values go in."""
        return self.binarize == "none"

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: 2k + 1 passes between the layers, two for the statistics."""
        return float(math.prod(shape) * self.hidden_units * (2 * self.cd_k + 3))


class RBM(Model):
    """A restricted Boltzmann machine: W (V, H), visible bias a (V,), hidden bias b (H,), and the units of both layers.

    With other units than binary ones, v and h below stand for what the other layer is told of them: see `units`.
    """

    def __init__(
        self,
        n_visible: int,
        n_hidden: int,
        device: torch.device | str = "cpu",
        *,
        visible: Units = BINARY,
        hidden: Units = BINARY,
        sees: Observation | None = None,
    ) -> None:
        """Make an RBM with all weights 0; `sees` is what it is given of an image, by default sampled pixels."""
        self.W = torch.zeros(n_visible, n_hidden, device=device)
        self.a = torch.zeros(n_visible, device=device)
        self.b = torch.zeros(n_hidden, device=device)
        self.visible, self.hidden = visible, hidden
        self.sees = sees or Binarized()

    @classmethod
    def of(cls, W: Tensor, a: Tensor, b: Tensor, sees: Observation | None = None) -> RBM:
        """Return a binary RBM of these very tensors, not of copies."""
        rbm = cls(0, 0, sees=sees)
        rbm.W, rbm.a, rbm.b = W, a, b
        return rbm

    @property
    def n_visible(self) -> int:
        """V, the number of visible units."""
        return self.W.shape[0]

    @property
    def n_hidden(self) -> int:
        """H, the number of hidden units."""
        return self.W.shape[1]

    def state(self) -> dict[str, Tensor]:
        """Return W, a and b, and what the units and the way from images have of their own."""
        own = self.visible.state() | self.hidden.state() | self.sees.state()
        return {"W": self.W, "a": self.a, "b": self.b} | own

    def in_words(self) -> str:
        """Return both layers' answers in words."""
        told = "v / s2" if "variance s2" in self.visible.in_words("", "") else "v"
        return f"""An RBM: W is (visible, hidden), a the bias of visible, b that of hidden units.
v, what it sees of images: {self.sees.in_words()}.
Up: {self.hidden.in_words("hidden units h", f"{told} @ W + b")}.
Down: {self.visible.in_words("visible units v", "h @ W.T + a")}.
A reconstruction is the mean of v for an h that was drawn going up."""

    def draw_weights(self, std: float, generator: torch.Generator) -> None:
        """Draw W ~ N(0, std²); nothing is drawn for a std of 0."""
        if std:
            self.W.normal_(0, std, generator=generator)

    def hidden_input(self, v: Tensor) -> Tensor:
        """Return vW + b, what the hidden units are driven by, (B, V) → (B, H)."""
        return self.visible.statistic(v) @ self.W + self.b

    def visible_input(self, h: Tensor) -> Tensor:
        """Return hWᵀ + a, what the visible units are driven by, (B, H) → (B, V)."""
        return self.hidden.statistic(h) @ self.W.T + self.a

    def mean_hidden(self, v: Tensor) -> Tensor:
        """Return E[h | v], for binary units p(h = 1 | v) = σ(vW + b), (B, V) → (B, H)."""
        return self.hidden.mean(self.hidden_input(v))

    def sample_hidden(self, v: Tensor, generator: torch.Generator) -> Tensor:
        """Return h ~ p(h | v), (B, V) → (B, H)."""
        return self.hidden.sample(self.mean_hidden(v), generator)

    def mean_visible(self, h: Tensor) -> Tensor:
        """Return E[v | h], for binary units p(v = 1 | h) = σ(hWᵀ + a), (B, H) → (B, V)."""
        return self.visible.mean(self.visible_input(h))

    def sample_visible(self, h: Tensor, generator: torch.Generator) -> Tensor:
        """Return v ~ p(v | h), (B, H) → (B, V)."""
        return self.visible.sample(self.mean_visible(h), generator)

    def free_energy(self, v: Tensor, hidden_input: Tensor | None = None) -> Tensor:
        """Return F(v) in nats, (B, V) → (B,); p(v) = exp(−F(v)) / Z. `hidden_input` is that of v, where it is known.

        F(v) = E(v) − aᵀv − log Σ_h exp(hᵀ(vW + b) − E(h)); of binary units −aᵀv − Σⱼ log(1 + exp(vW + b)ⱼ).
        """
        own = self.visible.energy(v) - self.visible.statistic(v) @ self.a
        return own - self.hidden.log_normaliser(self.hidden_input(v) if hidden_input is None else hidden_input)

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """Return E(v, h) = E(v) + E(h) − vᵀWh − aᵀv − bᵀh in nats, (B, V) and (B, H) → (B,)."""
        told_v, told_h = self.visible.statistic(v), self.hidden.statistic(h)
        coupled = ((told_v @ self.W) * told_h).sum(dim=1)
        return self.visible.energy(v) + self.hidden.energy(h) - coupled - told_v @ self.a - told_h @ self.b

    def gibbs(
        self, generator: torch.Generator, *, v: Tensor | None = None, h: Tensor | None = None, steps: int
    ) -> tuple[Tensor, Tensor]:
        """Run `steps` of block Gibbs sampling from visible states v (B, V) or hidden states h (B, H).

        One step from h draws v ~ p(v | h), then h ~ p(h | v). Starting from v, its h is drawn first.
        Returns the last v (B, V) and h (B, H).

        Raises:
            ValueError: not exactly one of v and h is given, or steps is below 1.
        """
        if (v is None) == (h is None):
            raise ValueError("gibbs() starts from v or from h: give exactly one of them")
        if steps < 1:
            raise ValueError(f"gibbs() needs at least one step, not {steps}")
        if h is None:
            h = self.sample_hidden(v, generator)  # type: ignore[arg-type]
        for _ in range(steps):
            v = self.sample_visible(h, generator)
            h = self.sample_hidden(v, generator)
        return v, h  # type: ignore[return-value]

    def reconstruct(self, v: Tensor, generator: torch.Generator) -> Tensor:
        """Return E[v | h] with h ~ p(h | v), (B, V) → (B, V)."""
        return self.mean_visible(self.sample_hidden(v, generator))


def mean_log_odds(data: Tensor) -> Tensor:
    """Return log(p / (1 − p)) of the mean p of each pixel over bytes (N, V), kept within 0.01 … 0.99, as (V,)."""
    return BINARY.input_for(GREY.mean(data))
