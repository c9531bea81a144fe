"""A walk over a grid of two latents, decoded into one picture, over the epochs."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.latent import equal_steps, steps_of_prior
from explorer.arrays import Floats
from explorer.data.catalogue import CATALOGUE
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.dimensions import Dimensions, pick_dimensions
from explorer.ui.views.pictures import generated_panel, in_the_plane
from explorer.ui.views.vae.cached import grid_of, posterior_of, vae_of
from explorer.ui.views.view import control_row, downloads, epoch_labels, index_of_epoch, pick, pick_stop, show_epoch
from explorer.ui.wording import signed

Spacing = Literal["equal steps", "prior quantiles"]


def walk(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Walk"):
        size = min(vae_of(subject).latent_size for subject in scene.subjects)
        dimensions = pick_dimensions(scene, "walk", posterior_of(scene.current).kl[:size])
        spacing: Spacing = pick(scene, "Steps", get_args(Spacing), "walk spacing")
        reach = pick_stop(scene, "Up to ±", (1.5, 2.0, 2.5, 3.0), "walk reach", 2.0)
        side = pick_stop(scene, "Steps a side", (15, 17, 19, 21), "walk side", 15)
    values = walk_values(spacing, reach, side)
    panels = [_panel(scene, subject, values, dimensions) for subject in scene.subjects]
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("walk"),
        [_encoded(*panel) for panel in panels],
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-walk",
        on_index=lambda strip: show_epoch(scene, strip.index),
    )
    first, second = dimensions
    both = first != second
    if in_the_plane(scene.current.config.dataset):
        across = f"Along a curve latent {first}" + (f" or {second}" if both else "") + " rises, up to its dot"
    else:
        across = f"Latent {first} from left to right" + (f", latent {second} from bottom to top" if both else "")
    others = "; all other latents are 0" if vae_of(scene.current).latent_size > len({first, second}) else ""
    st.caption(f"{across}, from {signed(values[0])} to {signed(values[-1])}{others}.")
    numbers = partial(_numbers, values=values, dimensions=dimensions)
    downloads(scene, "walk", numbers, lambda: [_drawn(*panel) for panel in panels], labels)


def walk_values(spacing: Spacing, reach: float, side: int) -> Floats:
    """Return the latents' values (side,) from −reach to reach: in equal steps, or in equal shares of the prior."""
    return equal_steps(reach, side) if spacing == "equal steps" else steps_of_prior(reach, side)


def _panel(
    scene: Scene, subject: Subject, values: Floats, dimensions: Dimensions
) -> tuple[tuple[Key, ...], tuple[float, ...], Dimensions, int, str, str]:
    """Return what makes a subject's panel, in a form that can be a key."""
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject))
    title = scene.title(subject, "decoded walk")
    return keys, tuple(values.tolist()), dimensions, vae_of(subject).latent_size, subject.config.dataset, title


@remembered()
def _encoded(
    keys: tuple[Key, ...],
    values: tuple[float, ...],
    dimensions: Dimensions,
    latents: int,
    dataset: str,
    title: str,
) -> EncodedPanel:
    return encode_panel(_drawn(keys, values, dimensions, latents, dataset, title))


def _drawn(
    keys: tuple[Key, ...],
    values: tuple[float, ...],
    dimensions: Dimensions,
    latents: int,
    dataset: str,
    title: str,
) -> Panel:
    flat = dimensions[0] == dimensions[1]
    rows = (0.0,) if flat else values[::-1]  # upwards, as on the map
    others = np.zeros(latents, np.float32).tobytes()
    pixels = CATALOGUE[dataset].n_pixels
    frames = [grid_of(key, values, rows, dimensions, others).reshape(-1, pixels) for key in keys]
    places = [(signed(x, plus=True), signed(y, plus=True)) for y in rows for x in values]
    notes = [f"z = {x}" if flat else f"z = ({x}, {y})" for x, y in places]
    alt = f"Images decoded at {len(values)}×{len(rows)} places of the latent space"
    return generated_panel(dataset, frames, len(values), title=title, alt=alt, notes=notes, joined="rows and columns")


def _numbers(subject: Subject, values: Floats, dimensions: Dimensions) -> dict[str, NDArray[np.float32]]:
    latents = vae_of(subject).latent_size
    rows = (0.0,) if dimensions[0] == dimensions[1] else tuple(values[::-1].tolist())
    others = np.zeros(latents, np.float32).tobytes()
    images = grid_of(snapshot_of(subject), tuple(values.tolist()), rows, dimensions, others)
    return {"images": images, "x": values, "y": np.array(rows, np.float32)}
