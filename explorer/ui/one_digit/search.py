"""How a GAN's z is found for the digit, step by step, and what its discriminator says of both ends."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.inversion import Search, starts_of
from explorer.analysis.latent import lengths
from explorer.analysis.one_image import squared_error
from explorer.models.dcgan import DCGAN
from explorer.plots.tiles import as_squares, grey_tiles, quantize
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.one_digit.cached import POOL, in_28_pixels, score_of_copy_at
from explorer.ui.one_digit.given import Given
from explorer.ui.one_digit.runs import SHAPE
from explorer.ui.one_digit.ways import LATENT_REACH
from explorer.ui.shelf.remembered import Same
from explorer.ui.shelf.snapshots import model_of
from explorer.ui.state.one_digit import OneDigit
from explorer.ui.state.subject import Subject, snapshot_of

WIDTH = 220  # of a picture, in CSS pixels


def draw_search(page: OneDigit, digit: Given, search: Search, subject: Subject, score: str) -> None:
    """Draw the steps of a search as a filmstrip: what is looked for, what is made of z, and z; say D's scores.

    score: what D says of the digit.
    """
    key, image = snapshot_of(subject), Same(digit.given)
    of_copy = score_of_copy_at(key, image, subject.config.dataset, subject.shown_set)
    st.caption(
        f"Of {POOL} random z the {starts_of(model_of(key, DCGAN))} whose images are nearest are moved by "
        f"{search.steps[-1]} steps of gradient descent (Adam); shown is the one that ends nearest. "
        f"Of the digit {score}, of what was found for it D(G(z)) = {of_copy:.3f}."
    )
    images = in_28_pixels(search)
    errors = [squared_error(found, digit.given) for found in images]
    panels = [
        Panel(
            "The digit as it is given",
            [grey_tiles(digit.given[None], SHAPE)[0]],
            "pixels",
            digit.name,
            captions=[digit.name],
        ),
        Panel(
            "What G makes of z",
            [quantize(found.reshape(SHAPE), 0, 1) for found in images],
            "pixels",
            "The generator's image at each step of the search",
            captions=[f"squared error {error:.1f}" for error in errors],
        ),
        _noise_panel(search),
    ]
    labels = [f"step {step}" for step in search.steps]
    name = f"{subject.run.id}-search"
    filmstrip(page.key("search"), panels, labels, max_width=WIDTH, link_cells=False, file_name=name)


def _noise_panel(search: Search) -> Panel:
    count = search.z.shape[1]
    return Panel(
        "z",
        list(as_squares(search.z, -LATENT_REACH, LATENT_REACH)),
        "signed",
        f"The {count} numbers of z at each step of the search",
        captions=[f"length {length:.1f}" for length in lengths(search.z)],
        ends=ends_of(LATENT_REACH),
        meaning="z",
    )
