"""Images from the prior over the epochs, from a chosen latent, and between two digits."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.latent import distances_from_images, interpolate, noise, typical
from explorer.analysis.ranking import largest_first
from explorer.arrays import Floats
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.choices import real
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.digits import number_of_image
from explorer.ui.views.pictures import generated_panel
from explorer.ui.views.vae.cached import between_images, decode, latents_of, posterior_of, vae_of
from explorer.ui.views.view import (
    at_step,
    control_row,
    downloads,
    draw_again,
    epoch_labels,
    in_rows,
    index_of_epoch,
    pick,
    pick_stop,
    show_epoch,
)

Source = Literal["prior", "chosen latent", "between two digits"]
Way = Literal["straight", "spherical"]
COLUMNS = 10
SLIDERS = 10  # the latents that say most; more would be more to scroll than to see
MOST = 4.0  # that a slider of a latent goes to
STEPS, ALL_STEPS = 21, 7  # of the way, and how many of them stand in a row


def generate(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Generate"):
        source: Source = pick(scene, "Latents from", get_args(Source), "generate source")
        if source == "prior":
            count = pick_stop(scene, "Images", (20, 50, 100), "samples", 50)
            seed = draw_again(scene, "New samples", "sample seed")
        elif source == "between two digits":
            way: Way = pick(scene, "Way", get_args(Way), "way")
    if source == "prior":
        _prior(scene, count, seed)
    elif source == "chosen latent":
        _chosen(scene)
    else:
        _between(scene, way)


def _prior(scene: Scene, count: int, seed: int) -> None:
    """Draw samples of the same latents at each epoch."""
    panels, said = [], []
    columns = COLUMNS // 2 if scene.several else COLUMNS
    for subject in scene.subjects:
        z = noise(vae_of(subject).latent_size, count, seed)
        frames = [decode(subject, z, epoch) for epoch in scene.frames(subject)]
        alt, notes = f"{count} images decoded from the prior", None
        if posterior_of(subject).active.any():
            far = distances_from_images(posterior_of(subject), z)
            notes = [f"{distance:.2f} from the nearest image's μ" for distance in far]
            said.append(_distances(scene, subject, far))
        title = scene.title(subject, "samples")
        panels.append(generated_panel(subject.config.dataset, frames, columns, title=title, alt=alt, notes=notes))
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("samples strip"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-samples",
        on_index=lambda strip: show_epoch(scene, strip.index),
    )
    st.caption("  \n".join(["The same latents z ~ N(0, I) at each epoch.", *said]))
    arrays = partial(_prior_numbers, count=count, seed=seed)
    downloads(scene, "samples", arrays, lambda: panels, labels)


def _distances(scene: Scene, subject: Subject, far: Floats) -> str:
    """Say how far samples are from images in the latents that are on, and images from one another."""
    apart = between_images(snapshot_of(subject), subject.shown_set)
    return scene.title(
        subject,
        f"at epoch {subject.epoch} the nearest test image's μ is typically **{typical(far):.2f}** from a sample's z "
        f"(point at one), and **{typical(apart):.2f}** from another image's μ.",
    )


def _prior_numbers(subject: Subject, count: int, seed: int) -> dict[str, Floats]:
    z = noise(vae_of(subject).latent_size, count, seed)
    return {"z": z, "images": decode(subject, z)}


def _chosen(scene: Scene) -> None:
    """Draw a slider for each of the latents that say most, and the image of all of them together."""
    subject = scene.current
    q = posterior_of(subject)
    order = largest_first(q.kl)[:SLIDERS]
    sliders, picture = st.columns([3, 2], gap="large")
    z = np.zeros(q.mean.shape[1], np.float32)
    with sliders:
        st.button("All to 0", on_click=_to_zero, args=(scene, order.tolist()), icon=":material/restart_alt:")
        for pair in (order[i : i + 2] for i in range(0, len(order), 2)):
            for column, latent in zip(st.columns(2), pair, strict=False):
                key = scene.linked(f"z {latent}", 0.0, real(-MOST, MOST))
                label = f"z{latent} (KL {q.kl[latent]:.2f} nats)"
                st.session_state.setdefault(key, 0.0)
                z[latent] = column.slider(label, -MOST, MOST, step=0.1, key=key, persist_state="session")
        if len(q.kl) > SLIDERS:
            st.caption(f"The {SLIDERS} latents of the largest KL; the other {len(q.kl) - SLIDERS} are 0.")
    with picture:
        panels = [
            generated_panel(
                s.config.dataset,
                [decode(s, _for(s, z))],
                1,
                title=scene.title(s, "decoded"),
                alt="The image of the chosen latent",
            )
            for s in scene.subjects
        ]
        filmstrip(scene.key("chosen strip"), panels, ["z"], file_name=f"{subject.run.id}-chosen")
        downloads(scene, "chosen latent", partial(_chosen_numbers, z=z))


def _chosen_numbers(subject: Subject, z: Floats) -> dict[str, Floats]:
    return {"z": z, "image": decode(subject, _for(subject, z))}


def _for(subject: Subject, z: Floats) -> Floats:
    """Return a chosen latent (Z,) for a subject that may have fewer latents or more, which then are 0: (1, Z)."""
    padded = np.zeros((1, vae_of(subject).latent_size), np.float32)
    padded[0, : len(z)] = z[: padded.shape[1]]
    return padded


def _to_zero(scene: Scene, latents: list[int]) -> None:
    for latent in latents:
        st.session_state[scene.key(f"z {latent}")] = 0.0


def _between(scene: Scene, way: Way) -> None:
    """Draw the way from one test image's latent to another's."""
    images = scene.current.images
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        ends_at = (("From test image", 0), ("To test image", 3))
        start, end = (number_of_image(scene, name, name, value) for name, value in ends_at)
    both, dataset = images.test[[start, end]], scene.current.config.dataset
    ends, alt = both.astype(np.float32) / np.float32(255), f"Test images {start} and {end}"
    from_to = generated_panel(dataset, [ends], 2, title="From, to", alt=alt)
    pictures: list[list[Panel]] = []
    for subject in scene.subjects:
        made = decode(subject, _path(subject, both, way))
        on_the_way, alt = scene.title(subject, "on the way"), "The decoded way from one to the other"
        way_there = generated_panel(dataset, [x[None] for x in made], 1, title=on_the_way, alt=alt)
        all_steps, alt = scene.title(subject, "all steps"), "All steps of the way"
        steps = generated_panel(dataset, [made], ALL_STEPS, title=all_steps, alt=alt, joined="all")
        pictures.append([way_there, steps])
    following, row = in_rows(scene, pictures)
    panels = [from_to, *following]
    labels = [f"{step / (STEPS - 1):.0%}" for step in range(STEPS)]
    name = f"{scene.current.run.id}-between"
    filmstrip(
        scene.key("between strip"),
        panels,
        labels,
        file_name=name,
        max_width=300,
        per_row=row and row + 1,
        at_end=row is not None,
        **at_step(scene, "step", labels, 0),
    )
    downloads(scene, "between two digits", partial(_between_numbers, both=both, way=way), lambda: panels, labels)


def _between_numbers(subject: Subject, both: NDArray[np.uint8], way: Way) -> dict[str, Floats]:
    path = _path(subject, both, way)
    return {"z": path, "images": decode(subject, path)}


def _path(subject: Subject, both: NDArray[np.uint8], way: Way) -> Floats:
    start, end = latents_of(subject, both)
    return interpolate(start, end, STEPS, spherical=way == "spherical")
