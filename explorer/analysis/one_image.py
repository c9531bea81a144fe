"""What each kind of model makes of one image: what it sees of it, its code, a reconstruction, how likely it finds it.

V pixels, C code units. Likelihoods are in nats, of one image: their random pixels and codes are averaged over draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.deep_likelihood import importance_weights
from explorer.analysis.latent import passed
from explorer.analysis.reconstruction import reconstruct, reconstruct_deep
from explorer.arrays import Bytes, Floats
from explorer.models.autoencoder import Autoencoder
from explorer.models.dbn import DBN
from explorer.models.deep_classifier import DeepClassifier
from explorer.models.denoising import Noise, corrupt
from explorer.models.interface import Model
from explorer.models.rbm import RBM
from explorer.models.sampling import binarize
from explorer.models.units import Binary
from explorer.models.variational import VariationalModel, bound_terms

Half = Literal["left", "right", "top", "bottom"]
DRAWS = 50  # of an image's pixels, and of its code


def covered(image: Bytes, half: Half, shape: tuple[int, int], background: int = 0) -> Bytes:
    """Return an image of bytes (V,) of which one half has the grey value of the background."""
    found = image.reshape(shape).copy()
    rows, columns = shape[0] // 2, shape[1] // 2
    match half:
        case "left":
            found[:, :columns] = background
        case "right":
            found[:, columns:] = background
        case "top":
            found[:rows] = background
        case "bottom":
            found[rows:] = background
    return found.reshape(-1)


def noisy(image: Bytes, noise: Noise, strength: float, seed: int) -> Bytes:
    """Return an image of bytes (V,) with noise as denoising autoencoders are trained with, rounded to bytes again."""
    draws = torch.Generator().manual_seed(seed)
    x = corrupt(torch.tensor(image[None]) / 255, noise, strength, draws)
    return x[0].clamp(0, 1).mul(255).round().byte().numpy()


def squared_error(output: Floats, image: Bytes) -> float:
    """Return Σ over pixels of (grey value − output)², of an output (V,) and an image of bytes (V,)."""
    return float(np.square(output - image / np.float32(255)).sum(dtype=np.float64))


@dataclass(frozen=True)
class Passed:
    """One image on its way through a model: what it saw, grey values (V,); code (C,); mean reconstruction (V,).

    The reconstruction is as the model gives it, and may leave [0, 1]; a classifier has none.
    """

    seen: Floats
    code: Floats
    output: Floats | None


@torch.no_grad()
def pass_through(model: Model, image: Bytes, generator: torch.Generator, steps: int = 1) -> Passed:
    """Return an image of bytes (V,) on its way through a model that has a way from images to codes.

    RBMs and DBNs have one sample of their hidden states as code, a DBN that of its top layer after `steps` Gibbs steps;
    variational autoencoders the mean.

    Raises:
        TypeError: the model has no such way.
    """
    pixels = image[None]
    match model:
        case RBM():
            shallow = reconstruct(model, pixels, generator)
            seen, code, output = shallow.input, shallow.states, shallow.means
        case DBN():
            deep = reconstruct_deep(model, pixels, steps, generator)
            seen, code, output = deep.input, deep.states, deep.means
        case VariationalModel():
            through = passed(model, pixels, generator)
            seen, code, output = through.seen, through.code, through.from_mean
        case Autoencoder():
            x = torch.tensor(pixels) / 255
            h = model.encode(x)
            seen, code, output = x.numpy(), h.numpy(), model.decode(h).numpy()
        case DeepClassifier():
            x = torch.tensor(pixels) / 255
            return Passed(x[0].numpy(), model.encoder.encode(x)[0].numpy(), None)
        case _:
            raise TypeError(f"a {type(model).__name__} has no way from an image to a code")
    return Passed(seen[0], code[0], output[0])


@torch.no_grad()
def class_probabilities(model: DeepClassifier, image: Bytes) -> Floats:
    """Return p(class | image) of an image of bytes (V,), (K,)."""
    return np.asarray(model.classify(torch.tensor(image[None]) / 255)[0].numpy())


@torch.no_grad()
def mean_log_unnormalised(model: RBM | DBN, pixels: Bytes, generator: torch.Generator) -> float:
    """Return the mean over images of bytes (N, V) of log p but for log Z, which only the whole model's figures have.

    Of an RBM −F(v), of a DBN one sample of its bound (see `deep_likelihood`), each with pixels that are sampled from
    the grey values; of an RBM of real values −F of these.
    """
    return float(_log_unnormalised(model, torch.tensor(pixels), generator).mean(dtype=torch.double))


@torch.no_grad()
def log_probability(
    model: RBM | DBN,
    image: Bytes,
    mean_figure: float,
    mean_unnormalised: float,
    generator: torch.Generator,
    draws: int = DRAWS,
) -> float:
    """Return log p of an image of bytes (V,) by the mean log p of images that was measured, `mean_figure`.

    What the two means differ by is log Z, and of densities their scale, the same for all images: so
    log p(image) = log p̃(image) − mean log p̃ + mean log p, with p̃ as of `mean_log_unnormalised` on those images. Mean
    over draws of the pixels, and of a DBN's way up; of a DBN this is a bound, as the figure is.
    """
    repeated = torch.tensor(image).repeat(draws, 1)
    own = _log_unnormalised(model, repeated, generator).mean(dtype=torch.double)
    return float(own) - mean_unnormalised + mean_figure


@torch.no_grad()
def evidence_bound(model: VariationalModel, image: Bytes, generator: torch.Generator, draws: int = DRAWS) -> float:
    """Return the ELBO of an image of bytes (V,), the mean over draws of its pixels, as in training, and of its code."""
    x = model.observe(torch.tensor(image).repeat(draws, 1), generator)
    reconstruction, kl = bound_terms(model, x, generator)
    return float((reconstruction - kl).mean(dtype=torch.double))


def _log_unnormalised(model: RBM | DBN, pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Return log p̃ of images of bytes (N, V), as (N,)."""
    if isinstance(model, DBN):
        return importance_weights(model, binarize(pixels, "sample", generator), 1, generator)[0]
    real = not isinstance(model.visible, Binary)
    v = model.observe(pixels, generator) if real else binarize(pixels, "sample", generator)
    return -model.free_energy(v)
