"""Analyses of snapshots of variational autoencoders that views share, computed once for all sessions."""

from __future__ import annotations

from typing import cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.latent import Posterior, decoded_grid, posterior
from explorer.models.sampling import Binarize, binarize
from explorer.models.variational import VariationalConfig, VariationalModel
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.code_map import CodeSpace
from explorer.ui.views.reconstructions import Look, Passage, Passed

Floats = NDArray[np.float32]
CODE_RANGE = (-4.0, 4.0)  # of the latents' colour scale, as in the lab


def config_of(subject: Subject) -> VariationalConfig:
    """Return the subject's config as a variational autoencoder's."""
    return cast(VariationalConfig, subject.config)


def vae_of(subject: Subject, epoch: int | None = None) -> VariationalModel:
    """Return the model of that snapshot."""
    return cast(VariationalModel, model_of(snapshot_of(subject, epoch)))


def posterior_of(subject: Subject, epoch: int | None = None) -> Posterior:
    """Return q(z|x) of all test images at that snapshot."""
    config = config_of(subject)
    return _posterior(snapshot_of(subject, epoch), shown_set(config.dataset), config.binarize)


@st.cache_resource(max_entries=64, show_spinner=False)
def _posterior(key: Key, dataset: str, mode: Binarize) -> Posterior:
    return posterior(model_of(key), test_images(dataset).test, mode, torch.Generator().manual_seed(0))


@st.cache_resource(max_entries=64, show_spinner=False)
def grid_of(key: Key, x: tuple[float, ...], y: tuple[float, ...], dimensions: tuple[int, int], at: bytes) -> Floats:
    """Return the images at all pairs of two latents' values, (rows, columns, V); `at` are the others, as float32."""
    values = np.frombuffer(at, np.float32)
    return decoded_grid(model_of(key), np.array(x, np.float32), np.array(y, np.float32), dimensions, values)


def latents_of(subject: Subject, pixels: NDArray[np.uint8]) -> Floats:
    """Return the mean latents (B, Z) of images of bytes (B, V) at the epoch shown."""
    mode = config_of(subject).binarize
    with torch.no_grad():
        x = binarize(torch.tensor(pixels), mode, torch.Generator().manual_seed(0))
        return np.asarray(vae_of(subject).encode(x)[0].numpy())


def decode(subject: Subject, z: Floats, epoch: int | None = None) -> Floats:
    """Return the decoded images (B, V) of latents (B, Z)."""
    with torch.no_grad():
        return np.asarray(vae_of(subject, epoch).decode(torch.tensor(z)).numpy())


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    model, mode = vae_of(subject, epoch), config_of(subject).binarize
    with torch.no_grad():
        draws = torch.Generator().manual_seed(draw)
        x = binarize(torch.tensor(pixels), mode, draws)
        mean, log_variance = model.encode(x)
        sampled = mean + torch.randn(mean.shape, generator=draws) * torch.exp(0.5 * log_variance)
        images = {"from the mean": model.decode(mean), "from a sample": model.decode(sampled)}
        error = (images["from the mean"] - torch.tensor(pixels) / 255).square().sum(dim=1)
    notes = tuple(", ".join(f"{value:+.1f}" for value in row[:8]) + (" …" if len(row) > 8 else "") for row in mean)
    pictures = {name: picture.numpy() for name, picture in images.items()}
    return Passed(x.numpy(), mean.numpy(), pictures, error.numpy(), notes)


PASSAGE = Passage(
    _through, ("from the mean", "from a sample"), "latent state μ", lambda _: Look("signed", *CODE_RANGE), random=True
)


def _means(subject: Subject, epoch: int | None) -> Floats:
    return posterior_of(subject, epoch).mean


def _remember(scene: Scene, subject: Subject, place: tuple[float, float], z: Floats) -> None:
    """Take a clicked latent over to the sliders of the Generate view, once: they may be moved afterwards."""
    taken = scene.key("place taken over")
    if subject is scene.current and st.session_state.get(taken) != place:
        st.session_state[taken] = place
        for latent, value in enumerate(z):
            st.session_state[scene.key(f"z {latent}")] = float(np.clip(round(float(value), 1), -4, 4))


LATENTS = CodeSpace("Latent map", "latent", _means, lambda subject: posterior_of(subject).kl, 3.0, _remember)
