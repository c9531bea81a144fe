"""How far few labels reach: the classifier's error by their number, for encoders with and without a past."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import cast, get_args

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.errors import BrokenFile, ExplorerError
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig, EncoderStart
from explorer.plots.curves import Curve, line_chart, log_range
from explorer.runs.lineage import chain
from explorer.runs.run import Run
from explorer.runs.status import State
from explorer.ui.chain import missing
from explorer.ui.crowd import CROWD
from explorer.ui.download import offer_download
from explorer.ui.expected import expected_seconds
from explorer.ui.run_panel import stop_run
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.services import engine, library
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.view import control_row, pick_stop
from explorer.ui.wording import in_time

VIEW = "Few labels"
MARGIN = 0.15  # decades, on both sides of the chart
COUNTS = (10, 100, 1000)  # and all
MOST_SEEDS, USUAL_SEEDS = 5, 3
COLORS: dict[EncoderStart, str] = {"autoencoder": "#0072b2", "layers": "#009e73", "random": "#d55e00"}
NAMES: dict[EncoderStart, str] = {
    "autoencoder": "fine-tuned autoencoder",
    "layers": "layers trained one by one",
    "random": "random start",
}
Configs = list[DeepClassifierConfig]
Study = dict[tuple[EncoderStart, int], Configs]  # by start and labels, one config for each seed


def _template(subject: Subject) -> DeepClassifierConfig:
    """Return the config of which the classifiers of an autoencoder have everything but start, labels and seed."""
    base = cast(DeepAutoencoderConfig, subject.config)
    return DeepClassifierConfig(dataset=base.dataset, base=base, labels=COUNTS[0])


def few_labels(scene: Scene) -> None:
    """Draw the view."""
    with control_row(scene, VIEW):
        options = range(1, MOST_SEEDS + 1)
        what = "Each seed has other labelled images, and another random start."
        seeds = pick_stop(scene, "Seeds", options, "seeds of labels", USUAL_SEEDS, help=what)
    for column, subject in zip(st.columns(len(scene.subjects)), scene.subjects, strict=True):
        with column:
            template = _template(subject)
            live = any(run.status.state.live for run in _known(_configs(_grid(template, seeds))))
            study = partial(_study, scene, subject, template, seeds, live)
            st.fragment(study, run_every=CROWD.interval() if live else None)()


def _counts(template: DeepClassifierConfig) -> list[int]:
    every = CATALOGUE[template.dataset].n_train
    return [count for count in COUNTS if count < every] + [every]


def _grid(template: DeepClassifierConfig, seeds: int) -> Study:
    """Return the configs for each start and number of labels, one for each seed."""
    return {
        (start, count): [
            template.model_copy(update={"start": start, "labels": count, "seed": seed}) for seed in range(seeds)
        ]
        for start in get_args(EncoderStart)
        for count in _counts(template)
    }


def _configs(grid: Study) -> Configs:
    return [config for configs in grid.values() for config in configs]


def _known(configs: Configs) -> list[Run]:
    """Return the runs of the configs that exist, trained or not."""
    shelf = library()
    return [shelf.find(config) for config in configs if config in shelf]


def _study(scene: Scene, subject: Subject, template: DeepClassifierConfig, seeds: int, was_live: bool) -> None:
    """Draw the curve of what is trained, and offer the rest; where training begins or ends, draw the page anew."""
    CROWD.poll()
    grid = _grid(template, seeds)
    live = [run for run in _known(_configs(grid)) if run.status.state.live]
    if bool(live) != was_live:
        st.rerun()
    errors = {place: [x for x in map(_error, configs) if x is not None] for place, configs in grid.items()}
    title = scene.title(subject, "error on test images by the number of labels")
    if any(errors.values()):
        st.plotly_chart(_chart(title, template, errors), key=scene.key(f"few labels {subject.role}"))
        st.caption(
            "Each point is a mean over seeds, each band reaches from the best to the worst of them, after "
            f"{template.epochs} epochs. The network is the same in all cases; the autoencoder is taken at its last "
            f"epoch, {template.base.epochs}."
        )
    else:
        st.info("No classifier of this encoder is trained yet. Each of them takes some seconds, with all labels more.")
    _progress(scene, subject, grid, live)


def _chart(
    title: str, template: DeepClassifierConfig, errors: Mapping[tuple[EncoderStart, int], list[float]]
) -> go.Figure:
    curves = []
    for start, name in NAMES.items():
        at = [(count, errors[start, count]) for count in _counts(template) if errors[start, count]]
        if at:
            x = np.array([count for count, _ in at], dtype=float)
            mean, low, high = (np.array([100 * f(found) for _, found in at]) for f in (fmean, min, max))
            curves.append(Curve(name, x, mean, COLORS[start], band=(low, high)))
    ticks = {float(count): f"{count:,}" for count in _counts(template)}
    figure = line_chart(curves, title, "labelled images", "% of test images", log_ticks=ticks)
    figure.update_xaxes(range=log_range(COUNTS[0], _counts(template)[-1], MARGIN))  # with room for the last label
    return figure


def _progress(scene: Scene, subject: Subject, grid: Study, live: list[Run]) -> None:
    """Say how many of the runs there are, what failed, and offer to train those that are missing, or to stop."""
    configs = _configs(grid)
    left = [config for config in configs if library().measured(config) is None]
    if not left:
        return
    _show_failure(left)
    done = f"{len(configs) - len(left)} of {len(configs)}"
    if live:
        with st.container(horizontal=True, vertical_alignment="center"):
            key = scene.key(f"stop few labels {subject.role}")
            st.button("Stop", icon=":material/stop:", on_click=_stop, args=(live,), key=key)
            st.progress(1 - len(left) / len(configs), text=f"{done} classifiers are trained")
    elif subject.run.status.state.live:
        st.caption(
            f"{done} classifiers are trained. The others can be trained once the autoencoder itself no longer is: they "
            "start with its last epoch, which is not known yet."
        )
    elif not CATALOGUE[subject.config.dataset].available:
        _offer_images(scene, subject)
    else:
        _offer_training(scene, subject, left, f"{done} are trained")


def _show_failure(configs: Configs) -> None:
    """Show why the first training that failed did."""
    failed = [run.status for run in _known(configs) if run.status.state is State.FAILED]
    if failed:
        what = "Training a classifier" if len(failed) == 1 else f"Training {len(failed)} classifiers"
        which = "" if len(failed) == 1 else ", the first of them"
        error = failed[0].error or ""
        st.error(f"{what} failed{which} after epoch {failed[0].epoch}. {error}", icon=":material/error:")


def _offer_images(scene: Scene, subject: Subject) -> None:
    """Say that the subject's images are missing, and offer them unless the page does so above."""
    dataset = subject.config.dataset
    if scene.state.values["dataset"] == dataset:
        st.caption(f"{CATALOGUE[dataset].title} is not on this machine, so no classifier can be trained on it.")
    else:
        offer_download(dataset, scene.key(f"download for few labels {subject.role}"))


