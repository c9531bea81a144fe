"""The digit that goes through the models: a test image or a drawing, perhaps with noise or half covered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.one_image import Half, covered, noisy
from explorer.arrays import Bytes
from explorer.data.catalogue import CATALOGUE
from explorer.data.images import ImageSet
from explorer.models.denoising import Noise
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.shelf.images import background_of, stand_in_note, test_images
from explorer.ui.state.choices import natural
from explorer.ui.state.one_digit import OneDigit, keep_valid
from explorer.ui.views.digits import drawing_on
from explorer.ui.views.pictures import image_notes, image_panel
from explorer.ui.views.view import draw_again, pick, pick_stop, row_of_controls

Source = Literal["test image", "my drawing"]
STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
HALVES = ("none", *get_args(Half))
WIDTH = 170  # of a picture of the digit, in CSS pixels


@dataclass(frozen=True)
class Given:
    """A digit as it is and as the models are given it, bytes (V,), its name, its class, and the number of the draw."""

    clean: Bytes
    given: Bytes
    name: str
    label: int | None
    draw: int

    @property
    def altered(self) -> bool:
        """Whether the models are given something else than the digit itself."""
        return not np.array_equal(self.clean, self.given)


def give_digit(page: OneDigit, dataset: str, explanation: str) -> tuple[Given, DeltaGenerator] | None:
    """Draw the controls and the digit as it is given; return it, or None while nothing is drawn, and a place below.

    Raises:
        DataMissing: test images are asked for that are not on this machine.
    """
    with row_of_controls():
        source: Source = pick(page, "Input", get_args(Source), "input")
        strength = pick_stop(page, "Noise", STRENGTHS, "noise", 0.0, text="{:g}".format)
        noise: Noise = pick(page, "Kind of noise", get_args(Noise), "kind of noise") if strength else "masking"
        half = pick(page, "Covered half", HALVES, "covered")
        draw = draw_again(page, "Draw again", "draw")
        with st.popover("What to look for", icon=":material/lightbulb:", width="content"):
            st.markdown(explanation)
    widths = [4, 3] if source == "my drawing" else [2, 5]  # so that a canvas has its preview beside it
    left, right = st.columns(widths, gap="medium", vertical_alignment="top")
    with left:
        found = _drawn(page, dataset) if source == "my drawing" else _test_image(page, dataset)
    if found is None:
        return None
    clean, name, label = found
    given = clean if half == "none" else covered(clean, half, CATALOGUE[dataset].shape, background_of(dataset))
    given = noisy(given, noise, strength, draw) if strength else given
    digit = Given(clean, given, name, label, draw)
    with right:
        _show(page, dataset, digit)
    return digit, left.container()


def _drawn(page: OneDigit, dataset: str) -> tuple[Bytes, str, None] | None:
    drawing = drawing_on(page, "drawing", background_of(dataset))
    if drawing is None:
        st.caption("Draw a digit: it goes through all models as soon as you lift the pen.")
        return None
    return drawing, "my drawing", None


def _test_image(page: OneDigit, dataset: str) -> tuple[Bytes, str, int | None]:
    """Draw the choice of a test image by its number, with the one before and the next."""
    images = test_images(dataset)
    last = len(images.test) - 1
    key = page.linked("image", 0, natural(last))
    keep_valid(key, range(last + 1), 0)
    number = st.number_input("Test image", 0, last, 0, key=key, persist_state="session", help=f"From 0 to {last:,}.")
    with st.container(horizontal=True, gap="small"):
        for label, icon, step in (("Previous", "arrow_back", -1), ("Next", "arrow_forward", 1)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=page.key(label),
                disabled=not 0 <= number + step <= last,
                on_click=partial(_go, key, step, last),
            )
    if stand_in_note(dataset):
        st.caption(
            f":material/info: {CATALOGUE[dataset].title} is not on this machine. The built-in digits shown for its "
            "test images are some of its training images: these models may have learned them by heart."
        )
    return images.test[number], image_notes(dataset, [number])[0], _label(images, number)


def _go(key: str, step: int, last: int) -> None:
    st.session_state[key] = min(max(st.session_state[key] + step, 0), last)


def _label(images: ImageSet, number: int) -> int | None:
    return None if images.test_labels is None else int(images.test_labels[number])


def _show(page: OneDigit, dataset: str, digit: Given) -> None:
    """Draw the digit, and as it is given where that is something else."""
    pictures = {"The digit": (digit.clean, digit.name)}
    if digit.altered:
        pictures["As it is given"] = (digit.given, f"{digit.name}, altered")
    panels = [
        image_panel(pixels[None], dataset, 1, title=title, alt=f"{title}: {note}", notes=[note])
        for title, (pixels, note) in pictures.items()
    ]
    filmstrip(page.key("given"), panels, [digit.name], max_width=WIDTH, link_cells=False, file_name="digit")
