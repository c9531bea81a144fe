"""Generative adversarial networks: two networks that learn against each other, their losses and the learning rule.

z (B, Z) noise from N(0, I), G(z) images, D(x) = σ(l(x)) the probability that x is real. Goodfellow et al., "Generative
adversarial nets", 2014: D maximises E[log D(x)] + E[log(1 − D(G(z)))] (eq. 1), and G minimises it, or better
−E[log D(G(z))], which has the same fixed point and steeper gradients early on (section 3).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models.adam import Adam
from explorer.models.config import ModelConfig, fields, hyperparameter
from explorer.models.interface import Learner, Model

AdversarialLoss = Literal["non-saturating", "minimax", "hinge"]


def updates(title: str, help: str) -> Any:
    """Describe how often one of the two networks is updated in a step."""
    return hyperparameter(1, title, help, unit="per step", stops=(1, 2, 3, 4, 5), ge=1, le=5)


def rate_of(title: str, help: str) -> Any:
    """Describe the learning rate of one of the two networks."""
    stops = (1e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3)
    return hyperparameter(2e-4, title, help, stops=stops, advanced=True, gt=0, le=1)


class AdversarialConfig(ModelConfig):
    """The hyperparameters of every pair of generator and discriminator."""

    epochs: int = fields.training_epochs(40)  # twice the lab's: the networks are narrower by default
    latent_size: int = hyperparameter(
        100,
        "Latents",
        "How many random numbers an image is generated from.",
        stops=(2, 5, 10, 20, 50, 100, 200),
        ge=1,
        le=500,
    )
    discriminator_updates: int = updates(
        "Discriminator updates",
        "How often the discriminator learns from each batch, each time against newly generated images.",
    )
    generator_updates: int = updates(
        "Generator updates", "How often the generator learns for each batch, each time from new noise."
    )
    loss: AdversarialLoss = hyperparameter(
        "non-saturating",
        "Loss",
        "non-saturating: the generator maximises log D(G(z)); minimax: it minimises log(1 − D(G(z))), the formula's "
        "loss, which is flat while D wins; hinge: margins on D's logits.",
    )
    label_smoothing: float = hyperparameter(
        0.0,
        "Label smoothing",
        "The discriminator is to be so much less than certain of real images (one-sided); without effect on the hinge "
        "loss.",
        stops=(0.0, 0.05, 0.1, 0.2, 0.3),
        advanced=True,
        ge=0,
        le=0.5,
    )
    discriminator_rate: float = rate_of("Learning rate of D", "Step size of the discriminator's Adam.")
    generator_rate: float = rate_of("Learning rate of G", "Step size of the generator's Adam.")
    adam_beta1: float = hyperparameter(
        0.3,  # the lab's with images of 32×32
        "Adam β1",
        "How much of the earlier gradients each step keeps, in both networks. Opponents that move call for less than "
        "Adam's usual 0.9; the DCGAN paper has 0.5.",
        stops=(0.0, 0.1, 0.3, 0.5, 0.7, 0.9),
        advanced=True,
        ge=0,
        le=0.99,
    )

    @abstractmethod
    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> AdversarialModel:
        """Return a generator and a discriminator with all weights 0."""

    def trajectory(self) -> Self:
        """Return the config in which what the loss has no use for has its default."""
        return self.without("label_smoothing") if self.loss == "hinge" else self


class AdversarialModel(Model):
    """A generator from noise (B, Z) and a discriminator, which both work on images (B, 1, S, S) in −1..1 inside."""

    latent_size: int

    @abstractmethod
    def initialize(self, generator: torch.Generator) -> None:
        """Draw the first weights of both networks."""

    @property
    @abstractmethod
    def generator_parameters(self) -> dict[str, Tensor]:
        """What the generator learns, by name."""

    @property
    @abstractmethod
    def discriminator_parameters(self) -> dict[str, Tensor]:
        """What the discriminator learns, by name."""

    @abstractmethod
    def to_inner(self, pixels: Tensor) -> Tensor:
        """Return bytes (B, S²) as images in −1..1."""

    def observe(self, pixels: Tensor, generator: torch.Generator) -> Tensor:  # noqa: ARG002
        """Return what D is given of images of bytes, (B, S²) → (B, S²) in −1..1."""
        return self.to_inner(pixels).flatten(1)

    def picture(self, v: Tensor) -> Tensor:
        """Return the grey values from 0 to 1 of values in −1..1, (…, S²) → (…, S²)."""
        return (v + 1) / 2

    @abstractmethod
    def generate(self, z: Tensor, *, training: bool = False) -> Tensor:
        """Return G(z), (B, Z) → images in −1..1."""

    @abstractmethod
    def judge(self, x: Tensor, *, training: bool = False) -> Tensor:
        """Return the logits l(x) of images in −1..1, (B,)."""


def discriminator_loss(loss: AdversarialLoss, real: Tensor, generated: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return what D minimises, from the logits of real and of generated images, (B,) each → 0-d.

    A cross-entropy in nats whose label is 1 − `smoothing` for real images (Salimans et al. 2016, section 3.4) and 0
    for generated ones; or the hinge loss (Lim & Ye 2017).
    """
    if loss == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + generated).mean()
    # −log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l), which are finite for any logit; a σ that is
    # rounded to 0 or 1 has no logarithm. With the label 1 − s:
    # −(1 − s) log σ(l) − s log(1 − σ(l)) = softplus(−l) + s l.
    return F.softplus(-real).mean() + smoothing * real.mean() + F.softplus(generated).mean()


