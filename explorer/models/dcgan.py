"""The deep convolutional GAN of the lab, in both editions: images of 32×32 or 64×64 pixels.

Radford, Metz & Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
networks", 2016; Goodfellow et al., "Generative adversarial nets", 2014.

With width w (64 in the lab): the generator has 8w-4w-2w-1 channels, and w more before the last in the edition of
64×64; the discriminator w-2w-1, and w-2w-4w-8w-1. Kernels are 4×4 with stride 2 and padding 1, but for the generator's
first (4×4 from a single pixel) and the discriminator's last, which covers all that is left (8×8, and 4×4) and so ends
in one number. Leaky ReLUs stand between all layers of both networks.
"""

from __future__ import annotations

from copy import copy
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

import torch
from pydantic import BeforeValidator, model_validator
from torch import Tensor

from explorer.arrays import Bytes
from explorer.data.catalogue import CATALOGUE
from explorer.data.images import ImageSet
from explorer.models.adversarial import AdversarialConfig, AdversarialModel
from explorer.models.config import field_error, hyperparameter
from explorer.models.convolution import SLOPE, ConvNet, Layer
from explorer.models.precision import mixed_precision
from explorer.models.resizing import MARGINS, SIDE, enlarge

ImageSize = Annotated[Literal["32", "64"], BeforeValidator(str)]
KERNEL = 4


class DCGANConfig(AdversarialConfig):
    """The hyperparameters of a DCGAN. Defaults are the lab's edition of 32×32, but for width and epochs."""

    kind: ClassVar[str] = "dcgan"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.adversarial:AdversarialLearner"

    image_size: ImageSize = hyperparameter(
        "32",
        "Image size",
        "Side of the images in pixels, and with it the depth of both networks. 32: the digits with a margin of 2 "
        "pixels; 64: enlarged, with about four times the work.",
        unit="pixels",
    )
    width: int = hyperparameter(
        16,  # minutes on a CPU, where the lab's 64 takes hours
        "Width",
        "Channels of the discriminator's first layer; all others are multiples of it. The lab has 64, which takes 15 "
        "times the work of 16.",
        unit="channels",
        stops=(8, 16, 32, 64),
        ge=8,
        le=64,
    )
    batch_norm: bool = hyperparameter(
        True,
        "Batch normalisation",
        "In both networks, after each layer but the generator's last and the discriminator's first and last.",
    )

    @model_validator(mode="after")
    def _check_images(self) -> Self:
        if CATALOGUE[self.dataset].shape != (SIDE, SIDE):
            raise field_error("dataset", self.dataset, f"a set of images of {SIDE}×{SIDE} pixels, such as mnist")
        return self

    def training_rows(self, images: ImageSet) -> Bytes:
        """Return the images at the size they are trained at, (N, S²) bytes."""
        return enlarge(images.train, int(self.image_size), images.background)

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> DCGAN:  # noqa: ARG002  (28×28)
        """Return a DCGAN with all weights 0."""
        return DCGAN(int(self.image_size), self.width, self.latent_size, self.batch_norm, device)

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of a step for one image: forward once, and back for inputs and for weights.

        While G learns, D needs no gradients of its weights. Those of the first layers' inputs, which nobody needs, are
        counted, too: they are few.
        """
        model = self.new_model(shape, "meta")
        g, d = model.generator_cost, model.discriminator_cost
        discriminator = self.discriminator_updates * (g + 6 * d)
        return float(discriminator + (self.generator_updates - 1) * g + self.generator_updates * (2 * g + 2 * d))


class DCGAN(AdversarialModel):
    """A generator from noise (B, Z) to images (B, S, S), and a discriminator of such images; S is 32 or 64."""

    def __init__(
        self, side: int, width: int, latent_size: int, batch_norm: bool = True, device: torch.device | str = "cpu"
    ) -> None:
        """Make a DCGAN with all weights 0."""
        self.side = side
        self.latent_size = latent_size
        self._generator = ConvNet(generator_plan(side, width, latent_size, batch_norm), device)
        self._discriminator = ConvNet(discriminator_plan(side, width, batch_norm), device)

    def initialize(self, generator: torch.Generator) -> None:
        """Draw the first weights of both networks."""
        self._generator.initialize(generator)
        self._discriminator.initialize(generator)

    def in_words(self) -> str:
        """Return both networks in words."""
        margin = "with a margin of 2 pixels" if self.side in MARGINS else "enlarged by bilinear interpolation"
        return f"""A generator G from noise z (B, {self.latent_size}), each number from N(0, 1), and a discriminator D.
