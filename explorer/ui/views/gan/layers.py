"""Feature maps: from noise to image in the generator, and from image to score in the discriminator."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import streamlit as st

from explorer.analysis.gan_networks import discriminator_maps, generator_maps, score, strongest_maps
from explorer.analysis.latent import noise
from explorer.arrays import Bytes, Floats
from explorer.plots.tiles import Grid, Indices, quantize, reach, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.digits import number_of_image
from explorer.ui.views.gan.cached import Among, generator_of, judge_of, samples_of
from explorer.ui.views.gan.inputs import SHOWN, config_of, inputs_of, new_samples, pick_sample, sample_seed
from explorer.ui.views.view import control_row, downloads, epoch_labels, index_of_epoch, pick, show_epoch

Judged = Literal["the sample", "test image"]
MOST_MAPS = 32  # of a layer
Maps = list[Floats]  # of each layer: (channels, side, side)


def layers(scene: Scene) -> None:
    """Draw the view."""
    number = None
    with control_row(scene, "Layers"):
        key = pick_sample(scene)  # the one chosen among the samples
        judged: Judged = pick(scene, "Into D goes", get_args(Judged), "judged")
        if judged == "test image":
            number = number_of_image(scene, "Test image", "judged test image")
        new_samples(scene)
    chosen, seed = int(st.session_state[key]), sample_seed(scene)
    st.markdown("##### Generator: from z to the image")
    for subject in scene.subjects:
        _strip(scene, f"generator {subject.role}", _generator(scene, subject, seed, chosen))
    st.markdown("##### Discriminator: from the image to the score")
    for subject in scene.subjects:
        _strip(scene, f"discriminator {subject.role}", _discriminator(scene, subject, seed, chosen, number))
    st.caption(
        f"The strongest maps of each layer first, by mean size at the epoch shown, at most {MOST_MAPS}. Red above 0, "
        "blue below. All maps of a layer have the same colours, which end where 99 of 100 of its values lie at that "
        "epoch: maps of one layer can be compared, layers cannot."
    )
    downloads(scene, "feature maps", lambda subject: _numbers(scene, subject, seed, chosen, number))


def _strip(scene: Scene, network: str, panels: list[Panel]) -> None:
    filmstrip(
        scene.key(f"layers of {network}"),
        panels,
        epoch_labels(scene),
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-{network.replace(' ', '-')}",
        max_width=300,
        link_cells=False,
        on_index=lambda strip: show_epoch(scene, strip.index),
    )


def _generator(scene: Scene, subject: Subject, seed: int, chosen: int) -> list[Panel]:
    """Return the pictures of the hidden layers and of the image."""
    z = noise(config_of(subject).latent_size, SHOWN, seed)[chosen]
    per_epoch = [generator_maps(generator_of(snapshot_of(subject, epoch)), z) for epoch in scene.frames(subject)]
    now = generator_maps(generator_of(snapshot_of(subject)), z)
    hidden = range(len(now) - 1)
    maps = [_panel(scene, subject, f"layer {i + 1}", [maps[i] for maps in per_epoch], now[i]) for i in hidden]
    images = [quantize(maps[-1][0], -1, 1) for maps in per_epoch]
    return [*maps, Panel(scene.title(subject, f"sample {chosen}"), images, "pixels", f"Sample {chosen}")]


def _discriminator(scene: Scene, subject: Subject, seed: int, chosen: int, number: int | None) -> list[Panel]:
    """Return the pictures of the image, with its score below, and of the hidden layers."""
    epochs, pixels = scene.frames(subject), _test_image(scene, number)
    images = [_judged(subject, seed, chosen, pixels, epoch) for epoch in epochs]
    among: Among = "samples" if number is None else "real images"
    judges = [judge_of(subject, among, epoch) for epoch in epochs]
    per_epoch = [discriminator_maps(model, x) for model, x in zip(judges, images, strict=True)]
    now = discriminator_maps(judge_of(subject, among), _judged(subject, seed, chosen, pixels, subject.epoch))
    scores = [score(maps[-1]) for maps in per_epoch]
    what = f"sample {chosen}" if number is None else f"test image {number}"
    picture = Panel(
        scene.title(subject, what),
        [quantize(x, 0, 1) for x in images],
        "pixels",
        f"The image that is judged: {what}",
        captions=[f"D = {score:.3f}" for score in scores],
    )
    hidden = range(len(now) - 1)
    maps = [_panel(scene, subject, f"layer {i + 1}", [maps[i] for maps in per_epoch], now[i]) for i in hidden]
    return [picture, *maps]


def _test_image(scene: Scene, number: int | None) -> Bytes | None:
    """Return the test image that goes into the discriminators of all subjects, (1, 784), if it is to be one."""
    return None if number is None else scene.current.images.test[number : number + 1]


def _judged(subject: Subject, seed: int, chosen: int, pixels: Bytes | None, epoch: int) -> Floats:
    """Return the image that goes into the discriminator, the given one or a sample, (S, S) in [0, 1]."""
    return np.asarray(samples_of(subject, seed, epoch)[chosen] if pixels is None else inputs_of(subject, pixels)[0])


def _panel(scene: Scene, subject: Subject, name: str, per_epoch: Maps, now: Floats) -> Panel:
    """Return the picture of a layer's strongest maps at the epoch shown, over the epochs."""
    order = strongest_maps(now, MOST_MAPS)
    count, side = now.shape[:2]
    shown = f"{len(order)} of {count} maps" if len(order) < count else f"{count} maps"
    frames = [tile_picture(_signed(maps[order])) for maps in per_epoch]
    title = scene.title(subject, f"{name}: {shown}, {side}×{side}")
    notes = [f"map {i}" for i in order]
    grid, meaning = Grid.of(len(order), (side, side)), "activation; each layer and epoch has a scale of its own"
    return Panel(title, frames, "signed", f"Feature maps of {name}", grid, notes, meaning=meaning)


def _signed(maps: Floats) -> Indices:
    """Return maps as tiles whose colours end where 99 of 100 of their values lie."""
    limit = reach(maps, 0.99) or 1.0
    return quantize(maps, -limit, limit)


def _numbers(scene: Scene, subject: Subject, seed: int, chosen: int, number: int | None) -> dict[str, Floats]:
    z = noise(config_of(subject).latent_size, SHOWN, seed)[chosen]
    key = snapshot_of(subject)
    generated = generator_maps(generator_of(key), z)
    image = _judged(subject, seed, chosen, _test_image(scene, number), subject.epoch)
    judged = discriminator_maps(judge_of(subject, "samples" if number is None else "real images"), image)
    found = {"z": z} | {f"generator_{i + 1}": maps for i, maps in enumerate(generated)}
    return found | {f"discriminator_{i + 1}": maps for i, maps in enumerate(judged)}
