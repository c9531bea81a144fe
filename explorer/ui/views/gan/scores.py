"""What a discriminator makes of many images: as histograms at one epoch, and over the epochs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.analysis.gan_networks import AT_ONCE, generate, judge
from explorer.analysis.latent import noise
from explorer.analysis.sample_quality import some
from explorer.arrays import Floats
from explorer.models.resizing import images_at
from explorer.plots.curves import fullest_bin, histogram
from explorer.plots.palette import REAL
from explorer.plots.violins import Group, violin_chart
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import MANY, settled_at
from explorer.ui.views.gan.inputs import SHOWN, config_of, side_of
from explorer.ui.views.view import downloads, show_chart

REAL_NAME, GENERATED_NAME = "D(x), test images", "D(G(z)), samples"


class Scores(NamedTuple):
    """D of test images (N,) and of samples (N,)."""

    real: Floats
    generated: Floats


def scores_of(subject: Subject, seed: int, epoch: int | None = None, count: int = MANY) -> Scores:
    """Return D of test images (N,), chosen by `some`, and of as many samples at that snapshot, each among its kind."""
    key, latent_size = snapshot_of(subject, epoch), config_of(subject).latent_size
    return _scores(key, subject.shown_set, side_of(subject), latent_size, seed, count)


@remembered("Asking the discriminator …")
def _scores(key: Key, dataset: str, side: int, latent_size: int, seed: int, count: int) -> Scores:
    among_real, among_samples = settled_at(key, "real images", dataset), settled_at(key, "samples", dataset)
    images = test_images(dataset)
    pixels = some(images.test, count)
    z = noise(latent_size, len(pixels), seed)
    starts = range(0, len(pixels), AT_ONCE)  # never more images in memory than needed
    real = [judge(among_real, images_at(pixels[i : i + AT_ONCE], side, images.background)) for i in starts]
    generated = [judge(among_samples, generate(among_samples, z[i : i + AT_ONCE])) for i in starts]
    return Scores(np.concatenate(real), np.concatenate(generated))


def opinions(scene: Scene, subject: Subject, seed: int) -> None:
    """Draw a subject's scores of test images and of samples, at the epoch shown and over all."""
    left, right = st.columns(2)
    with left:
        _histogram(scene, subject, seed)
    with right:
        _over_epochs(scene, subject, seed)


def _histogram(scene: Scene, subject: Subject, seed: int) -> None:
    scores = scores_of(subject, seed)
    top = fullest_bin(each for s in scene.subjects for each in scores_of(s, seed))  # two charts have the same axis
    values = [(REAL_NAME, scores.real, REAL), (GENERATED_NAME, scores.generated, subject.color)]
    title = scene.title(subject, f"scores at epoch {subject.epoch}")
    figure = histogram(values, title, "score", "images", top=top)
    show_chart(figure, key=scene.key(f"score histogram {subject.role}"))
    right = ((scores.real > 0.5).mean() + (scores.generated <= 0.5).mean()) / 2
    st.caption(
        f"{len(scores.real):,} test images, mean **{scores.real.mean():.3f}**; {len(scores.generated):,} samples, mean "
        f"**{scores.generated.mean():.3f}**. **{right:.0%}** are judged rightly."
    )
    numbers = scores._asdict()
    downloads(scene, f"scores {subject.role}", lambda _: numbers)


def _over_epochs(scene: Scene, subject: Subject, seed: int) -> None:
    """Draw how the scores of 100 images each are distributed at all snapshots."""
    per_epoch = [scores_of(subject, seed, epoch, SHOWN) for epoch in subject.epochs]
    figure = violin_chart(
        Group(REAL_NAME, [each.real for each in per_epoch], REAL),
        Group(GENERATED_NAME, [each.generated for each in per_epoch], subject.color),
        [str(epoch) for epoch in subject.epochs],
        scene.title(subject, "scores over the epochs"),
        "epoch",
        "score",
        shown=subject.epochs.index(subject.epoch),
    )
    show_chart(figure, key=scene.key(f"scores over epochs {subject.role}"))
    st.caption(f"Distributions of {len(per_epoch[0].real)} scores each; the white line is their mean.")
