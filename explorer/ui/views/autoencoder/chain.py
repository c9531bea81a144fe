"""The sampling chain of a denoising autoencoder: corrupt, encode, decode, again and again."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import streamlit as st
import torch

from explorer.analysis.denoising_chain import DenoisingChain, Next, denoising_chain, pixel_deviation, random_images
from explorer.analysis.gibbs import MAX_STEPS
from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder
from explorer.models.denoising import Noise, corrupt
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.adapters import grey
from explorer.ui.views.autoencoder.denoise import MEASURED, STRENGTHS, nearest_strength, noise_of
from explorer.ui.views.pictures import whose_images
from explorer.ui.views.view import at_step, control_row, downloads, in_rows, pick, pick_stop

VIEW = "Sampling chain"
Start = Literal["test images", "random pixels"]
CHAINS, COLUMNS = 20, 5
STEP_STOPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, MAX_STEPS)


def sampling_chain(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        start: Start = pick(scene, "Start from", get_args(Start), "chain start")
        following: Next = pick(scene, "Go on with", get_args(Next), "chain next")
        near = nearest_strength(noise_of(scene.current)[1])
        strength = pick_stop(scene, "Noise strength", STRENGTHS[1:], "chain strength", near or STRENGTHS[1])
        steps = pick_stop(scene, "Steps", STEP_STOPS, "chain steps", 100)
    if start == "test images":
        st.caption(whose_images(scene.current))
    chains = {
        s.role: _chain(snapshot_of(s), s.shown_set, start, following, noise_of(s)[0], strength, steps)
        for s in scene.subjects
    }
    panels, row = in_rows(scene, [_panels(scene, subject, chains[subject.role]) for subject in scene.subjects])
    labels = [f"step {step}" for step in chains[scene.current.role].steps]
    place, name = at_step(scene, "step", labels), f"{scene.current.run.id}-chain"
    filmstrip(scene.key("denoising chain"), panels, labels, file_name=name, per_row=row, **place)
    downloads(scene, "denoising chain", lambda subject: _numbers(chains[subject.role]), lambda: panels, labels, row)


def _numbers(chain: DenoisingChain) -> dict[str, Floats]:
    return {"means": chain.means, "corrupted": chain.corrupted, "states": chain.states}


@remembered("Running the chains …")
def _chain(
    key: Key, dataset: str, start: Start, following: Next, noise: Noise, strength: float, steps: int
) -> DenoisingChain:
    model, draws = model_of(key, Autoencoder), torch.Generator().manual_seed(0)
    images = grey(test_images(dataset).test[:MEASURED])
    x = images[:CHAINS]
    if start == "random pixels":
        x = random_images(x.shape, draws)
    way = partial(corrupt, noise=noise, strength=strength, generator=draws)
    # how well images are denoised, wherever the chain starts: random pixels are none
    deviation = pixel_deviation(model, images, way)
    return denoising_chain(model, x, steps, way, draws, following, deviation)


def _panels(scene: Scene, subject: Subject, chain: DenoisingChain) -> list[Panel]:
    shape = subject.shape
    names = [f"chain {c}" for c in range(CHAINS)]
    grid = Grid.of(CHAINS, shape, COLUMNS)
    return [
        Panel(
            scene.title(subject, title),
            [tile_picture(quantize(x.reshape(-1, *shape), 0, 1), COLUMNS) for x in frames.clip(0, 1)],  # it may diverge
            "pixels",
            f"{title} of {CHAINS} chains",
            grid,
            names,
        )
        for title, frames in (("corrupted", chain.corrupted), ("denoised: the mean of what comes next", chain.means))
    ]
