"""What the two networks of a generative adversarial network make of their inputs, a part after the other."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.arrays import Floats
from explorer.models.dcgan import DCGAN

AT_ONCE = 250  # images in one go through a network


@torch.no_grad()
def generate(model: DCGAN, z: Floats) -> Floats:
    """Return images in [0, 1] of noise, (B, Z) → (B, S, S)."""
    return np.concatenate([model.sample(part).numpy() for part in torch.split(torch.tensor(z), AT_ONCE)])


@torch.no_grad()
def judge(model: DCGAN, images: Floats) -> Floats:
    """Return D(x) of images in [0, 1], (B, S, S) → (B,)."""
    return np.concatenate([model.discriminate(part).numpy() for part in torch.split(torch.tensor(images), AT_ONCE)])


@torch.no_grad()
def generator_maps(model: DCGAN, z: Floats) -> list[Floats]:
    """Return the maps (channels, side, side) of the generator's layers for one z (Z,); the last is the image."""
    return [maps[0].numpy() for maps in model.generator_layers(torch.tensor(z[None]))]


@torch.no_grad()
def discriminator_maps(model: DCGAN, image: Floats) -> list[Floats]:
    """Return the maps (channels, side, side) of the discriminator's layers for an image (S, S); the last: D's logit."""
    return [maps[0].numpy() for maps in model.discriminator_layers(torch.tensor(image[None]))]


def score(logit: Floats) -> float:
    """Return D = 1 / (1 + e^−logit) of the last of a discriminator's maps, one number."""
    return float(1 / (1 + np.exp(-float(logit.item()))))


def strongest_maps(maps: Floats, most: int) -> NDArray[np.int64]:
    """Return which maps of a layer (C, side, side) have the largest mean size, at most `most`, the largest first."""
    return np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")[:most]
