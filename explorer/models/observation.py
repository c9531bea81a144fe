"""What a model sees of an image of bytes, and the picture of what it sees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from explorer.models.sampling import Binarize, Binarizer

Observer = Callable[[Tensor, torch.Generator, Tensor], Tensor]  # (bytes, generator, out) → out


class Observation(ABC):
    """A way from bytes (B, V) to the values (B, V) that a model is trained on, and back to grey values."""

    binary: bool = False  # whether all values are 0 or 1

    @abstractmethod
    def in_words(self) -> str:
        """Return what is made of grey values x from 0 to 1, in words."""

    @abstractmethod
    def observer(self, shape: tuple[int, int], device: torch.device | str) -> Observer:
        """Return a function that observes up to B images of V bytes, with buffers of its own."""

    def observe(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        """Return what a model sees of bytes (B, V), as floats (B, V)."""
        shape = (pixels.shape[0], pixels.shape[1])
        return self.observer(shape, pixels.device)(pixels, generator, torch.empty(shape, device=pixels.device))

    def picture(self, v: Tensor) -> Tensor:
        """Return the grey values, 0 (black) to 1, that values v (…, V) stand for; noise may lead out of that range."""
        return v

    def mean(self, data: Tensor) -> Tensor:
        """Return the mean of what is seen of images of bytes (N, V), of grey values where not told otherwise, (V,)."""
        return data.float().mean(dim=0).div(255)

    def fit(self, data: Tensor) -> None:  # noqa: B027  (most need no data)
        """Take what the observation needs from all training images, bytes (N, V)."""

    def state(self) -> dict[str, Tensor]:
        """Return what `fit` took, by name; not copies."""
        return {}


class Binarized(Observation):
    """Binary pixels, or the grey values as probabilities: see `Binarizer`."""

    def __init__(self, mode: Binarize = "sample") -> None:
        self.mode = mode
        self.binary = mode != "none"

    def in_words(self) -> str:
        """Return it in words."""
        return {
            "sample": "a pixel is 1 with its grey value x as probability, else 0, drawn afresh each time",
            "threshold": "a pixel is 1 where x > 0.5, else 0",
            "none": "the grey values x themselves",
        }[self.mode]

    def observer(self, shape: tuple[int, int], device: torch.device | str) -> Observer:
        """Return a `Binarizer`."""
        return Binarizer(self.mode, shape, device)


GREY = Binarized("none")  # grey values between 0 and 1


class Standardised(Observation):
    """Real values with mean 0 and variance 1 over all pixels of all training images: (grey − mean) / std.

    Two numbers for all pixels: a number for each would divide by 0 where a pixel is black in every image.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._mean, self._std = torch.zeros((), device=device), torch.ones((), device=device)

    def in_words(self) -> str:
        """Return it in words."""
        return "(x - pixel_mean) / pixel_std; a value v stands for the grey value v * pixel_std + pixel_mean"

    def observer(self, shape: tuple[int, int], device: torch.device | str) -> Observer:  # noqa: ARG002
        """Return the function; it draws nothing."""

        def observe(pixels: Tensor, generator: torch.Generator, out: Tensor) -> Tensor:  # noqa: ARG001
            return torch.mul(pixels, 1 / 255, out=out).sub_(self._mean).div_(self._std)

        return observe

    def picture(self, v: Tensor) -> Tensor:
        """Return v · std + mean."""
        return v * self._std + self._mean

    @property
    def std(self) -> Tensor:
        """The standard deviation of all pixels in grey values, a tensor (): how many of them one unit of v is."""
        return self._std

    def mean(self, data: Tensor) -> Tensor:
        """Return the mean of what is seen of images of bytes (N, V), (V,)."""
        return (super().mean(data) - self._mean) / self._std

    def fit(self, data: Tensor) -> None:
        """Take mean and standard deviation of all pixels; images of one grey value are left unscaled."""
        counts = torch.bincount(data.flatten(), minlength=256).double()
        grey = torch.arange(256, device=data.device, dtype=torch.double) / 255
        mean = (counts @ grey) / counts.sum()
        std = ((counts @ (grey - mean).square()) / counts.sum()).sqrt()
        self._mean.copy_(mean)
        self._std.copy_(std if std > 0 else torch.ones_like(std))

    def state(self) -> dict[str, Tensor]:
        """Return mean and standard deviation, in grey values."""
        return {"pixel_mean": self._mean, "pixel_std": self._std}
