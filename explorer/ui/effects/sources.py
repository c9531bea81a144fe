"""Which pictures of each kind of model can stand beside each other over a study's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pkgutil import resolve_name
from typing import cast

import numpy as np

from explorer.analysis.latent import noise
from explorer.arrays import Floats
from explorer.plots.palette import Scale
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import samples_at
from explorer.ui.views.gan.inputs import config_of
from explorer.ui.views.generate import Sampler, pictures_of_chains
from explorer.ui.views.reconstructions import Passage
from explorer.ui.views.vae.cached import decode, vae_of
from explorer.ui.views.weights import Tiles, WeightsSource

IMAGES, COLUMNS = 20, 5  # reconstructions and samples, and how many beside each other
UNITS = 100  # of a layer at most
SEED = 0

TilesAt = Callable[[Subject, int], Floats]  # of a subject at an epoch, (N, rows, columns)


@dataclass(frozen=True)
class Source:
    """A picture of tiles. `tiles_of` a subject says how to make them, or None where it has none."""

    what: str  # under the title: what the tiles are
    tiles_of: Callable[[Subject], TilesAt]
    scale: Scale = "pixels"
    columns: int | None = None  # by default nearly square
    meaning: str = ""


def _weights(path: str, subject: Subject) -> TilesAt:
    layer = cast(WeightsSource, resolve_name(path)).layers([subject])[0]
    return partial(_of_units, layer.tiles(subject)[0])


def _of_units(tiles: Tiles, subject: Subject, epoch: int) -> Floats:
    return tiles.of(snapshot_of(subject, epoch), tiles.shape or subject.shape)[:UNITS]


def _reconstructions(path: str, _subject: Subject) -> TilesAt:
    return partial(_reconstructed, cast(Passage, resolve_name(path)))


def _reconstructed(passage: Passage, subject: Subject, epoch: int) -> Floats:
    passed = passage.through(subject, epoch, subject.images.test[:IMAGES], SEED)
    return passed.images[passage.images[0]].reshape(-1, *subject.shape)


def _chains(path: str, _subject: Subject) -> TilesAt:
    return partial(_of_chains, cast(Sampler, resolve_name(path)))


def _of_chains(sampler: Sampler, subject: Subject, epoch: int) -> Floats:
    return pictures_of_chains(sampler, subject, epoch, SEED)[:IMAGES].reshape(-1, *subject.shape)


def _decoded(subject: Subject, epoch: int) -> Floats:
    z = noise(vae_of(subject).latent_size, IMAGES, SEED)
    return decode(subject, z, epoch).reshape(-1, *subject.shape)


def _generated(subject: Subject, epoch: int) -> Floats:
    return np.asarray(samples_at(snapshot_of(subject, epoch), config_of(subject).latent_size, SEED)[:IMAGES])


def _weights_in(module: str, name: str = "WEIGHTS_SOURCE") -> dict[str, Source]:
    said = "A place has the unit of the same number with each value."
    return {"weights": Source(said, partial(_weights, f"{_VIEWS}.{module}:{name}"), "signed", meaning="weight")}


def _reconstructions_in(module: str, name: str = "PASSAGE") -> dict[str, Source]:
    said = f"The first {IMAGES} test images, reconstructed."
    return {"reconstructions": Source(said, partial(_reconstructions, f"{_VIEWS}.{module}:{name}"), columns=COLUMNS)}


def _chains_in(module: str, name: str = "SAMPLER") -> dict[str, Source]:
    said = f"{IMAGES} Gibbs chains from the same random numbers, after 100 steps."
    return {"samples": Source(said, partial(_chains, f"{_VIEWS}.{module}:{name}"), columns=COLUMNS)}


_VIEWS = "explorer.ui.views"
_DECODED = {"samples": Source("Decoded latents z ~ N(0, I) of the same seed.", lambda _: _decoded, columns=COLUMNS)}
_AUTOENCODER = _reconstructions_in("autoencoder.adapters") | _weights_in("autoencoder.weights")

SOURCES: Mapping[str, Mapping[str, Source]] = {
    "rbm": _weights_in("rbm.weights") | _reconstructions_in("rbm.adapters") | _chains_in("rbm.adapters"),
    "gaussian-rbm": _weights_in("rbm.weights")
    | _reconstructions_in("rbm.adapters", "GAUSSIAN_PASSAGE")
    | _chains_in("rbm.adapters", "GAUSSIAN_SAMPLER"),
    "dbn": _chains_in("dbn.adapters") | _reconstructions_in("dbn.adapters"),
    "fine-tuned-dbn": _chains_in("dbn.adapters", "FINE_TUNED_SAMPLER")
    | _reconstructions_in("dbn.adapters", "FINE_TUNED_PASSAGE"),
    "autoencoder": _AUTOENCODER,
    "denoising": _AUTOENCODER,
    "contractive": _AUTOENCODER,
    "sparse": _AUTOENCODER,
    "pretraining": _reconstructions_in("deep.adapters", "LAYERS_PASSAGE"),
    "deep-autoencoder": _reconstructions_in("deep.adapters", "DEEP_PASSAGE"),
    "deep-classifier": {},
    "vae": _DECODED | _reconstructions_in("vae.adapters"),
    "conv-vae": _DECODED | _reconstructions_in("vae.adapters"),
    "dcgan": {"samples": Source("Samples of the same z ~ N(0, I).", lambda _: _generated, columns=COLUMNS)},
}
