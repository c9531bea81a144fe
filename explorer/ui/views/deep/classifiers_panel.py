"""How many of a study's classifiers are trained, and the buttons to train the others or to stop."""

from __future__ import annotations

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.runs.run import Run
from explorer.runs.status import State
from explorer.ui.asking import request
from explorer.ui.download import offer_download
from explorer.ui.expected import seconds_of_all
from explorer.ui.progress import stop
from explorer.ui.shelf.services import library
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.deep.classifiers import Configs, Study, configs_in, known
from explorer.ui.wording import in_time, plain


def classifiers_panel(scene: Scene, subject: Subject, grid: Study, live: list[Run]) -> None:
    """Say how many of the runs there are, what failed, and offer to train those that are missing, or to stop."""
    configs = configs_in(grid)
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
    elif not subject.images.labelled:
        st.caption(f"{done} classifiers are trained. The images have no labels here: no other can be.")
    else:
        _offer_training(scene, subject, left, f"{done} are trained")


def _show_failure(configs: Configs) -> None:
    """Show why the first training that failed did."""
    failed = [run.status for run in known(configs) if run.status.state is State.FAILED]
    if failed:
        what = "Training a classifier" if len(failed) == 1 else f"Training {len(failed)} classifiers"
        which = "" if len(failed) == 1 else ", the first of them"
        error = failed[0].error or ""
        st.error(f"{what} failed{which} after epoch {failed[0].epoch}. {plain(error)}", icon=":material/error:")


def _offer_images(scene: Scene, subject: Subject) -> None:
    """Say that the subject's images are missing, and offer them unless the page does so above."""
    dataset = subject.config.dataset
    if scene.state.values["dataset"] == dataset:
        st.caption(f"{CATALOGUE[dataset].title} is not on this machine, so no classifier can be trained on it.")
    else:
        offer_download(dataset, scene.key(f"download for few labels {subject.role}"))


def _offer_training(scene: Scene, subject: Subject, configs: Configs, done: str) -> None:
    seconds = seconds_of_all(configs)
    time = f", about **{in_time(seconds)}**" if seconds else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        key, label = scene.key(f"train few labels {subject.role}"), f"Train {len(configs)} classifiers"
        st.button(label, type="primary", icon=":material/play_arrow:", on_click=_train, args=(configs,), key=key)
        st.markdown(f"{done}{time}.", width="stretch")


def _train(configs: Configs) -> None:
    for config in sorted(configs, key=lambda config: (config.labels, config.seed)):  # so that all curves grow alike
        if not request(config):
            break


def _stop(runs: list[Run]) -> None:
    for run in runs:
        stop(run)
