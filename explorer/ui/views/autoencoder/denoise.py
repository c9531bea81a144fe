"""Images with noise of a chosen kind and strength, and what a denoising autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import get_args

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.denoising_chain import Denoised, denoise
from explorer.models.autoencoder import Autoencoder
from explorer.models.denoising import DenoisingConfig, Noise, corrupt
from explorer.plots.curves import Curve, line_chart
from explorer.plots.palette import LEVEL
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.adapters import grey
from explorer.ui.views.autoencoder.cached import autoencoder_of
from explorer.ui.views.axes import chart_key, curve_of, sharing
from explorer.ui.views.digits import Digits, pick_digits, source_control
from explorer.ui.views.view import (
    control_row,
    downloads,
    draw_again,
    epoch_labels,
    index_of_epoch,
    pick,
    pick_stop,
    show_chart,
    show_epoch,
)

VIEW = "Denoise"
COLUMNS = 5
STRENGTHS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MEASURED = 1_000  # test images of the curve


def noise_of(subject: Subject) -> tuple[Noise, float]:
    """Return the noise that the subject was trained with; one that saw none gets the usual one."""
    config = subject.config
    return (config.noise, config.noise_strength) if isinstance(config, DenoisingConfig) else ("masking", 0.3)


def nearest_strength(strength: float) -> float:
    """Return the strength nearest to one among those that can be chosen."""
    return min(STRENGTHS, key=lambda offered: abs(offered - strength))


def denoise_view(scene: Scene) -> None:
    """Draw the view."""
    trained_noise, trained_strength = noise_of(scene.current)
    with control_row(scene, VIEW):
        source = source_control(scene, "denoise")
        noise: Noise = pick(scene, "Noise", get_args(Noise), "noise shown", trained_noise)
        near = nearest_strength(trained_strength)
        strength = pick_stop(scene, "Strength", STRENGTHS, "strength shown", near, text="{:g}".format)
        draw = draw_again(scene, "Other noise", "noise draw")
    digits, place = pick_digits(scene, source, "denoise")
    if digits is not None:
        with place:
            _pictures(scene, digits, noise, strength, draw)
    for subjects in sharing(scene):
        _curve(scene, subjects, noise)


def _denoised(subject: Subject, epoch: int, digits: Digits, noise: Noise, strength: float, draw: int) -> Denoised:
    draws = torch.Generator().manual_seed(draw)
    way = partial(corrupt, noise=noise, strength=strength, generator=draws)
    return denoise(autoencoder_of(subject, epoch), grey(digits.pixels), way)


def _pictures(scene: Scene, digits: Digits, noise: Noise, strength: float, draw: int) -> None:
    shown = [_denoised(s, s.epoch, digits, noise, strength, draw) for s in scene.subjects]
    clean = digits.pixels.astype(np.float32) / np.float32(255)
    noisy_notes = [f"squared error {error:.1f}" for error in shown[-1].noisy_error]
    panels = [
        _panel(scene, "Clean", [clean], list(digits.names)),
        _panel(scene, "Noisy", [shown[-1].noisy], noisy_notes),
    ]
    for subject, now in zip(scene.subjects, shown, strict=True):
        frames = [_denoised(subject, e, digits, noise, strength, draw).denoised for e in scene.frames(subject)]
        notes = [f"squared error {error:.1f}" for error in now.error]
        panels.append(_panel(scene, scene.title(subject, "denoised"), frames, notes))
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("denoise"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-denoise",
        max_width=260 if len(digits.pixels) == 1 else None,
        per_row=len(panels) if scene.several else None,
        on_index=lambda strip: show_epoch(scene, strip.index),
    )
    for subject, now in zip(scene.subjects, shown, strict=True):
        words = f"mean squared error: noisy **{now.noisy_error.mean():.1f}** → denoised **{now.error.mean():.1f}**"
        st.caption(scene.title(subject, words))
    numbers = {
        subject.role: {"clean": clean, "noisy": now.noisy, "denoised": now.denoised}
        for subject, now in zip(scene.subjects, shown, strict=True)
    }
    downloads(scene, "denoise", lambda subject: numbers[subject.role], lambda: panels, labels)


def _panel(scene: Scene, title: str, frames: list[NDArray[np.float32]], notes: list[str]) -> Panel:
    shape, count = scene.current.shape, len(frames[0])
    columns = min(COLUMNS - scene.several, count)
    pictures = [tile_picture(quantize(x.reshape(-1, *shape), 0, 1), columns) for x in frames]
    return Panel(title, pictures, "pixels", f"{title}: {count} images", Grid.of(count, shape, columns), notes)


def _curve(scene: Scene, subjects: Sequence[Subject], noise: Noise) -> None:
    """Draw the error before and after over the strength of the noise: what was learned at one serves at others."""
    strengths = np.array(STRENGTHS)
    curves = []
    for subject in subjects:
        errors = [_errors(snapshot_of(subject), subject.shown_set, noise, strength) for strength in STRENGTHS]
        at = [] if noise_of(subject)[0] != noise else [STRENGTHS.index(nearest_strength(noise_of(subject)[1]))]
        denoised = np.array([after for _, after in errors])
        curves.append(curve_of(subject, scene.title(subject, "denoised"), strengths, denoised, marker_at=at))
        noisy = np.array([before for before, _ in errors])
    curves.append(Curve("noisy", strengths, noisy, LEVEL, dash="dot"))
    title = f"Error by the strength of {noise} noise (ring: as trained)"
    show_chart(
        line_chart(curves, title, "strength", "squared error per image"),
        key=chart_key(scene, "error by strength", subjects),
    )


@remembered()
def _errors(key: Key, dataset: str, noise: Noise, strength: float) -> tuple[float, float]:
    """Return the mean squared errors of noisy and of denoised test images."""
    draws = torch.Generator().manual_seed(0)
    way = partial(corrupt, noise=noise, strength=strength, generator=draws)
    found = denoise(model_of(key, Autoencoder), grey(test_images(dataset).test[:MEASURED]), way)
    return float(found.noisy_error.mean()), float(found.error.mean())
