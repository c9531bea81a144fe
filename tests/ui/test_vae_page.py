"""The pages of the variational autoencoders as a user meets them, without a browser."""

from dataclasses import replace
from functools import partial

import pytest

from explorer.analysis.bounds import quadrature
from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.models.conv_vae import ConvVAEConfig
from explorer.models.vae import VAEConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store

VAE = {"dataset": "mnist-5k", "hidden_units": 16, "epochs": 2}
CONV = {"dataset": "mnist-5k", "epochs": 1}
TOY = {"dataset": "bars-and-stripes", "latent_size": 2, "epochs": 2}
VIEWS = ("Reconstructions", "Latent usage", "Latent map", "Walk", "Generate", "Training")
SIZES = (1, 2, 3, 5)


def vae(latent_size, **changes):
    return VAEConfig(**VAE | {"latent_size": latent_size} | changes)


def few_images(name):
    """The first images of a data set: what these models learn is of no interest here."""
    images = load(name)
    first = {part: getattr(images, part)[:200].copy() for part in ("train", "train_labels", "test", "test_labels")}
    return replace(images, **first)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with VAEs of four latent sizes, a convolutional one, and one on bars and stripes."""
    folder = tmp_path_factory.mktemp("trained-vae")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.engine.job.load", few_images)
        patch.setattr("explorer.analysis.vae_measures.quadrature", partial(quadrature, step=0.5))
        patch.setattr("explorer.analysis.vae_measures.BOUND_IMAGES", 4)
        for size in SIZES:
            engine.submit(vae(size))
        engine.submit(ConvVAEConfig(**CONV))
        engine.submit(ConvVAEConfig(**TOY))
    return folder
