"""One reconstruction as a sum: the visible bias, then one active hidden unit after the other."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.reconstruction import BuildUp, Order, Reconstruction, build_up, reconstruct
from explorer.plots.tiles import Indices, as_squares, quantize
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.state.choices import natural
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.digits import Digits, pick_digits, source_control
from explorer.ui.views.rbm.cached import rbm_of
from explorer.ui.views.rbm.weights import WEIGHTS
from explorer.ui.views.view import at_step, control_row, downloads, pick


def build_up_view(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Build-up"):
        source = source_control(scene, "build-up")
        order: Order = pick(scene, "Add units", get_args(Order), "adding", "largest first")
    digits, place = pick_digits(scene, source, "build-up")
    if digits is None:
        return
    with place:
        which = 0
        if len(digits.pixels) > 1:
            name_of = digits.names.__getitem__
            images = range(len(digits.pixels))
            key = scene.linked("image", 0, natural(images[-1]))
            which = st.select_slider("Image", images, format_func=name_of, key=key, persist_state="session")
        drawn = {s.role: _draw(scene, s, digits, which, order) for s in scene.subjects}
        _, panels, labels = drawn[scene.current.role]
        downloads(scene, "build-up", lambda subject: _numbers(drawn[subject.role][0]), lambda: panels, labels)


def _numbers(steps: BuildUp) -> dict[str, NDArray[Any]]:
    return {"pictures": steps.pictures, "units": steps.units}


def _draw(
    scene: Scene, subject: Subject, digits: Digits, which: int, order: Order
) -> tuple[BuildUp, list[Panel], list[str]]:
    """Draw a subject's build-up; return it with its pictures and what their frames are called."""
    rbm = rbm_of(subject)
    draws = torch.Generator().manual_seed(0)
    passed = reconstruct(rbm, digits.pixels[which : which + 1], draws)
    steps = build_up(rbm, passed.states[0], order)
    labels = ["visible bias alone"] + [
        f"{n} of {len(steps.units)}: unit {unit}" for n, unit in enumerate(steps.units, 1)
    ]
    panels = _panels(scene, subject, passed, steps)
    key = scene.key(f"build-up {subject.role}")
    place, name = at_step(scene, f"{subject.role} unit", labels), f"{subject.run.id}-build-up"
    filmstrip(key, panels, labels, file_name=name, max_width=300, **place)
    return steps, panels, labels


def _panels(scene: Scene, subject: Subject, passed: Reconstruction, steps: BuildUp) -> list[Panel]:
    shape = subject.shape
    limit = WEIGHTS.limit(scene.subjects)
    W = rbm_of(subject).W.numpy().T
    added = [np.zeros(shape, np.float32)] + [W[unit].reshape(shape) for unit in steps.units]
    return [
        Panel("Input", [_grey(passed.input[0], shape)], "pixels", "The input image"),
        Panel(
            scene.title(subject, "sum so far, squashed" if rbm_of(subject).visible.squashes else "sum so far"),
            [_grey(x, shape) for x in steps.pictures],
            "pixels",
            "The reconstruction after adding each unit",
        ),
        Panel(
            "Unit added",
            [quantize(x, -limit, limit) for x in added],
            "signed",
            "The weights of the unit just added",
            ends=ends_of(limit),
            meaning="weight of the unit added",
        ),
        Panel(
            "Hidden state",
            list(as_squares(steps.states(passed.states[0]))),
            "share",
            "Active units: added ones light, others dark",
            ends=("off", "added"),
            meaning="hidden state; in between: on, still to be added",
        ),
    ]


def _grey(image: np.ndarray, shape: tuple[int, int]) -> Indices:
    return quantize(image.reshape(shape), 0, 1)
