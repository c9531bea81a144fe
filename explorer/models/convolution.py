"""Layers of convolutional networks with plain tensors: up or down, with or without batch normalisation.

Batch normalisation: Ioffe & Szegedy, "Batch normalization: accelerating deep network training", 2015, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

MOMENTUM = 0.1  # of the running mean and variance, as torch.nn.BatchNorm2d has it
EPS = 1e-5  # added to variances, likewise
SLOPE = 0.2  # of the leaky ReLU below 0
STD = 0.02  # of the first weights (Radford, Metz & Chintala 2016, section 4)


@dataclass(frozen=True)
class Layer:
    """A square convolution from `below` to `above` channels; `up`: transposed, so that images grow.

    normalized: the output is normalised over the batch, and its scale and shift are learned; else there is a bias.
    """

    below: int
    above: int
    kernel: int
    stride: int
    padding: int
    up: bool
    normalized: bool

    def size(self, side: int) -> int:
        """Return the side of its output for images of this side."""
        if self.up:
            return (side - 1) * self.stride - 2 * self.padding + self.kernel
        return (side + 2 * self.padding - self.kernel) // self.stride + 1

    def cost(self, side: int) -> int:
        """Return the multiply-adds for one image of this side (those at the border included)."""
        small = side if self.up else self.size(side)
        return self.below * self.above * self.kernel**2 * small**2


class ConvNet:
    """Layers one after the other with leaky ReLUs between them; all tensors by name, "0.W" for the first weights.

    Weights W are in torch's layout: (above, below, k, k), transposed (below, above, k, k). A layer has a bias "b", or
    with batch normalisation "scale" and "shift", and the "mean" and "variance" that images alone are normalised with.
    """

    def __init__(self, layers: Sequence[Layer], device: torch.device | str = "cpu") -> None:
        """Make a network with all weights and shifts 0, scales and variances 1."""
        self.layers = tuple(layers)
        self.parameters: dict[str, Tensor] = {}  # what is learned
        self.statistics: dict[str, Tensor] = {}  # what is averaged while training
        for i, layer in enumerate(self.layers):
            ends = (layer.below, layer.above) if layer.up else (layer.above, layer.below)
            self.parameters[f"{i}.W"] = torch.zeros(*ends, layer.kernel, layer.kernel, device=device)
            if layer.normalized:
                self.parameters[f"{i}.scale"] = torch.ones(layer.above, device=device)
                self.parameters[f"{i}.shift"] = torch.zeros(layer.above, device=device)
                self.statistics[f"{i}.mean"] = torch.zeros(layer.above, device=device)
                self.statistics[f"{i}.variance"] = torch.ones(layer.above, device=device)
            else:
                self.parameters[f"{i}.b"] = torch.zeros(layer.above, device=device)

    def in_words(self, name: str) -> str:
        """Return the layers in words; `name` stands before the names of their tensors."""
        lines = [f"The {name}, layer by layer, with k x k kernels W, a stride s and a margin p:"]
        for i, layer in enumerate(self.layers):
            kind = "transposed convolution" if layer.up else "convolution"
            form = "(below, above, k, k)" if layer.up else "(above, below, k, k)"
            then = f"normalised, {name}.{i}" if layer.normalized else f"+ {name}.{i}.b"
            lines.append(f"  {i}: {kind} {form}, k = {layer.kernel}, s = {layer.stride}, p = {layer.padding}; {then}")
        if self.layers[0].up:
            lines.append("z is maps of 1x1. Transposed: each h[i, j] adds h[i, j] * W[., ., m, n] to")
            lines.append("y[s i + m - p, s j + n - p], where there is such a pixel.")
        else:
            lines.append("y[i, j] = sum of W[., ., m, n] * h[s i + m - p, s j + n - p]; beyond the border are zeros.")
        if any(layer.normalized for layer in self.layers):
            lines.append(f"Normalised: (y - mean) / sqrt(variance + {EPS:g}) * scale + shift, by channel.")
        return "\n".join(lines)

    def initialize(self, generator: torch.Generator) -> None:
        """Draw weights from N(0, 0.02²) and scales from N(1, 0.02²); biases and shifts stay 0."""
        for name, tensor in self.parameters.items():
            if name.endswith((".W", ".scale")):
                tensor.normal_(0.0 if name.endswith(".W") else 1.0, STD, generator=generator)

    def activations(self, x: Tensor, *, training: bool, momentum: float = MOMENTUM) -> list[Tensor]:
        """Return what each layer puts out, (B, below, s, s) → (B, above, s′, s′) each; the last without its ReLU.

        training: normalise with the batch's own mean and variance, and let the running ones follow, by `momentum`; else
        with these.
        """
        found: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            x = self._apply(i, layer, x, training=training, momentum=momentum)
            x = x if i == len(self.layers) - 1 else F.leaky_relu_(x, SLOPE)
            found.append(x)
        return found

    @torch.no_grad()
    def settled(self, x: Tensor) -> ConvNet:
        """Return the network with the same weights, not copies, that normalises by the means and variances of x."""
        other = copy(self)
        other.statistics = {name: tensor.clone() for name, tensor in self.statistics.items()}
        other.activations(x, training=True, momentum=1.0)
        return other

    def __call__(self, x: Tensor, *, training: bool) -> Tensor:
        """Return the last layer's output."""
        return self.activations(x, training=training)[-1]

    def _apply(self, i: int, layer: Layer, x: Tensor, *, training: bool, momentum: float) -> Tensor:
        p, s = self.parameters, self.statistics
        y = _convolve(layer, x, p[f"{i}.W"], p.get(f"{i}.b"))
        if not layer.normalized:
            return y
        mean, variance, scale, shift = s[f"{i}.mean"], s[f"{i}.variance"], p[f"{i}.scale"], p[f"{i}.shift"]
        return F.batch_norm(y, mean, variance, scale, shift, training, momentum, EPS)