Images are maps (B, 1, {self.side}, {self.side}), the digits {margin}; inside, grey values x are 2 x - 1.
Between layers stands a leaky ReLU: h where h > 0, else {SLOPE} h.
{self._generator.in_words("generator")}
The pixels are tanh(h), from -1 to 1; (tanh(h) + 1) / 2 are grey values.
{self._discriminator.in_words("discriminator")}
D(x) = sigmoid(h), the probability that an image is real."""

    def state(self) -> dict[str, Tensor]:
        """Return "generator.0.W" …, "discriminator.0.W" …: weights, biases or scales and shifts, and running means."""
        networks = {"generator": self._generator, "discriminator": self._discriminator}
        return {
            f"{part}.{name}": tensor
            for part, network in networks.items()
            for name, tensor in (network.parameters | network.statistics).items()
        }

    @property
    def generator_parameters(self) -> dict[str, Tensor]:
        """What the generator learns, by the names of `state`."""
        return {f"generator.{name}": tensor for name, tensor in self._generator.parameters.items()}

    @property
    def discriminator_parameters(self) -> dict[str, Tensor]:
        """What the discriminator learns, by the names of `state`."""
        return {f"discriminator.{name}": tensor for name, tensor in self._discriminator.parameters.items()}

    @property
    def generator_cost(self) -> int:
        """The multiply-adds of generating one image."""
        return _cost(self._generator, 1)

    @property
    def discriminator_cost(self) -> int:
        """The multiply-adds of judging one image."""
        return _cost(self._discriminator, self.side)

    def sample(self, z: Tensor) -> Tensor:
        """Return images in [0, 1] from noise, (B, Z) → (B, S, S), each by itself alone (running statistics)."""
        return self.generate(z)[:, 0].add(1).mul(0.5)

    def logits(self, x: Tensor) -> Tensor:
        """Return the log odds that images are real, (B, S, S) in [0, 1] → (B,), each by itself alone."""
        return self.judge(self._inner(x))

    def discriminate(self, x: Tensor) -> Tensor:
        """Return the probability D(x) that images are real, (B, S, S) in [0, 1] → (B,)."""
        return torch.sigmoid(self.logits(x))

    def settled(self, images: Tensor) -> DCGAN:
        """Return the model, weights shared, with a D that normalises as among images, (B, S, S) in [0, 1].

        So D judged in training: each batch, of real images or of generated ones, by its own. The running ones follow
        its last batches, which are of either kind, and shift all scores up or down together, another way each epoch.
        """
        other = copy(self)
        other._discriminator = self._discriminator.settled(self._inner(images))
        return other

    def generator_layers(self, z: Tensor) -> list[Tensor]:
        """Return the feature maps after each layer's activation, (B, Z) → (B, C, s, s) each; the last in −1..1."""
        *found, last = self._run(self._generator, z[:, :, None, None], training=False)
        return [*found, torch.tanh(last)]

    def discriminator_layers(self, x: Tensor) -> list[Tensor]:
        """Return the feature maps after each layer's activation, (B, S, S) in [0, 1] → (B, C, s, s) each.

        The last are the logits, (B, 1, 1, 1).
        """
        return self._run(self._discriminator, self._inner(x), training=False)

    def to_inner(self, pixels: Tensor) -> Tensor:
        """Return bytes (B, S²) as images (B, 1, S, S) in −1..1."""
        return _channels_last(pixels.to(torch.float32).mul_(2 / 255).sub_(1).view(-1, self.side, self.side))

    def generate(self, z: Tensor, *, training: bool = False) -> Tensor:
        """Return G(z) in −1..1, (B, Z) → (B, 1, S, S)."""
        return torch.tanh(self._run(self._generator, z[:, :, None, None], training=training)[-1])

    def judge(self, x: Tensor, *, training: bool = False) -> Tensor:
        """Return the logits of images (B, 1, S, S) in −1..1, (B,)."""
        return self._run(self._discriminator, _channels_last(x[:, 0]), training=training)[-1].flatten()

    def _inner(self, x: Tensor) -> Tensor:
        return _channels_last(2 * x.view(-1, self.side, self.side) - 1)

    def _run(self, network: ConvNet, x: Tensor, *, training: bool) -> list[Tensor]:
        """Return all layers' outputs; the last has 32 bits."""
        with mixed_precision(x.device, training=training):
            found = network.activations(x, training=training)
        return [*found[:-1], found[-1].float()]


def generator_plan(side: int, width: int, latent_size: int, batch_norm: bool) -> list[Layer]:
    """Return the generator's layers, for images of 32 or 64 pixels a side."""
    channels = [8 * width, 4 * width, 2 * width, *([width] if side == 64 else []), 1]
    layers = [Layer(latent_size, channels[0], KERNEL, 1, 0, up=True, normalized=batch_norm)]
    for below, above in pairwise(channels):
        layers.append(Layer(below, above, KERNEL, 2, 1, up=True, normalized=batch_norm and above > 1))
    return layers


def discriminator_plan(side: int, width: int, batch_norm: bool) -> list[Layer]:
    """Return the discriminator's layers, for images of 32 or 64 pixels a side."""
    channels = [1, width, 2 * width, *([4 * width, 8 * width] if side == 64 else [])]
    layers = [
        Layer(below, above, KERNEL, 2, 1, up=False, normalized=batch_norm and below > 1)
        for below, above in pairwise(channels)
    ]
    left = side // 2 ** len(layers)
    return [*layers, Layer(channels[-1], 1, left, 1, 0, up=False, normalized=False)]


def _channels_last(images: Tensor) -> Tensor:
    """Return images (B, S, S) as (B, 1, S, S), with strides that say that channels lie last in memory."""
    return images.unsqueeze(-1).permute(0, 3, 1, 2)


def _cost(network: ConvNet, side: int) -> int:
    total = 0
    for layer in network.layers:
        total += layer.cost(side)
        side = layer.size(side)
    return total
