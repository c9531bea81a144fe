"""Images on their way through a model's code and back, over all epochs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.arrays import Floats
from explorer.plots.palette import Scale
from explorer.plots.tiles import Grid, as_squares, square_side, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.digits import Digits, pick_digits, source_control
from explorer.ui.views.pictures import generated_panel
from explorer.ui.views.view import (
    View,
    control_row,
    downloads,
    draw_again,
    epoch_labels,
    index_of_epoch,
    pick,
    show_epoch,
)
from explorer.ui.wording import signed

COLUMNS, LEAST_TILE = 5, 56  # images beside each other, and CSS pixels of one
PER_ROW = 3  # pictures beside each other where there are more than four


@dataclass(frozen=True)
class Passed:
    """B images that went through a model.

    What it saw of them (B, V) where that is not the images themselves, code (B, H), reconstructions by name (B, V),
    squared errors (B,).
    """

    seen: Floats | None
    code: Floats
    images: Mapping[str, Floats]
    error: Floats
    notes: tuple[str, ...]  # on each code


@dataclass(frozen=True)
class Look:
    """The colour scale of codes, and the values at its ends, with the texts there where these are not the values."""

    scale: Scale
    low: float
    high: float
    ends: tuple[str, str] | None = None


@dataclass(frozen=True)
class Passage:
    """How a kind of model reconstructs, and what its code looks like.

    `through` takes a subject, an epoch, images of bytes (B, V) and the number of the random draw. `images` names what
    it returns; `random` says whether the draw matters. `name` tells it from other models that are drawn beside it; one
    that is the same at all epochs does not move. `is_there` says whether a subject has it.
    """

    through: Callable[[Subject, int, NDArray[np.uint8], int], Passed]
    images: tuple[str, ...]
    code_title: str
    look: Callable[[Subject], Look]
    random: bool
    name: str = ""
    moves: bool = True
    is_there: Callable[[Subject], bool] = lambda _: True


def notes_on_codes(code: Floats, most: int, decimals: int) -> tuple[str, ...]:
    """Return the first numbers of each code (B, H), no more than `most`."""
    more = " …" if code.shape[1] > most else ""
    return tuple(", ".join(signed(value, decimals, plus=True) for value in row[:most]) + more for row in code)


def reconstructions(passage: Passage, *before: Passage) -> View:
    """Return the view for a kind of model, with those it came from beside it as long as no run is pinned."""
    return partial(_draw, passage, before)


def _draw(passage: Passage, before: Sequence[Passage], scene: Scene) -> None:
    shown, draw = passage.images[0], 0
    with control_row(scene, "Reconstructions"):
        source = source_control(scene, "reconstructions")
        if len(passage.images) > 1:
            shown = pick(scene, "Show", passage.images, "shown")
        if passage.random:
            draw = draw_again(scene, "Sample again", "draw")
    digits, place = pick_digits(scene, source, "reconstructions")
    if digits is not None:
        with place:
            earlier = [stage for stage in before if stage.is_there(scene.current)]
            stages = (*earlier, passage) if len(scene.subjects) == 1 else (replace(passage, name=""),)
            _pictures(scene, stages, digits, shown, draw)


def _pictures(scene: Scene, stages: Sequence[Passage], digits: Digits, shown: str, draw: int) -> None:
    passage, alone = stages[-1], len(stages) == 1
    seen = None if alone else passage.through(scene.current, scene.current.epoch, digits.pixels, draw).seen
    per_row = PER_ROW if seen is None else len(stages) + 1
    if scene.several:
        per_row = len(scene.subjects) + 1  # below each picture its code
    columns = min(COLUMNS if per_row <= PER_ROW else COLUMNS - 1, len(digits.pixels))
    panels = [_input_panel(scene, digits, columns)]
    if alone:
        of_each = [_panels(scene, subject, passage, digits, shown, draw, columns) for subject in scene.subjects]
        panels += [panel for sort in zip(*of_each, strict=True) for panel in sort]
    else:
        pairs = [_panels(scene, scene.current, stage, digits, shown, draw, columns) for stage in stages]
        pictures, codes = zip(*pairs, strict=True)
        panels += [*pictures, *([codes[-1]] if seen is None else [_seen_panel(scene, seen, digits, columns), *codes])]
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("reconstructions"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-reconstructions",
        max_width=260 if len(digits.pixels) == 1 else None,
        per_row=per_row if len(panels) > PER_ROW + 1 else None,
        at_end=scene.several,
        least_tile=LEAST_TILE if per_row <= PER_ROW else None,
        on_index=lambda strip: show_epoch(scene, strip.index),
    )
    for subject in scene.subjects:
        errors = [
            (stage.name, stage.through(subject, subject.epoch, digits.pixels, draw).error.mean()) for stage in stages
        ]
        figures = " · ".join(f"{name} **{error:.1f}**".strip() for name, error in errors)
        st.caption(
            scene.title(
                subject, f"mean squared error of these images (Σ over pixels) at epoch {subject.epoch}: {figures}"
            )
        )
    downloads(
        scene,
        "reconstructions",
        partial(_numbers, passage=passage, digits=digits, draw=draw),
        lambda: panels,
        labels,
        per_row if scene.several else None,
    )


def _numbers(subject: Subject, passage: Passage, digits: Digits, draw: int) -> dict[str, NDArray[Any]]:
    passed = passage.through(subject, subject.epoch, digits.pixels, draw)
    return {"input": digits.pixels, "code": passed.code, "error": passed.error, **passed.images}


def _input_panel(scene: Scene, digits: Digits, columns: int) -> Panel:
    pixels, alt = digits.pixels.astype(np.float32) / np.float32(255), f"{len(digits.pixels)} input images"
    return generated_panel(scene.current.config.dataset, [pixels], columns, title="Input", alt=alt, notes=digits.names)


def _seen_panel(scene: Scene, seen: Floats, digits: Digits, columns: int) -> Panel:
    title, alt = "As the models see it", f"{len(seen)} input images as the models see them"
    return generated_panel(scene.current.config.dataset, [seen], columns, title=title, alt=alt, notes=digits.names)


def _panels(
    scene: Scene, subject: Subject, passage: Passage, digits: Digits, shown: str, draw: int, columns: int
) -> tuple[Panel, Panel]:
    """Return the pictures of the reconstructions and of the codes."""
    frames = scene.frames(subject) if passage.moves else [subject.epoch]
    per_epoch = [passage.through(subject, epoch, digits.pixels, draw) for epoch in frames]
    now = passage.through(subject, subject.epoch, digits.pixels, draw)
    side = square_side(now.code.shape[1])
    count = len(digits.pixels)
    look = _look(passage, scene, subject)
    return (
        generated_panel(
            subject.config.dataset,
            [passed.images[shown] for passed in per_epoch],
            columns,
            title=scene.title(subject, f"{passage.name}: reconstruction" if passage.name else "reconstruction"),
            alt=f"Reconstructions of {count} images by {subject.run.id}",
            notes=[f"squared error {error:.1f}" for error in now.error],
        ),
        Panel(
            scene.title(subject, f"{passage.name}: {passage.code_title}" if passage.name else passage.code_title),
            [tile_picture(as_squares(each.code, look.low, look.high), columns) for each in per_epoch],
            look.scale,
            f"The {passage.code_title} of {count} images, a pixel for each unit",
            Grid.of(count, (side, side), columns),
            now.notes,
            ends=look.ends or ends_of(look.high, look.scale),
            meaning=f"{passage.name}: {passage.code_title}" if passage.name else passage.code_title,
        ),
    )


def _look(passage: Passage, scene: Scene, subject: Subject) -> Look:
    """Return the colour scale of a subject's codes, which subjects share where all have one of the same kind."""
    look, others = passage.look(subject), [passage.look(each) for each in scene.subjects]
    low, high = min(each.low for each in others), max(each.high for each in others)
    return replace(look, low=low, high=high) if {each.scale for each in others} == {look.scale} else look
