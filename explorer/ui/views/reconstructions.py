"""Images on their way through the hidden layer and back, over all epochs."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
import torch

from explorer.analysis.reconstruction import Reconstruction, reconstruct
from explorer.data.catalogue import CATALOGUE
from explorer.plots.tiles import Grid, Indices, as_squares, quantize, square_side, tile_picture
from explorer.ui.analyses import config_of, rbm_of
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.subjects import Subject
from explorer.ui.views.digits import Digits, pick_digits, source_control
from explorer.ui.views.view import Scene, control_row, downloads, index_of_epoch, pick, show_epoch

Shown = Literal["probabilities", "sampled pixels"]
COLUMNS = 5


def reconstructions(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Reconstructions"):
        source = source_control(scene, "reconstructions")
        shown: Shown = pick(scene, "Show", get_args(Shown), "shown")
        draw = st.session_state.setdefault(scene.key("draw"), 0)
        st.button("Sample again", on_click=_sample_again, args=(scene.key("draw"),), icon=":material/casino:")
    digits, place = pick_digits(scene, source, "reconstructions")
    if digits is not None:
        with place:
            _pictures(scene, digits, shown, draw)


def _pictures(scene: Scene, digits: Digits, shown: Shown, draw: int) -> None:
    panels = [_input_panel(scene, digits)]
    for subject in scene.subjects:
        panels += _panels(scene, subject, digits, shown, draw)
    labels = [f"epoch {epoch}" for epoch in scene.timeline]
    filmstrip(
        scene.key("reconstructions"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-reconstructions",
        max_width=260 if len(digits.pixels) == 1 else None,
        on_index=lambda strip: show_epoch(scene, strip.index),
    )
    for subject in scene.subjects:
        error = _reconstruct(subject, subject.epoch, digits, draw).error.mean()
        st.caption(
            scene.title(subject, f"mean squared error of these images at epoch {subject.epoch}: **{error:.1f}**")
        )
    numbers = partial(_reconstruct, scene.current, scene.current.epoch, digits, draw)
    downloads(scene, "reconstructions", lambda: vars(numbers()), lambda: panels, labels)


def _sample_again(key: str) -> None:
    st.session_state[key] += 1


def _reconstruct(subject: Subject, epoch: int, digits: Digits, draw: int) -> Reconstruction:
    draws = torch.Generator().manual_seed(draw)
    return reconstruct(rbm_of(subject, epoch), digits.pixels, config_of(subject).binarize, draws)


def _input_panel(scene: Scene, digits: Digits) -> Panel:
    shape = CATALOGUE[scene.current.config.dataset].shape
    pixels = digits.pixels.astype(np.float32) / 255
    return Panel(
        "Input",
        [_picture(pixels, shape)],
        "pixels",
        f"{len(pixels)} input images",
        _grid(len(pixels), shape),
        digits.names,
    )


def _panels(scene: Scene, subject: Subject, digits: Digits, shown: Shown, draw: int) -> list[Panel]:
    shape = CATALOGUE[subject.config.dataset].shape
    per_epoch = [_reconstruct(subject, epoch, digits, draw) for epoch in scene.frames(subject)]
    images = [r.probabilities if shown == "probabilities" else r.samples for r in per_epoch]
    now = _reconstruct(subject, subject.epoch, digits, draw)
    side = square_side(now.states.shape[1])
    count = len(digits.pixels)
    return [
        Panel(
            scene.title(subject, "reconstruction"),
            [_picture(x, shape) for x in images],
            "pixels",
            f"Reconstructions of {count} images by {subject.run.id}",
            _grid(count, shape),
            [f"squared error {error:.1f}" for error in now.error],
        ),
        Panel(
            scene.title(subject, "hidden state"),
            [tile_picture(as_squares(r.states), min(COLUMNS, count)) for r in per_epoch],
            "pixels",
            f"Hidden states of {count} images, white units are on",
            _grid(count, (side, side)),
            [f"{int(state.sum())} of {len(state)} units on" for state in now.states],
        ),
    ]


def _grid(count: int, shape: tuple[int, int]) -> Grid:
    return Grid.of(count, shape, min(COLUMNS, count))


def _picture(images: np.ndarray, shape: tuple[int, int]) -> Indices:
    return tile_picture(quantize(images.reshape(-1, *shape), 0, 1), min(COLUMNS, len(images)))
