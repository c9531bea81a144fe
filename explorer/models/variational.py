"""What all variational autoencoders share: the bound, its terms, and the learning rule.

x (B, V) an image, z (Z) a latent, q(z|x) = N(μ(x), σ²(x)) the encoder, p(x|z) the decoder, p(z) = N(0, I) the prior.
ELBO = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)) ≤ log p(x) (Kingma & Welling 2014, eq. 3). With K samples the importance
weighted bound L_K = E[log 1/K Σₖ p(x, zₖ) / q(zₖ|x)] lies between the two (Burda, Grosse & Salakhutdinov 2016, eq. 8).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.errors import Problem
from explorer.models.adam import Adam
from explorer.models.config import ModelConfig, fields, hyperparameter
from explorer.models.functions import bernoulli_log_prob
from explorer.models.interface import Learner, Model
from explorer.models.sampling import Binarize

Decoder = Literal["bernoulli", "gaussian"]
LOG_2_PI = math.log(2 * math.pi)
# A density has no upper bound where a pixel is always black: σ is kept at or above one grey level in 255.
LOWEST_LOG_VARIANCE = -2 * math.log(255)


def latents(default: int) -> Any:
    """Describe the number of latents, whose default differs from kind to kind."""
    return hyperparameter(
        default,
        "Latents",
        "How many numbers describe an image. With 2, the whole latent space can be drawn as a map.",
        stops=(1, 2, 3, 5, 8, 10, 20, 30, 50),
        ge=1,
        le=50,
    )


class VariationalConfig(ModelConfig):
    """The hyperparameters of every variational autoencoder."""

    latent_size: int = latents(20)
    beta: float = hyperparameter(
        1.0,
        "β",
        "Weight of the KL term. Below 1: better copies, latents that do not look like the prior. Above 1: the reverse, "
        "and more latents switched off.",
        stops=(0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0),
        ge=0,
        le=100,
    )
    importance_samples: int = hyperparameter(
        1,
        "Importance samples k",
        "1: the ELBO. More: the tighter importance-weighted bound Lₖ (IWAE), which keeps more latents alive.",
        unit="samples",
        stops=(1, 2, 5, 10, 20, 50),
        ge=1,
        le=100,
    )
    binarize: Binarize = hyperparameter(
        "sample",
        "Pixels",
        "sample: 1 with the grey value as probability, afresh each time, so that bounds are of a true likelihood; "
        "threshold: 1 above the middle; none: grey values, whose cross-entropy never falls below 45.5 nats on MNIST.",
    )
    decoder: Decoder = hyperparameter(
        "bernoulli",
        "Decoder",
        "bernoulli: a probability for each pixel; gaussian: a mean and a variance (take it with pixels: none).",
        advanced=True,
    )
    learning_rate: float = fields.adam_rate(1e-3)

    def misfits(self) -> list[Problem]:
        """Return densities of black and white: where values are 0 or 1 only, they have no upper bound as σ falls."""
        if self.decoder == "bernoulli" or self.binarize == "none":
            return []
        return [
            Problem("binarize", self.binarize, "'none', as a Gaussian decoder gives densities of grey values", True)
        ]

    @abstractmethod
    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> VariationalModel:
        """Return a variational autoencoder with all parameters 0."""


class VariationalModel(Model):
    """An encoder and a decoder with named parameters; V pixels, Z latents."""

    decoder: Decoder
    latent_size: int
    parameters: dict[str, Tensor]
    decoded_at_once: ClassVar[int] = 20_000  # latents; bounds the memory, and the time until the next pulse
    quadrature_step: ClassVar[float] = 0.025  # prior standard deviations; a model that decodes slowly takes more

    def state(self) -> dict[str, Tensor]:
        """Return the parameters of encoder and decoder."""
        return self.parameters

    @abstractmethod
    def initialize(self, generator: torch.Generator) -> None:
        """Draw the first parameters."""

    @abstractmethod
    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of q(z|x), (B, V) → twice (B, Z)."""

    @abstractmethod
    def pixel_parameters(self, z: Tensor) -> Tensor:
        """Return what the decoder puts out, (B, Z) → (B, V) logits, or (B, 2V) for a Gaussian decoder."""

    @property
    def encoded_in_words(self) -> str:
        """What the encoder's output is."""
        z = self.latent_size
        return (
            f"Its first {z} columns are the means mu of q(z|x), its last {z} are log sigma^2; z = mu + sigma * noise."
        )

    @property
    def decoded_in_words(self) -> str:
        """What becomes of the decoder's output."""
        if self.decoder == "bernoulli":
            return "The pixels' probabilities, or grey values, are sigmoid(output)."
        return f"""The first half of the columns gives the pixels' means, sigmoid(output); the second half, r, their
log-variances L + log(1 + exp(r - L)), with L = -2 log 255 = {LOWEST_LOG_VARIANCE:.6f}."""

    @abstractmethod
    def latent_weights(self) -> Tensor:
        """Return the decoder's weights from each latent, (Z, units of its first layer)."""

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean of p(x|z), (B, Z) → (B, V) in [0, 1]."""
        raw = self.pixel_parameters(z)
        return torch.sigmoid(raw if self.decoder == "bernoulli" else raw.chunk(2, dim=-1)[0])

    def log_prob(self, x: Tensor, z: Tensor) -> Tensor:
        """Return log p(x|z) in nats, x (B, V) and z (..., B, Z) → (..., B)."""
        raw = self.pixel_parameters(z.flatten(0, -2)).view(*z.shape[:-1], -1)
        if self.decoder == "bernoulli":
            return bernoulli_log_prob(raw, x)
        return log_normal(x, *self.gaussian_pixels(raw))

    def gaussian_pixels(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of each pixel from a Gaussian decoder's output, (..., 2V) → (..., V) each."""
        mean, spread = raw.chunk(2, dim=-1)
        return torch.sigmoid(mean), LOWEST_LOG_VARIANCE + F.softplus(spread - LOWEST_LOG_VARIANCE)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Return the decoded mean latent, (B, V) → (B, V)."""
        return self.decode(self.encode(x)[0])

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Return images decoded from the prior, (count, V)."""
        device = next(iter(self.parameters.values())).device
        return self.decode(torch.randn(count, self.latent_size, generator=generator, device=device))


