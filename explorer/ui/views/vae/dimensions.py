"""Which two latents a picture shows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.ui.views.vae.analyses import config_of, posterior_of
from explorer.ui.views.view import Scene

Dimensions = tuple[int, int]


def pick_dimensions(scene: Scene, name: str) -> Dimensions:
    """Draw the choice of two latents where there are more, at first those with the largest KL; return them."""
    latents = min(config_of(subject).latent_size for subject in scene.subjects)
    if latents <= 2:
        return 0, latents - 1
    first, second = np.argsort(-posterior_of(scene.current).kl[:latents], kind="stable")[:2]
    return _pick(scene, f"{name} across", latents, int(first)), _pick(scene, f"{name} up", latents, int(second))


def _pick(scene: Scene, name: str, latents: int, default: int) -> int:
    key = scene.key(name)
    if (st.session_state.get(key) or 0) >= latents:
        del st.session_state[key]
    label = f"Latent {name.rpartition(' ')[2]}"
    return int(st.selectbox(label, range(latents), index=default, key=key, width=110, persist_state="session"))
