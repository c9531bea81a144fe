"""100 samples of the same noise over the epochs, and what is known of one of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.gan_networks import judge
from explorer.analysis.latent import noise
from explorer.analysis.ranking import largest_first
from explorer.arrays import Floats
from explorer.plots.tiles import Grid, as_squares, tile_picture
from explorer.ui.components.filmstrip import EncodedPanel, FilmstripState, encode_panel, filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import (
    NEAREST,
    classes_of,
    judge_of,
    nearest_training,
    samples_at,
    samples_of,
    usual_distance,
    why_no_classifier,
)
from explorer.ui.views.gan.inputs import SHOWN, config_of, new_samples, pick_sample, sample_seed, tiles_of
from explorer.ui.views.pictures import at_distances, image_notes, image_panel
from explorer.ui.views.view import columns_of, control_row, downloads, epoch_labels, index_of_epoch, show_epoch

COLUMNS = 10
Z_RANGE = (-3.0, 3.0)  # of the colours of z


def samples(scene: Scene) -> None:
    """Draw the view: facts on the chosen sample stand beside the samples of one run, and below those of several."""
    with control_row(scene, "Samples"):
        key = pick_sample(scene)
        new_samples(scene)
    seed, chosen = sample_seed(scene), int(st.session_state[key])
    alone = len(scene.subjects) == 1
    pictures, *facts = st.columns([3, 2], gap="medium") if alone else [st.container()]
    with pictures:
        _pictures(scene, seed, chosen, key)
    places = [(facts[0], scene.current)] if alone else columns_of(scene)
    for place, subject in places:
        with place:
            _facts(scene, subject, seed, chosen)
    if classes_of(scene.current, seed) is None:
        st.caption(why_no_classifier(scene.current))


def _pictures(scene: Scene, seed: int, chosen: int, key: str) -> None:
    """Draw the samples over the epochs; a click chooses one."""
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("samples strip"),
        [_encoded(*_what(scene, subject, seed)) for subject in scene.subjects],
        labels,
        index=index_of_epoch(scene),
        selected=chosen,
        file_name=f"{scene.current.run.id}-samples",
        max_width=560,
        on_index=lambda strip: show_epoch(scene, strip.index),
        on_cell=partial(_choose, key),
        always_selected=True,
    )
    st.caption("The same z ~ N(0, I) at each epoch. Click a sample to see what is known of it.")
    downloads(
        scene,
        "samples",
        partial(_numbers, seed=seed),
        lambda: [_panel(*_what(scene, subject, seed)) for subject in scene.subjects],
        labels,
    )


def _choose(key: str, strip: FilmstripState) -> None:
    if strip.cell is not None and strip.cell < SHOWN:
        st.session_state[key] = strip.cell


def _what(scene: Scene, subject: Subject, seed: int) -> tuple[tuple[Key, ...], int, int, str]:
    keys = tuple(snapshot_of(subject, epoch) for epoch in scene.frames(subject))
    return keys, config_of(subject).latent_size, seed, scene.title(subject, "samples")


@remembered()
def _encoded(keys: tuple[Key, ...], latent_size: int, seed: int, title: str) -> EncodedPanel:
    return encode_panel(_panel(keys, latent_size, seed, title))


def _panel(keys: tuple[Key, ...], latent_size: int, seed: int, title: str) -> Panel:
    images = [samples_at(key, latent_size, seed) for key in keys]
    frames = [tile_picture(tiles_of(each), COLUMNS) for each in images]
    grid = Grid.of(SHOWN, images[0].shape[1:], COLUMNS)
    return Panel(title, frames, "pixels", f"{SHOWN} generated images", grid, [f"sample {i}" for i in range(SHOWN)])


def _numbers(subject: Subject, seed: int) -> dict[str, NDArray[Any]]:
    images = samples_of(subject, seed)
    nearest = nearest_training(subject, seed)
    found: dict[str, NDArray[Any]] = {
        "z": noise(config_of(subject).latent_size, SHOWN, seed),
        "images": images,
        "discriminator": judge(judge_of(subject, "samples"), images),
        "nearest_training_images": nearest.indices,
        "distances": nearest.distances,
    }
    classes = classes_of(subject, seed)
    return found if classes is None else found | {"class_probabilities": classes}


def _facts(scene: Scene, subject: Subject, seed: int, chosen: int) -> None:
    """Draw a sample with its z and the training images that are most like it, and say what the networks see in it."""
    image = samples_of(subject, seed)[chosen]
    z = noise(config_of(subject).latent_size, SHOWN, seed)[chosen]
    panels = [
        Panel("Its image", [tiles_of(image)], "pixels", f"Sample {chosen} at epoch {subject.epoch}"),
        Panel(
            "Its z",
            [_square(z)],
            "signed",
            f"The {len(z)} numbers of its noise: red above 0, blue below",
            ends=ends_of(Z_RANGE[1]),
            meaning="number of z",
        ),
    ]
    st.markdown("**" + scene.title(subject, f"sample {chosen} at epoch {subject.epoch}") + "**")
    name = f"{subject.run.id}-epoch-{subject.epoch}-sample-{chosen}"
    filmstrip(scene.key(f"sample {subject.role}"), panels, ["sample"], max_width=150, file_name=name)
    st.markdown("\n".join(f"- {opinion}" for opinion in _opinions(subject, seed, chosen)))
    nearest = _nearest_panel(subject, seed, chosen)
    filmstrip(scene.key(f"nearest {subject.role}"), [nearest], ["nearest"], max_width=480, file_name=name)


def _square(z: Floats) -> NDArray[np.uint8]:
    square: NDArray[np.uint8] = as_squares(z[None], *Z_RANGE)[0]
    return square


def _opinions(subject: Subject, seed: int, chosen: int) -> list[str]:
    """Return what the discriminator and the classifier make of a sample, and how far the nearest real image is."""
    score = judge(judge_of(subject, "samples"), samples_of(subject, seed)[chosen : chosen + 1])[0]
    said = [f"The discriminator's score D(G(z)) is **{score:.3f}**."]
    probabilities = classes_of(subject, seed)
    if probabilities is not None:
        digit = int(largest_first(probabilities[chosen])[0])
        said.append(f"The classifier sees **{digit}** with probability **{probabilities[chosen, digit]:.3f}**.")
    distance = nearest_training(subject, seed).distances[chosen, 0]
    usual = usual_distance(subject.shown_set)
    said.append(
        f"The nearest training image is **{distance:.2f}** away; that of a test image typically is {usual:.2f} away."
    )
    return said


def _nearest_panel(subject: Subject, seed: int, chosen: int) -> Panel:
    dataset, found = subject.config.dataset, nearest_training(subject, seed)
    indices, distances = found.indices[chosen], found.distances[chosen]
    return image_panel(
        subject.images.train[indices],
        dataset,
        NEAREST,
        title="Nearest training images: " + ", ".join(f"{distance:.1f}" for distance in distances) + " away",
        alt=f"{len(indices)} training images",
        notes=at_distances(image_notes(dataset, indices.tolist(), "training"), distances),
    )