def _offer_training(scene: Scene, subject: Subject, configs: Configs, done: str) -> None:
    seconds = _seconds(configs)
    time = f", about **{in_time(seconds)}**" if seconds else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        key, label = scene.key(f"train few labels {subject.role}"), f"Train {len(configs)} classifiers"
        st.button(label, type="primary", icon=":material/play_arrow:", on_click=_train, args=(configs,), key=key)
        st.markdown(f"{done}{time}.", width="stretch")


def _seconds(configs: Configs) -> float | None:
    """Return the expected seconds to train classifiers and, once each, what of their parents is missing.

    Those of the same start have the same parents, which what goes on from an epoch does without.
    """
    shelf = library()
    begin = {config.start: config for config in configs if not (config in shelf and shelf.find(config).can_go_on)}
    needed = {link.config: link.reached for config in begin.values() for link in missing(chain(config, shelf))}
    return expected_seconds([*needed.items(), *((config, 0) for config in configs)])


def _train(configs: Configs) -> None:
    try:
        for config in sorted(configs, key=lambda config: (config.labels, config.seed)):  # so that all curves grow alike
            engine().submit(config)
    except ExplorerError as error:
        st.session_state["engine error"] = str(error)


def _stop(runs: list[Run]) -> None:
    for run in runs:
        stop_run(run)


def _error(config: DeepClassifierConfig) -> float | None:
    """Return the share of test images that a classifier gets wrong at the config's epochs, if it is trained."""
    run = library().measured(config)
    if run is None:
        return None
    try:
        return _measured(run.paths.folder, run.paths.metrics.stat().st_mtime_ns, config.epochs)
    except (BrokenFile, FileNotFoundError):  # the Runs page names broken runs; here they are as good as not there
        return None


@remembered()
def _measured(folder: Path, _written: int, epoch: int) -> float | None:
    return next((row["error"] for row in Run(folder).metric_rows() if row["epoch"] == epoch), None)