def _convolve(layer: Layer, x: Tensor, W: Tensor, b: Tensor | None) -> Tensor:
    """Return the convolution of x, colours last in memory: a CPU takes two thirds of the time that way.

    From or to a single pixel, without padding, it is a matrix product.
    """
    if layer.up and x.shape[-1] == 1 and layer.padding == 0:
        y = x.flatten(1) @ W.permute(0, 2, 3, 1).flatten(1)
        y = y.view(-1, layer.kernel, layer.kernel, layer.above).permute(0, 3, 1, 2)
        return y if b is None else y + b.view(-1, 1, 1)
    if layer.up:
        if _is_thin(layer, layer.above, x):
            y = F.conv_transpose2d(x, _between_blocks(W), padding=1)
            y = F.pixel_shuffle(y, 2)
            return y if b is None else y + b.view(-1, 1, 1)
        return F.conv_transpose2d(x, W, b, layer.stride, layer.padding)
    if x.shape[-1] == layer.kernel and layer.padding == 0:
        y = F.linear(x.permute(0, 2, 3, 1).flatten(1), W.permute(0, 2, 3, 1).flatten(1), b)
        return y.view(-1, layer.above, 1, 1)
    if _is_thin(layer, layer.below, x) and x.requires_grad:
        blocks = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        return F.conv2d(blocks, _between_blocks(W), b, padding=1)
    return F.conv2d(x, W, b, layer.stride, layer.padding)


def _is_thin(layer: Layer, channels: int, x: Tensor) -> bool:
    """Whether it halves or doubles images of one channel on a CPU, where torch takes thrice the time of the detour."""
    form = (layer.kernel, layer.stride, layer.padding)
    return form == (4, 2, 1) and channels == 1 and x.device.type == "cpu"


def _between_blocks(W: Tensor) -> Tensor:
    """Return 4×4 kernels with stride 2 as kernels between blocks of 2×2 pixels, (a, b, 4, 4) → (a, 4 b, 3, 3)."""
    return F.pixel_unshuffle(F.pad(W, (1, 1, 1, 1)), 2)