def log_normal(x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return log N(x; mean, exp(log_variance)), summed over the last axis, in nats."""
    return -0.5 * ((x - mean).square() * torch.exp(-log_variance) + log_variance + LOG_2_PI).sum(dim=-1)


def kl_to_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(μ, σ²) ‖ N(0, 1)) = −½(1 + log σ² − μ² − σ²) of each latent in nats, (..., Z) → (..., Z)."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp())


def draw_latents(mean: Tensor, log_variance: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return z = μ + σ ε with ε ~ N(0, I), (B, Z) → (count, B, Z); gradients reach μ and σ."""
    noise = torch.empty(count, *mean.shape, device=mean.device).normal_(generator=generator)
    return torch.addcmul(mean, noise, torch.exp(0.5 * log_variance))


def log_weights(
    model: VariationalModel, x: Tensor, count: int, generator: torch.Generator, beta: float = 1.0
) -> Tensor:
    """Return log p(x|zₖ) + β (log p(zₖ) − log q(zₖ|x)) for `count` samples of each image, (B, V) → (count, B)."""
    mean, log_variance = model.encode(x)
    z = draw_latents(mean, log_variance, count, generator)
    prior = -0.5 * (z.square() + LOG_2_PI).sum(dim=-1)
    return model.log_prob(x, z) + beta * (prior - log_normal(z, mean, log_variance))


def log_mean_exp(log_weight: Tensor) -> Tensor:
    """Return log 1/K Σₖ exp(wₖ) over the first axis, (K, B) → (B,)."""
    return torch.logsumexp(log_weight, dim=0) - math.log(len(log_weight))


def bound_terms(model: VariationalModel, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return E_q[log p(x|z)] by one sample, and KL(q(z|x) ‖ p(z)), of each image in nats, (B, V) → (B,) each."""
    mean, log_variance = model.encode(x)
    z = draw_latents(mean, log_variance, 1, generator)
    return model.log_prob(x, z)[0], kl_to_prior(mean, log_variance).sum(dim=-1)


class VariationalLearner(Learner):
    """Maximises E_q[log p(x|z)] − β KL, or with k > 1 samples L_k, by Adam."""

    model: VariationalModel

    def __init__(self, config: VariationalConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        batch = (config.batch_size, math.prod(shape))
        self.config = config
        self.model = config.new_model(shape, generator.device)
        self.model.initialize(generator)
        self._adam = Adam(self.model.state(), config.learning_rate)
        self._generator = generator
        self._observe = self.model.sees.observer(batch, generator.device)
        self._x = torch.empty(batch, device=generator.device)

    @property
    def current_learning_rate(self) -> float:
        """The learning rate, which is the same in every epoch."""
        return self.config.learning_rate

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:  # noqa: ARG002  (all epochs are alike)
        """Take the epoch's source of random numbers."""
        self._generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return the model's parameters and Adam's moments."""
        return self.model.state() | self._adam.state()

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update on a batch of bytes (B, V); return the mean bound and, with one sample, its two terms, in nats."""
        config = self.config
        x = self._observe(pixels, self._generator, self._x[: len(pixels)])
        if config.importance_samples > 1:
            weights = log_weights(self.model, x, config.importance_samples, self._generator, config.beta)
            bound = log_mean_exp(weights).mean()
            self._adam.minimize(-bound)
            return {"bound_train": bound.detach()}
        reconstruction, kl = (term.mean() for term in bound_terms(self.model, x, self._generator))
        self._adam.minimize(config.beta * kl - reconstruction)
        parts = {"reconstruction_train": reconstruction.detach(), "kl_train": kl.detach()}
        return {"elbo_train": parts["reconstruction_train"] - parts["kl_train"]} | parts