def generator_loss(loss: AdversarialLoss, generated: Tensor) -> Tensor:
    """Return what G minimises, from the logits of generated images, (B,) → 0-d."""
    if loss == "hinge":
        return -generated.mean()
    # Both pull D(G(z)) up. Where D is sure that an image is generated, log D has the gradient −1 in l, and
    # log(1 − D) hardly any: the game's own loss stalls just when G has most to learn (Goodfellow et al. 2014).
    return F.softplus(-generated).mean() if loss == "non-saturating" else -F.softplus(generated).mean()


class AdversarialLearner(Learner):
    """Updates D, then G, by Adam: each D update sees the batch and as many generated images, apart from each other.

    All D updates of a step see the same real images. The first G update takes the images that D has just learned
    from, seen by D as it is now.
    """

    model: AdversarialModel

    def __init__(self, config: AdversarialConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        self.config = config
        self.model = config.new_model(shape, generator.device)
        self.model.initialize(generator)
        beta1 = config.adam_beta1
        self._adam_of_discriminator = Adam(self.model.discriminator_parameters, config.discriminator_rate, beta1=beta1)
        self._adam_of_generator = Adam(self.model.generator_parameters, config.generator_rate, beta1=beta1)
        self._draws = generator

    @property
    def current_learning_rate(self) -> float:
        """The higher of both learning rates, which stay."""
        return max(self.config.discriminator_rate, self.config.generator_rate)

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:  # noqa: ARG002  (all epochs are alike)
        """Take the epoch's source of random numbers."""
        self._draws = generator

    def state(self) -> dict[str, Tensor]:
        """Return both networks' tensors and both Adams' moments."""
        return self.model.state() | self._adam_of_discriminator.state() | self._adam_of_generator.state()

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update both networks on a batch of bytes (B, S²).

        Returns losses, mean D(x) and D(G(z)) and the share of right decisions of D, all of the last update of each,
        before it is made.
        """
        x = self.model.to_inner(pixels)
        # One graph serves both networks: D learns from detached images, G from the same ones through D as it is after
        # its update. Normalisation takes real and generated images in batches of their own, as D will see them apart.
        for left in reversed(range(self.config.discriminator_updates)):
            with torch.set_grad_enabled(left == 0):  # G learns from the last images only
                generated = self._generate(len(x))
            metrics = self._update_discriminator(x, generated.detach())
        for number in range(self.config.generator_updates):
            loss = self._update_generator(self._generate(len(x)) if number else generated)
        return metrics | {"generator_loss_train": loss}

    def _generate(self, count: int) -> Tensor:
        z = torch.randn(count, self.model.latent_size, generator=self._draws, device=self._draws.device)
        return self.model.generate(z, training=True)

    def _update_discriminator(self, x: Tensor, generated: Tensor) -> dict[str, Tensor]:
        real, fake = self.model.judge(x, training=True), self.model.judge(generated, training=True)
        loss = discriminator_loss(self.config.loss, real, fake, self.config.label_smoothing)
        self._adam_of_discriminator.minimize(loss)
        real, fake = real.detach(), fake.detach()
        return {
            "discriminator_loss_train": loss.detach(),
            "real_probability_train": real.sigmoid().mean(),
            "generated_probability_train": fake.sigmoid().mean(),
            "discriminator_accuracy_train": ((real > 0).float().mean() + (fake <= 0).float().mean()) / 2,
        }

    def _update_generator(self, generated: Tensor) -> Tensor:
        loss = generator_loss(self.config.loss, self.model.judge(generated, training=True))
        self._adam_of_generator.minimize(loss)
        return loss.detach()
