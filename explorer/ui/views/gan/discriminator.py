"""Being the discriminator: its score of a digit, the images it believes most and least, and how sure it is."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.analysis.gan_networks import judge
from explorer.analysis.ranking import largest_first
from explorer.analysis.sample_quality import some
from explorer.arrays import Floats
from explorer.plots.bars import Bars, bar_chart
from explorer.plots.curves import line_chart
from explorer.plots.tiles import Grid, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.axes import curve_of
from explorer.ui.views.digits import Digits, pick_digits, source_control
from explorer.ui.views.gan.cached import judge_of, samples_of
from explorer.ui.views.gan.inputs import SHOWN, inputs_of, new_samples, sample_seed, side_of, tiles_of
from explorer.ui.views.gan.scores import opinions, scores_of
from explorer.ui.views.view import control_row, downloads, epoch_labels, index_of_epoch, show_chart, show_epoch

COLUMNS = 5
EXTREMES = 10  # images that are believed most, and as many that are least


def discriminator(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Discriminator"):
        source = source_control(scene, "discriminator")
        new_samples(scene)
    digits, place = pick_digits(scene, source, "discriminator")
    if digits is not None:
        with place:
            _digits(scene, digits)
    seed = sample_seed(scene)
    for subject in scene.subjects:
        opinions(scene, subject, seed)
    _extremes(scene, seed)


def _digits(scene: Scene, digits: Digits) -> None:
    """Draw what the discriminator says of digits; a drawn one stands on its canvas already."""
    if len(digits.pixels) == 1:
        _over_epochs(scene, digits)
    else:
        left, right = st.columns([2, 3], gap="medium")
        with left:
            _inputs(scene, digits)
        with right:
            _bars(scene, digits)
    numbers = {"input": digits.pixels} | {s.role.replace(" ", "_"): _scores(s, digits) for s in scene.subjects}
    downloads(scene, "scores", lambda _: numbers)


def _inputs(scene: Scene, digits: Digits) -> None:
    """Draw the digits as the discriminator gets them."""
    shown, scores = inputs_of(scene.current, digits.pixels), _scores(scene.current, digits)
    notes = [f"{name} · D(x) = {score:.3f}" for name, score in zip(digits.names, scores, strict=True)]
    grid, picture = Grid.of(len(shown), shown.shape[1:], COLUMNS), tile_picture(tiles_of(shown), COLUMNS)
    panel = Panel("Input", [picture], "pixels", f"{len(shown)} input images", grid, notes)
    name = f"{scene.current.run.id}-judged"
    filmstrip(scene.key("judged digits"), [panel], ["input"], max_width=400, file_name=name)


def _scores(subject: Subject, digits: Digits, epoch: int | None = None) -> Floats:
    return judge(judge_of(subject, "real images", epoch), inputs_of(subject, digits.pixels))


def _bars(scene: Scene, digits: Digits) -> None:
    """Draw the score of each of several digits."""
    groups = [Bars(scene.name(s), _scores(s, digits), s.color) for s in scene.subjects]
    places = [name.removeprefix("test image ").partition(":")[0] for name in digits.names]
    title = f"Real or not? D(x) at epoch {scene.current.epoch}"
    figure = bar_chart(groups, places, title, "test image", "D(x)", top=1, line_at=0.5)
    show_chart(figure, key=scene.key("digit scores"))


def _over_epochs(scene: Scene, digits: Digits) -> None:
    """Draw the score of one digit at each snapshot, and say what it is at the epoch shown."""
    curves = []
    for subject in scene.subjects:
        scores = np.array([_scores(subject, digits, epoch)[0] for epoch in subject.epochs])
        at = subject.epochs.index(subject.epoch)
        epochs = np.array(subject.epochs, float)
        curves.append(curve_of(subject, scene.name(subject), epochs, scores, marker_at=[at]))
        st.markdown(scene.title(subject, f"D of this digit at epoch {subject.epoch}: **{scores[at]:.3f}**"))
    figure = line_chart(curves, "Real or not? D of this digit", "epoch", "D(x)", y_range=[0, 1.02])
    show_chart(figure, key=scene.key("digit score over epochs"))


def _extremes(scene: Scene, seed: int) -> None:
    """Draw the samples and the test images that the discriminator believes most and least, over the epochs."""
    st.markdown(f"##### Most and least believed, of {SHOWN} samples and of {SHOWN} test images")
    panels = [panel for subject in scene.subjects for panel in _extreme_panels(scene, subject, seed)]
    labels = epoch_labels(scene)
    filmstrip(
        scene.key("extremes"),
        panels,
        labels,
        index=index_of_epoch(scene),
        file_name=f"{scene.current.run.id}-believed",
        per_row=4,
        link_cells=False,
        on_index=lambda strip: show_epoch(scene, strip.index),
    )
    downloads(scene, "believed", partial(_numbers, seed=seed), lambda: panels, labels)


def _extreme_panels(scene: Scene, subject: Subject, seed: int) -> list[Panel]:
    found: dict[str, list[tuple[NDArray[np.uint8], str]]] = {}
    side = side_of(subject)
    for epoch in scene.frames(subject):
        for name, images, scores in _judged(subject, seed, epoch):
            order = largest_first(scores)
            for which, chosen in (("most", order[:EXTREMES]), ("least", order[::-1][:EXTREMES])):
                picture = tile_picture(tiles_of(images[chosen]), COLUMNS)
                caption = f"D from {scores[chosen[0]]:.3f} to {scores[chosen[-1]]:.3f}"
                found.setdefault(f"{name}, {which} believed", []).append((picture, caption))
    grid = Grid.of(EXTREMES, (side, side), COLUMNS)
    return [
        Panel(
            scene.title(subject, title),
            [picture for picture, _ in frames],
            "pixels",
            f"{EXTREMES} {title}, in that order",
            grid,
            captions=[caption for _, caption in frames],
        )
        for title, frames in found.items()
    ]


def _judged(subject: Subject, seed: int, epoch: int) -> list[tuple[str, Floats, Floats]]:
    """Return 100 samples and 100 test images with their scores."""
    scores = scores_of(subject, seed, epoch, SHOWN)
    inputs = inputs_of(subject, some(subject.images.test, SHOWN))  # those that have the scores
    samples = samples_of(subject, seed, epoch)[: len(inputs)]
    return [("samples", samples, scores.generated), ("test images", inputs, scores.real)]


def _numbers(subject: Subject, seed: int) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name, images, scores in _judged(subject, seed, subject.epoch):
        found |= {name: images, f"D of {name}": scores}
    return found
