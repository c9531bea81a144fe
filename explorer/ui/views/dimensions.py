"""Which two dimensions of a code a picture shows."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.ranking import largest_first
from explorer.arrays import Floats
from explorer.ui.state.choices import natural
from explorer.ui.state.scene import Scene

Dimensions = tuple[int, int]


def pick_dimensions(scene: Scene, name: str, importance: Floats) -> Dimensions:
    """Draw the choice of two dimensions where there are more (Z,), at first the most important; return them."""
    size = len(importance)
    if size <= 2:
        return 0, size - 1
    first, second = largest_first(importance)[:2]
    return _pick(scene, f"{name} across", size, int(first)), _pick(scene, f"{name} up", size, int(second))


def _pick(scene: Scene, name: str, latents: int, default: int) -> int:
    key = scene.linked(name, default, natural(latents - 1))
    label = name.rpartition(" ")[2].capitalize()
    return int(st.selectbox(label, range(latents), index=default, key=key, width=110, persist_state="session"))
