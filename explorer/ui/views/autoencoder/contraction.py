"""How an encoder answers to small changes: singular values of its Jacobian, and the directions that move the code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
import torch

from explorer.analysis.jacobian import Spectrum, spectrum, weight_norm
from explorer.analysis.ranking import times_apart
from explorer.models.autoencoder import Autoencoder, AutoencodingConfig
from explorer.models.denoising import DenoisingConfig
from explorer.plots.curves import Curve, line_chart, places_of
from explorer.plots.palette import LEVEL
from explorer.plots.tiles import Grid, beyond, quantize, reach, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel, ends_of
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.pictured import pictured_runs
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, key_of, model_of, of_class, readable_epochs
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import autoencoder_of, over_epochs
from explorer.ui.views.axes import chart_key, curve_of, sharing
from explorer.ui.views.pictures import panel_of_test_images
from explorer.ui.views.view import columns_of, control_row, downloads, show_chart

VIEW = "Jacobian"
IMAGES, TANGENTS = 20, 3  # more rows would not fit below their images on a screen
TANGENTS_IN_A_ROW = 2  # subjects of which these stand beside each other


def jacobian_view(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        st.markdown("  \n".join(_facts(scene, subject) for subject in scene.subjects), width="stretch")
    left, right = st.columns(2)
    for column, draw in ((left, _spectra), (right, _norms)):
        with column:
            for subjects in sharing(scene):
                draw(scene, subjects)
    for column, subject in columns_of(scene, TANGENTS_IN_A_ROW):
        with column:
            _tangents(scene, subject)
    found = {s.role: _spectrum(snapshot_of(s), s.shown_set) for s in scene.subjects}
    numbers = {role: {"singular_values": each.values, "tangents": each.tangents} for role, each in found.items()}
    downloads(scene, "jacobian", lambda subject: numbers[subject.role])


@remembered()
def _spectrum(key: Key, dataset: str) -> Spectrum:
    x = torch.tensor(test_images(dataset).test[:IMAGES]) / 255
    return spectrum(model_of(key, Autoencoder), x, TANGENTS)


def _facts(scene: Scene, subject: Subject) -> str:
    model, found = autoencoder_of(subject), _spectrum(snapshot_of(subject), subject.shown_set)
    up, down = map(weight_norm, (model.encoder_weights()[0], model.decoder_weights()[-1]))
    words = (
        f"mean ‖J‖ of {IMAGES} test images **{found.norm.mean():.3g}** · norm of the encoder's weights **{up:.3g}**, "
        f"decoder's **{down:.3g}**"
    )
    return scene.title(subject, words + (" (tied)" if model.tied else ""))


def _spectra(scene: Scene, subjects: Sequence[Subject]) -> None:
    """Draw the mean singular values, the largest first."""
    curves = []
    for subject in subjects:
        values = _spectrum(snapshot_of(subject), subject.shown_set).values
        rank = np.arange(1, values.shape[1] + 1, dtype=float)
        curves.append(curve_of(subject, scene.title(subject, "mean over images"), rank, values.mean(axis=0)))
    curves += _of_denoising(subjects[-1])
    title = f"Singular values of the Jacobian, {IMAGES} test images"
    show_chart(line_chart(curves, title, "rank", "singular value"), key=chart_key(scene, "spectrum", subjects))


def _of_denoising(subject: Subject) -> list[Curve]:
    """Return the mean singular values of the trained denoising autoencoder that is most like the subject, if any."""
    config, shown = subject.config_as(AutoencodingConfig), subject.shown_set
    found = [
        (times_apart(settings["code_size"], config.code_size), -run.epochs, id_, run)
        for id_, settings in pictured_runs("denoising")
        if settings["dataset"] == config.dataset
        and settings["noise_strength"] > 0
        and (settings["hidden_layers"], settings["activation"]) == (config.hidden_layers, config.activation)
        and (run := library().pictured(id_))
        and readable_epochs(run)[0]
    ]
    if not found:
        return []
    run = min(found, key=lambda entry: entry[:3])[3]
    other = of_class(run.config, DenoisingConfig, run.id)
    values = _spectrum(key_of(run, readable_epochs(run)[0][-1]), shown).values
    name = f"denoising, {other.noise} {other.noise_strength:g}, {other.code_size} units"
    rank = np.arange(1, values.shape[1] + 1, dtype=float)
    return [Curve(name, rank, values.mean(axis=0), LEVEL, dash="dot")]


def _norms(scene: Scene, subjects: Sequence[Subject]) -> None:
    curves = []
    for subject in subjects:
        epochs, norms = over_epochs(subject, "jacobian_norm")
        at = places_of(epochs, subject.epoch)
        curves.append(curve_of(subject, scene.title(subject, "mean ‖J‖"), epochs, norms, marker_at=at))
    title = "Mean ‖J‖ over the epochs"
    show_chart(line_chart(curves, title, "epoch", "‖J‖, Frobenius norm"), key=chart_key(scene, "norms", subjects))


def _tangents(scene: Scene, subject: Subject) -> None:
    """Draw for some images the directions in pixel space that move their code most."""
    shape, found = subject.shape, _spectrum(snapshot_of(subject), subject.shown_set)
    shown = found.tangents[:8]
    of_all = np.concatenate([_spectrum(snapshot_of(s), s.shown_set).tangents.ravel() for s in scene.subjects])
    limit = reach(of_all) or 1.0
    share = f"{100 * beyond(of_all, limit):.2g}\u00a0%"
    count = shown.shape[1]
    notes = [f"σ = {found.values[i, t]:.3g}" for t in range(count) for i in range(len(shown))]
    columns = shown.swapaxes(0, 1).reshape(-1, *shape)  # an image's directions below it
    panels = [
        panel_of_test_images(
            subject,
            range(len(shown)),
            len(shown),
            title=scene.title(subject, "test images, below each the directions that move its code most"),
        ),
        Panel(
            "",
            [tile_picture(quantize(columns, -limit, limit), len(shown))],
            "signed",
            f"The {count} leading right singular vectors of the Jacobian at each of {len(shown)} test images",
            Grid.of(len(columns), shape, len(shown)),
            notes,
            ends=ends_of(limit),
            meaning=f"a direction's share of each pixel, squares sum to 1; {share} are beyond",
        ),
    ]
    file_name = f"{subject.run.id}-tangents"
    filmstrip(
        scene.key(f"tangents {subject.role}"),
        panels,
        ["tangents"],
        file_name=file_name,
        per_row=1,
        max_width=900,
        link_cells=False,
    )
