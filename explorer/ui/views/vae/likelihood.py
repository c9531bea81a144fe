"""Bounds of the log-likelihood by ever more samples, and with one or two latents the log-likelihood itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
import torch

from explorer.analysis.bounds import importance_weights, nested_bounds, quadrature
from explorer.analysis.vae_measures import MEASURES
from explorer.models.variational import VariationalModel
from explorer.plots.curves import Curve, line_chart
from explorer.runs.tensors import Arrays
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.prepared import prepared
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.places import Role
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.axes import chart_key, curve_of, sharing
from explorer.ui.views.view import control_row, downloads, show_chart
from explorer.ui.wording import signed

ELBO = "elbo"  # the metric
SAMPLES = (1, 2, 5, 10, 50, 100, 500, 1000, 5000)
WORK = 2e11  # multiply-adds: some seconds; decides on how many images
MOST_IMAGES, FEWEST_IMAGES = 100, 5
BOUND = next(metric for metric in MEASURES.metrics if metric.name == "bound_50")  # these bounds are like it


def likelihood(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, "Likelihood"):
        st.markdown("##### The more samples, the tighter the bound", width="stretch")
    found = {subject.role: bounds_of(subject) for subject in scene.subjects}
    for subjects in sharing(scene, BOUND):
        _chart(scene, subjects, found)
    for subject in scene.subjects:
        bounds, exact = found[subject.role]["bounds"], found[subject.role].get("exact")
        truth = f", log p(x) by quadrature **{signed(exact.mean())}**" if exact is not None else ""
        text = f"ELBO {signed(bounds[0].mean())}, L₅₀₀₀ **{signed(bounds[-1].mean())}**{truth} nats"
        spread = bounds[-1].std() / bounds.shape[1] ** 0.5
        where = f"on the first {bounds.shape[1]} test images (± {spread:.1f} by their choice) at epoch {subject.epoch}"
        st.caption(scene.title(subject, f"{text} {where}, pixels as in training.{_of_all(subject)}"))
    downloads(scene, "bounds", lambda subject: _numbers(found[subject.role]))


def _of_all(subject: Subject) -> str:
    """Return a sentence on the ELBO of all test images, which other views tell, where it was measured."""
    of_epochs = {row["epoch"]: row.get(ELBO) for row in subject.run.metric_rows()}
    measured, count = of_epochs.get(subject.epoch), len(subject.images.test)
    return "" if measured is None else f" The ELBO of all {count:,} test images is {signed(measured)}: see *Training*."


def _numbers(found: Arrays) -> Arrays:
    names = {"bounds": "bounds", "exact": "log_likelihood"}
    return {"samples": np.array(SAMPLES)} | {names[name]: array for name, array in found.items()}


def _chart(scene: Scene, subjects: Sequence[Subject], found: Mapping[Role, Arrays]) -> None:
    """Draw the bounds of the subjects that may share an axis."""
    curves = []
    for subject in subjects:
        bounds, exact = found[subject.role]["bounds"], found[subject.role].get("exact")
        of = f"{scene.name(subject)}, " if len(scene.subjects) > 1 else ""
        curves.append(curve_of(subject, f"{of}Lₖ", np.array(SAMPLES, float), bounds.mean(axis=1)))
        if exact is not None:
            ends = np.array([SAMPLES[0], SAMPLES[-1]], float)
            curves.append(Curve(f"{of}log p(x)", ends, np.full(2, exact.mean()), subject.color, dash="dot"))
    ticks = {float(k): str(k) for k in SAMPLES}
    axes = "importance samples k", "nats per image"
    figure = line_chart(curves, "Bound Lₖ (test)", *axes, log_ticks=ticks)
    show_chart(figure, key=chart_key(scene, "bounds", subjects))


def bounds_of(subject: Subject) -> Arrays:
    """Return L_k as `bounds` (len(SAMPLES), images), and log p(x) as `exact` (images,) where a grid is fine enough."""
    config = subject.config.model_copy(update={"importance_samples": 1})
    one_sample = config.cost(subject.shape) / 3  # without the gradients
    images = int(min(max(WORK / (SAMPLES[-1] * one_sample), FEWEST_IMAGES), MOST_IMAGES))
    return _bounds(snapshot_of(subject), subject.shown_set, images)


@remembered("Drawing 5,000 samples for each image …")
@prepared("bounds")
def _bounds(key: Key, dataset: str, images: int) -> Arrays:
    model = model_of(key, VariationalModel)
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        x = model.observe(torch.tensor(test_images(dataset).test[:images]), draws)
        bounds = nested_bounds(importance_weights(model, x, SAMPLES[-1], draws), SAMPLES)
        found = {"bounds": bounds.double().numpy()}
        return found | {"exact": quadrature(model, x).double().numpy()} if model.latent_size <= 2 else found
