"""Images on their way through a model's code and back, over all epochs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.catalogue import CATALOGUE
from explorer.plots.palette import Scale
from explorer.plots.tiles import Grid, Indices, as_squares, quantize, square_side, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.subjects import Subject
from explorer.ui.views.digits import Digits, pick_digits, source_control
from explorer.ui.views.view import Scene, View, control_row, downloads, index_of_epoch, pick, show_epoch

Floats = NDArray[np.float32]
COLUMNS = 5


@dataclass(frozen=True)
class Passed:
    """B images that went through a model: code (B, H), reconstructions by name (B, V), squared errors (B,)."""

    code: Floats
    images: Mapping[str, Floats]
    error: Floats
    notes: tuple[str, ...]  # on each code


@dataclass(frozen=True)
class Passage:
    """How a kind of model reconstructs, and what its code looks like.

    `through` takes a subject, an epoch, images of bytes (B, V) and the number of the random draw. `images` names what
    it returns; `random` says whether the draw matters.
    """

    through: Callable[[Subject, int, NDArray[np.uint8], int], Passed]
    images: tuple[str, ...]
    code_title: str
    code_scale: Scale
    code_range: tuple[float, float]
    random: bool


def reconstructions(passage: Passage) -> View:
    """Return the view for a kind of model."""
    return partial(_draw, passage)


def _draw(passage: Passage, scene: Scene) -> None:
    shown, draw = passage.images[0], 0
    with control_row(scene, "Reconstructions"):
        source = source_control(scene, "reconstructions")
        if len(passage.images) > 1:
            shown = pick(scene, "Show", passage.images, "shown")
        if passage.random:
            draw = st.session_state.setdefault(scene.key("draw"), 0)
            st.button("Sample again", on_click=_sample_again, args=(scene.key("draw"),), icon=":material/casino:")
    digits, place = pick_digits(scene, source, "reconstructions")
    if digits is not None:
        with place:
            _pictures(scene, passage, digits, shown, draw)


def _pictures(scene: Scene, passage: Passage, digits: Digits, shown: str, draw: int) -> None:
    panels = [_input_panel(scene, digits)]
    for subject in scene.subjects:
        panels += _panels(scene, subject, passage, digits, shown, draw)
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
        error = passage.through(subject, subject.epoch, digits.pixels, draw).error.mean()
        st.caption(
            scene.title(subject, f"mean squared error of these images at epoch {subject.epoch}: **{error:.1f}**")
        )
    downloads(scene, "reconstructions", partial(_numbers, scene, passage, digits, draw), lambda: panels, labels)


def _numbers(scene: Scene, passage: Passage, digits: Digits, draw: int) -> dict[str, NDArray[Any]]:
    passed = passage.through(scene.current, scene.current.epoch, digits.pixels, draw)
    return {"input": digits.pixels, "code": passed.code, "error": passed.error, **passed.images}


def _sample_again(key: str) -> None:
    st.session_state[key] += 1


def _input_panel(scene: Scene, digits: Digits) -> Panel:
    shape = CATALOGUE[scene.current.config.dataset].shape
    pixels = digits.pixels.astype(np.float32) / np.float32(255)
    grid = _grid(len(pixels), shape)
    return Panel("Input", [_picture(pixels, shape)], "pixels", f"{len(pixels)} input images", grid, digits.names)


def _panels(scene: Scene, subject: Subject, passage: Passage, digits: Digits, shown: str, draw: int) -> list[Panel]:
    shape = CATALOGUE[subject.config.dataset].shape
    per_epoch = [passage.through(subject, epoch, digits.pixels, draw) for epoch in scene.frames(subject)]
    now = passage.through(subject, subject.epoch, digits.pixels, draw)
    side = square_side(now.code.shape[1])
    count = len(digits.pixels)
    low, high = passage.code_range
    return [
        Panel(
            scene.title(subject, "reconstruction"),
            [_picture(passed.images[shown], shape) for passed in per_epoch],
            "pixels",
            f"Reconstructions of {count} images by {subject.run.id}",
            _grid(count, shape),
            [f"squared error {error:.1f}" for error in now.error],
        ),
        Panel(
            scene.title(subject, passage.code_title),
            [tile_picture(as_squares(passed.code, low, high), min(COLUMNS, count)) for passed in per_epoch],
            passage.code_scale,
            f"The {passage.code_title} of {count} images, a pixel for each unit",
            _grid(count, (side, side)),
            now.notes,
        ),
    ]


def _grid(count: int, shape: tuple[int, int]) -> Grid:
    return Grid.of(count, shape, min(COLUMNS, count))


def _picture(images: Floats, shape: tuple[int, int]) -> Indices:
    return tile_picture(quantize(images.reshape(-1, *shape), 0, 1), min(COLUMNS, len(images)))
