"""Which digits go into a model: the first test samples, others, or a drawn one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from explorer.data.catalogue import CATALOGUE
from explorer.data.images import ImageSet
from explorer.ui.components.digit_canvas import digit_canvas
from explorer.ui.state.scene import Scene
from explorer.ui.views.view import pick

FIRST = 20  # test samples 0 to 19, always, so that pictures of all models can be compared
DRAWN = "drawn digit"  # the session's drawing, an input on every page

Source = Literal["first 20 test images", "other test images", "my drawing"]


@dataclass(frozen=True)
class Digits:
    """Images of bytes (B, V) and what to call each."""

    pixels: NDArray[np.uint8]
    names: tuple[str, ...]


def source_control(scene: Scene, name: str) -> Source:
    """Draw the choice of where input images come from."""
    drawable = scene.current.shape == (28, 28)
    sources = get_args(Source) if drawable else get_args(Source)[:2]
    return pick(scene, "Input", sources, f"{name} source")


def pick_digits(scene: Scene, source: Source, name: str) -> tuple[Digits | None, DeltaGenerator]:
    """Return the input images (None while nothing is drawn), and the place for pictures made from them.

    A drawing has its results beside it, test images have them below.
    """
    if source == "my drawing":
        pad, place = st.columns([2, 5], gap="medium")
        with pad:
            return _drawn(scene, name), place
    images = scene.current.images
    first = 0
    if source == "other test images":
        last = max(0, len(images.test) - FIRST)
        key = scene.key(f"{name} from")
        first = int(
            st.number_input(
                "From test image", 0, last, min(FIRST, last), FIRST, key=key, width=180, persist_state="session"
            )
        )
    return _some_of(
        images, scene.current.config.dataset, range(first, min(first + FIRST, len(images.test)))
    ), st.container()


def _some_of(images: ImageSet, dataset: str, which: range) -> Digits:
    classes = CATALOGUE[dataset].classes
    names = tuple(f"test image {i}: {classes[images.test_labels[i]]}" for i in which)
    return Digits(images.test[which.start : which.stop], names)


def drawn_digit(scene: Scene, name: str) -> NDArray[np.uint8] | None:
    """Draw the canvas; return the session's drawing (V,), or None while nothing is drawn."""
    drawing = digit_canvas(scene.key(f"{name} canvas"), value=st.session_state.get(DRAWN))
    st.session_state[DRAWN] = drawing
    if drawing is None:
        st.caption("Draw a digit: it goes through the model as soon as you lift the pen.")
        return None
    return drawing.reshape(-1)


def _drawn(scene: Scene, name: str) -> Digits | None:
    drawing = drawn_digit(scene, name)
    return None if drawing is None else Digits(drawing[None], ("my drawing",))
