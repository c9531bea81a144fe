"""The Gaussian–Bernoulli restricted Boltzmann machine: real-valued pixels, binary hidden units.

Pixels are standardised by the mean and the standard deviation of all training pixels. Given the hidden states they are
normal with one variance, p(v | h) = N(a + Wh, σ²), and p(h = 1 | v) = σ(vW / σ² + b): with the variance σ² fixed, a
mixture of 2^H normal distributions whose centres are sums of weights. The model is the `RBM` with `Gaussian` units.
Sources: Welling, Rosen-Zvi & Hinton, "Exponential family harmoniums with an application to information retrieval",
2005; Cho, Ilin & Raiko, "Improved learning of Gaussian-Bernoulli restricted Boltzmann machines", 2011; Melchior, Wang &
Wiskott, "Gaussian-binary restricted Boltzmann machines for modeling natural image statistics", 2017.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal, Self

import torch

from explorer.models.config import ModelConfig, fields, hyperparameter
from explorer.models.observation import Standardised
from explorer.models.rbm import RBM
from explorer.models.units import Gaussian


class GaussianRBMConfig(ModelConfig):
    """Hyperparameters of a Gaussian–Bernoulli RBM trained by contrastive divergence."""

    kind: ClassVar[str] = "gaussian-rbm"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.rbm_learner:RBMLearner"
    only_at_start: ClassVar[tuple[str, ...]] = ("initial_std", "initial_visible_bias")
    mean_chain: ClassVar[bool] = False  # visible states of the chain are sampled

    epochs: int = fields.training_epochs(10)
    hidden_units: int = hyperparameter(
        100,
        "Hidden units",
        "How many features the model can learn; with H of them it is a mixture of 2^H normal distributions.",
        unit="units",
        stops=(4, 9, 16, 25, 36, 49, 64, 100, 144, 196, 256, 400, 500, 784, 1000),
        ge=1,
        le=1000,
    )
    cd_k: int = fields.cd_steps(1, "Gibbs steps before the negative statistics are taken.")
    persistent: bool = hyperparameter(
        False,
        "Persistent chains (PCD)",
        "The Gibbs chains go on where the last update left them, instead of starting at the data.",
    )
    learning_rate: float = hyperparameter(
        0.01,
        "Learning rate",
        "Size of one update. What hidden units are told of a pixel is divided by σ², so that a small variance takes "
        "a small rate.",
        stops=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
        gt=0,
        le=1,
    )
    variance: float = hyperparameter(
        1.0,
        "Variance σ²",
        "Of each pixel given the hidden states, in units of the variance of all pixels; where it is learned, at the "
        "start.",
        stops=(0.05, 0.1, 0.2, 0.3, 0.5, 1.0),
        ge=0.01,
        le=10,
    )
    learned_variance: bool = hyperparameter(
        True,
        "Learned variance",
        "σ² follows the likelihood's gradient, too: one number for all pixels, since of its own it would go to 0 where "
        "a pixel is always black.",
    )
    decay_epochs: int = fields.decay_over()
    momentum: float = fields.momentum()
    low_momentum_epochs: int = fields.low_momentum()
    weight_decay: float = fields.weight_decay()
    centred: bool = fields.centred("all parameters")
    initial_std: float = fields.initial_std("Spread of the normal distribution from which the first weights are drawn.")
    initial_visible_bias: Literal["zero", "data"] = hyperparameter(
        "data",
        "Initial visible bias",
        "data: each pixel's mean, so that the hidden units need not all learn the mean image first; zero: the mean of "
        "all pixels.",
        advanced=True,
    )

    def trajectory(self) -> Self:
        """Return the config in which a learned variance has its default where it starts as another run has it."""
        config = super().trajectory()
        return config.without("variance") if self.origin and self.learned_variance else config

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> RBM:
        """Return an RBM with normal visible units and all weights 0."""
        visible = Gaussian(self.variance, device, learned=self.learned_variance)
        return RBM(math.prod(shape), self.hidden_units, device, visible=visible, sees=Standardised(device))

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: 2k + 1 passes, two for the statistics, two more for the variance."""
        passes = 2 * self.cd_k + 3 + 2 * self.learned_variance
        return float(math.prod(shape) * self.hidden_units * passes)
