"""What a denoising autoencoder does with corrupted images: it pulls them back to where data are.

x (B, V) images, x̃ their corruption, r = g ∘ f the reconstruction. For a squared error and a little Gaussian noise,
r(x̃) − x̃ points uphill on the density of the data: it is near σ² ∂ log p(x̃)/∂x̃ (Alain & Bengio 2014). Corrupting and
sampling from p(x | x̃) in turn is a Markov chain whose samples are the model's (Bengio, Yao, Alain & Vincent,
"Generalized denoising auto-encoders as generative models", 2013).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.gibbs import MAX_STEPS, recorded_steps
from explorer.analysis.projection import LinearProjection
from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder
from explorer.models.sampling import bernoulli

Corruption = Callable[[Tensor], Tensor]
Next = Literal["sample", "mean"]


@dataclass(frozen=True)
class Denoised:
    """B images, with noise, and without it again (B, V); Σ over pixels of (x − x̃)² and of (x − r(x̃))² (B,)."""

    noisy: Floats
    denoised: Floats
    noisy_error: Floats
    error: Floats


@torch.no_grad()
def denoise(model: Autoencoder, x: Tensor, corrupt: Corruption) -> Denoised:
    """Return what the model makes of images (B, V) after corruption."""
    noisy = corrupt(x)
    denoised = model.reconstruct(noisy)
    errors = ((y - x).square().sum(dim=1) for y in (noisy, denoised))
    return Denoised(*(y.numpy() for y in (noisy, denoised, *errors)))


@dataclass(frozen=True)
class DenoisingChain:
    """B chains recorded at T of their steps: steps (T,), what was corrupted into what (T, B, V) each, and the means
    r(x̃) of p(x | x̃) (T, B, V). In a step x becomes x̃, and x̃ a mean.
    """  # noqa: D205

    steps: list[int]
    states: Floats
    corrupted: Floats
    means: Floats


@torch.no_grad()
def denoising_chain(
    model: Autoencoder,
    x: Tensor,
    steps: int,
    corrupt: Corruption,
    generator: torch.Generator,
    following: Next = "sample",
    deviation: float = 0.0,
) -> DenoisingChain:
    """Run chains from images x (B, V) for up to 1000 steps: x̃ from x, then the next x from p(x | x̃) or its mean.

    Step 0 shows x itself, as it is. A sample has binary pixels where the model's output is a probability; else it is
    Gaussian around the mean with standard deviation `deviation`, for which the root of the model's mean squared error
    per pixel is the likeliest value.

    Raises:
        ValueError: `steps` is not in 1 … 1000.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"a chain has 1 to {MAX_STEPS} steps, not {steps}")
    kept = recorded_steps(steps)
    record = [(x, x, x)]
    for step in range(1, steps + 1):
        noisy = corrupt(x)
        mean = model.reconstruct(noisy)
        if step in kept:
            record.append((x, noisy, mean))
        x = _sample(model, mean, deviation, generator) if following == "sample" else mean
    return DenoisingChain(kept, *(torch.stack(y).numpy() for y in zip(*record, strict=True)))


def random_images(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Return images (B, V) of pixels that are evenly distributed in [0, 1]."""
    return torch.rand(*shape, generator=generator)


def pixel_deviation(model: Autoencoder, images: Tensor, corrupt: Corruption) -> float:
    """Return the root of the mean squared error per pixel with which images (N, V) are denoised."""
    return float((denoise(model, images, corrupt).error.mean() / images.shape[1]) ** 0.5)


def _sample(model: Autoencoder, mean: Tensor, deviation: float, generator: torch.Generator) -> Tensor:
    """Return a draw from p(x | x̃) by its mean (B, V)."""
    if model.loss == "cross-entropy":
        return bernoulli(mean, generator)
    return mean + deviation * torch.empty_like(mean).normal_(generator=generator)


@dataclass(frozen=True)
class CorrectionField:
    """r(x) − x on a plane: what it is within the plane, (rows, columns, 2), and its length across (rows, columns)."""

    along: Floats
    across: Floats


@torch.no_grad()
def correction_field(model: Autoencoder, plane: LinearProjection, x: Floats, y: Floats) -> CorrectionField:
    """Return r(x) − x at the points of a plane with positions x (columns,) and y (rows,) on its axes.

    The plane of two-dimensional data is `two_latents(2, 0, 1)`, all there is; for images it is a slice of the pixel
    space, most of which the correction leaves.
    """
    positions = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)  # (rows, columns, 2)
    points = torch.tensor(plane.back(positions)).flatten(0, 1)
    correction = (model.reconstruct(points) - points).numpy()
    along = correction @ plane.axes.T
    across = np.linalg.norm(correction - along @ plane.axes, axis=1)
    return CorrectionField(along.reshape(positions.shape), across.reshape(positions.shape[:2]))


def plane_through(a: Floats, b: Floats, c: Floats) -> LinearProjection:
    """Return the plane of three images (V,) each: a at its origin, b on the first axis, c above it.

    Raises:
        ValueError: the three are on one line.
    """
    span = np.stack([b - a, c - a]).astype(np.float64)
    Q, R = np.linalg.qr(span.T)
    heights = np.diag(R)
    if abs(heights).min() <= 1e-6 * np.linalg.norm(span):
        raise ValueError("the three images are on one line, which has no plane of its own; take others")
    return LinearProjection((Q * np.sign(heights)).T.astype(np.float32), a.astype(np.float32))


def axes_around(places: Floats, margin: float, side: int) -> tuple[Floats, Floats]:
    """Return `side` positions on each axis, around places (N, 2) with a margin, a share of their extent."""
    low, high = places.min(axis=0), places.max(axis=0)
    apart = margin * (high - low).max()
    x, y = (np.linspace(low[i] - apart, high[i] + apart, side, dtype=np.float32) for i in (0, 1))
    return x, y


def usual_length(arrows: Floats, share: float) -> float:
    """Return the length that this share of the arrows (..., 2) does not exceed."""
    return float(np.quantile(np.linalg.norm(arrows, axis=-1), share))
