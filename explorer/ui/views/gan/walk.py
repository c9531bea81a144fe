"""Ways through the noise: from one sample to another, and between four."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Literal, get_args

import streamlit as st

from explorer.analysis.gan_networks import generate
from explorer.analysis.latent import around, interpolate, lengths, noise, square
from explorer.arrays import Floats
from explorer.plots.tiles import Grid, tile_picture
from explorer.ui.components.filmstrip import FilmstripState, filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import generator_of, samples_of
from explorer.ui.views.gan.inputs import SHOWN, config_of, new_samples, pick_sample, sample_seed, side_of, tiles_of
from explorer.ui.views.view import at_step, control_row, downloads, in_rows, pick

Between = Literal["two samples", "four samples"]
Way = Literal["spherical", "linear"]
CORNERS = ("From sample", "To sample", "Third", "Fourth")
FIRST = (16, 24, 28, 37)  # four digits, whichever shipped run it is
STEPS, ROW = 25, 5  # of the way between two, and how many of them stand in a row
SIDE = 9  # of the square between four


def walk(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Walk"):
        between: Between = pick(scene, "Between", get_args(Between), "between")
        way: Way = pick(scene, "Way", get_args(Way), "way")
        new_samples(scene)
    names = CORNERS[: 2 if between == "two samples" else 4]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        keys = [pick_sample(scene, name, name, first) for name, first in zip(names, FIRST, strict=False)]
    chosen = [int(st.session_state[key]) for key in keys]
    spherical, seed = way == "spherical", sample_seed(scene)
    per_subject = [_panels(scene, subject, chosen, seed, spherical=spherical) for subject in scene.subjects]
    panels, row = in_rows(scene, per_subject)
    steps = len(_way(scene.current, chosen, seed, spherical=spherical))
    labels = [f"{step / (steps - 1):.0%}" for step in range(steps)]
    name = f"{scene.current.run.id}-walk"
    filmstrip(
        scene.key(f"walk {between}"),
        panels,
        labels,
        **at_step(scene, "step", labels, 0),
        selected=chosen[-1],
        file_name=name,
        max_width=340,
        per_row=row or 3,
        on_cell=partial(_walk_on, keys, range(row) if row else range(0, len(panels), len(per_subject[0]))),
        link_cells=False,
        always_selected=True,
    )
    said_of = {_lengths(subject, chosen, seed, spherical=spherical): subject for subject in scene.subjects}
    said = "; ".join(said_of if len(said_of) == 1 else [f"{scene.name(s)}: {text}" for text, s in said_of.items()])
    st.caption(f"Click a sample to walk on to it from where you are. Lengths ‖z‖ on the way: {said}.")
    numbers = partial(_numbers, chosen=chosen, seed=seed, spherical=spherical)
    downloads(scene, "walk", numbers, lambda: panels, labels, row or 3)


def _walk_on(keys: list[str], of_samples: range, strip: FilmstripState) -> None:
    """Make the clicked sample the last of those that are walked between; the first one drops out."""
    if strip.cell is None or strip.cell >= SHOWN or strip.panel not in of_samples:
        return
    for key, following in pairwise(keys):
        st.session_state[key] = st.session_state[following]
    st.session_state[keys[-1]] = strip.cell


def _panels(scene: Scene, subject: Subject, chosen: list[int], seed: int, *, spherical: bool) -> list[Panel]:
    """Return the samples to choose from, the images on the way, and all of them or the whole square."""
    model, shape = generator_of(snapshot_of(subject)), (side_of(subject),) * 2
    all_of_them = tile_picture(tiles_of(samples_of(subject, seed)))
    notes = [f"sample {i}" for i in range(SHOWN)]
    images = tiles_of(generate(model, _way(subject, chosen, seed, spherical=spherical)))
    if len(chosen) == 2:
        title, still, columns, places = "all steps", images, ROW, _percents()
    else:
        between = _square(subject, chosen, seed, spherical=spherical)
        still = tiles_of(generate(model, between.reshape(-1, between.shape[-1])))
        title, columns, places = "the square between them", SIDE, None
    along = "from one to the other" if len(chosen) == 2 else "around the square"
    return [
        Panel(
            scene.title(subject, f"{SHOWN} samples"),
            [all_of_them],
            "pixels",
            f"The {SHOWN} samples to choose from",
            Grid.of(SHOWN, shape),
            notes,
        ),
        Panel(scene.title(subject, along), list(images), "pixels", f"Generated images {along}"),
        Panel(
            scene.title(subject, title),
            [tile_picture(still, columns)],
            "pixels",
            f"Generated images: {title}",
            Grid.of(len(still), shape, columns),
            places,
        ),
    ]


def _percents() -> list[str]:
    return [f"{step / (STEPS - 1):.0%} of the way" for step in range(STEPS)]


def _corners(subject: Subject, chosen: list[int], seed: int) -> Floats:
    return noise(config_of(subject).latent_size, SHOWN, seed)[chosen]


def _way(subject: Subject, chosen: list[int], seed: int, *, spherical: bool) -> Floats:
    """Return the z from the first sample to the second, or once around four of them, (steps, Z)."""
    z = _corners(subject, chosen, seed)
    if len(z) == 2:
        return interpolate(z[0], z[1], STEPS, spherical=spherical)
    return around(z, SIDE, spherical=spherical)


def _square(subject: Subject, chosen: list[int], seed: int, *, spherical: bool) -> Floats:
    """Return the z between four samples (SIDE, SIDE, Z): first down both edges, then from edge to edge."""
    return square(_corners(subject, chosen, seed), SIDE, spherical=spherical)


def _lengths(subject: Subject, chosen: list[int], seed: int, *, spherical: bool) -> str:
    found = lengths(_way(subject, chosen, seed, spherical=spherical))
    latents = config_of(subject).latent_size
    return f"**{found.min():.1f}** to **{found.max():.1f}**, where noise has about √{latents} = {latents**0.5:.1f}"


def _numbers(subject: Subject, chosen: list[int], seed: int, *, spherical: bool) -> dict[str, Floats]:
    z = _way(subject, chosen, seed, spherical=spherical)
    found = {"z": z, "images": generate(generator_of(snapshot_of(subject)), z)}
    if len(chosen) == 4:
        found["square"] = _square(subject, chosen, seed, spherical=spherical)
    return found
