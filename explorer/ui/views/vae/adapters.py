"""How variational autoencoders feed the views that all kinds of models share."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.latent import passed, radius_holding
from explorer.arrays import Floats
from explorer.ui.components.latent_map import Circle
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.code_map.space import CodeSpace
from explorer.ui.views.reconstructions import Look, Passage, Passed, notes_on_codes
from explorer.ui.views.vae.cached import posterior_of, vae_of

CODE_RANGE = (-4.0, 4.0)  # of the latents' colour scale, as in the lab


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], draw: int) -> Passed:
    through = passed(vae_of(subject, epoch), pixels, torch.Generator().manual_seed(draw))
    code = through.code
    notes = notes_on_codes(code, 8, 1)
    images = {"from the mean": through.from_mean, "from a sample": through.from_sample}
    return Passed(through.seen, code, images, through.error, notes)


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
            st.session_state[scene.key(f"z {latent}")] = min(max(round(float(value), 1), -4.0), 4.0)


OF_THE_PRIOR = Circle(radius_holding(0.95), "95 % of the prior")
LATENTS = CodeSpace(
    "Latent map",
    "latent",
    _means,
    lambda subject: posterior_of(subject).kl,
    reach=3.0,
    on_click=_remember,
    circle=OF_THE_PRIOR,
)
