"""Pictures of an autoencoder at a snapshot: what its units draw, and what it makes of images."""

from __future__ import annotations

from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.analysis.measures import TestBed
from explorer.models.autoencoder import Autoencoder
from explorer.plots.tiles import Picture, quantize, reach, tile_picture

PICTURED_TILES, PICTURED_IMAGES, PICTURE_COLUMNS = 100, 20, 10


def encoder_product(model: Autoencoder, layer: int) -> NDArray[np.float32]:
    """Return the product of the encoder's weights from the pixels up to a layer (1, 2, …), (V, H)."""
    return reduce(torch.matmul, model.encoder_weights()[:layer]).detach().numpy()


def weight_tiles(W: Tensor, shape: tuple[int, int]) -> Picture:
    """Return the weights between pixels and the first 100 units of the layer next to them, (units, V)."""
    tiles = W.detach()[:PICTURED_TILES].reshape(-1, *shape).cpu().numpy()
    limit = reach(tiles)
    return Picture(tile_picture(quantize(tiles, -limit, limit)), "signed")


def weight_pictures(model: Autoencoder, bed: TestBed) -> dict[str, Picture]:
    """Return the weights to the pixels, and those from them where they are others.

    First come those to the pixels, strokes and parts of digits: from pixels that are always black the first weights
    never change, and are still noise.
    """
    down = {"decoder_weights": weight_tiles(model.decoder_weights()[-1], bed.shape)}
    return down if model.tied else down | {"encoder_weights": weight_tiles(model.encoder_weights()[0].T, bed.shape)}


def reconstructions(model: Autoencoder, bed: TestBed) -> Picture:
    """Return the first 20 test images below what the model makes of them."""
    return paired(model, bed.test[:PICTURED_IMAGES] / 255, bed)


@torch.no_grad()
def paired(model: Autoencoder, x: Tensor, bed: TestBed) -> Picture:
    """Return images (B, V) in rows of ten, each row below what the model makes of it."""
    rows = [row for part in torch.split(x, PICTURE_COLUMNS) for row in (model.reconstruct(part), part)]
    images = torch.cat(rows).reshape(-1, *bed.shape).cpu().numpy()
    return Picture(tile_picture(quantize(images, 0, 1), PICTURE_COLUMNS), "pixels")
