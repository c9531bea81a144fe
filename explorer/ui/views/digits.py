"""Which digits go into a model: the first test samples, others, or a drawn one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from explorer.data.images import on_background
from explorer.ui.components.digit_canvas import digit_canvas
from explorer.ui.shelf.images import background_of
from explorer.ui.state.choices import Linking, natural
from explorer.ui.state.drawing import read_drawing, text_of_drawing
from explorer.ui.state.scene import Scene
from explorer.ui.views.pictures import image_notes, whose_images
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
        first = number_of_image(scene, "From test image", f"{name} from", FIRST, at_once=FIRST)
    which = range(first, min(first + FIRST, len(images.test)))
    st.caption(whose_images(scene.current))
    names = tuple(image_notes(scene.current.config.dataset, which))
    return Digits(images.test[which.start : which.stop], names), st.container()


def number_of_image(scene: Scene, label: str, name: str, start: int = 0, *, at_once: int = 1) -> int:
    """Draw the choice of a test image by its number, or of the first of several at once; return the number."""
    last = max(0, len(scene.current.images.test) - at_once)
    number = st.number_input(
        label,
        0,
        last,
        min(start, last),
        at_once,
        key=scene.linked(name, min(start, last), natural(last)),
        width=160,
        help=whose_images(scene.current),
        persist_state="session",
    )
    return int(number)


def drawn_digit(scene: Scene, name: str) -> NDArray[np.uint8] | None:
    """Draw the canvas; return the session's drawing (V,), or None while nothing is drawn.

    The session keeps the ink alone, which goes on the background that images of the current run's data set have.
    """
    drawing = drawing_on(scene, name, background_of(scene.current.config.dataset))
    if drawing is None:
        st.caption("Draw a digit: it goes through the model as soon as you lift the pen.")
    return drawing


def drawing_on(place: Linking, name: str, background: int) -> NDArray[np.uint8] | None:
    """Draw the canvas on a background; return the session's drawing (V,), or None while nothing is drawn."""
    place.linked("drawing", None, read_drawing, text_of_drawing, shared_key=DRAWN)
    drawing = digit_canvas(place.key(f"{name} canvas"), value=st.session_state.get(DRAWN), background=background)
    st.session_state[DRAWN] = drawing
    if drawing is None:
        return None
    as_linked = read_drawing(text_of_drawing(drawing))  # so that whoever has the link sees the same
    return on_background(as_linked.reshape(-1), background)


def _drawn(scene: Scene, name: str) -> Digits | None:
    drawing = drawn_digit(scene, name)
    return None if drawing is None else Digits(drawing[None], ("my drawing",))
