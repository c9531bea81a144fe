"""How many of a study's classifiers are trained, and the buttons to train the others or to stop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig
from explorer.runs.study import Found, Standing
from explorer.ui.asking import train_all
from explorer.ui.download import offer_download
from explorer.ui.expected import seconds_of_all
from explorer.ui.progress import stop_all
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.wording import in_time, plain


def classifiers_panel(scene: Scene, subject: Subject, found: Sequence[Found]) -> None:
    """Say how many of the runs there are, what failed, and offer to train those that are missing, or to stop."""
    left = [each.entry.config for each in found if each.standing is not Standing.TRAINED and each.entry.config]
    if not left:
        return
    _show_failure([each for each in found if each.standing is Standing.FAILED])
    live = [each.run for each in found if each.standing is Standing.LIVE and each.run]
    done = f"{len(found) - len(left)} of {len(found)}"
    if live:
        with st.container(horizontal=True, vertical_alignment="center"):
            key = scene.key(f"stop few labels {subject.role}")
            st.button("Stop", icon=":material/stop:", on_click=stop_all, args=(live,), key=key)
            st.progress(1 - len(left) / len(found), text=f"{done} classifiers are trained")
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


def _show_failure(failed: Sequence[Found]) -> None:
    """Show why the first training that failed did."""
    if failed:
        what = "Training a classifier" if len(failed) == 1 else f"Training {len(failed)} classifiers"
        which = "" if len(failed) == 1 else ", the first of them"
        epoch = failed[0].run.status.epoch if failed[0].run else 0
        st.error(f"{what} failed{which} after epoch {epoch}. {plain(failed[0].reason)}", icon=":material/error:")


def _offer_images(scene: Scene, subject: Subject) -> None:
    """Say that the subject's images are missing, and offer them unless the page does so above."""
    dataset = subject.config.dataset
    if scene.state.values["dataset"] == dataset:
        st.caption(f"{CATALOGUE[dataset].title} is not on this machine, so no classifier can be trained on it.")
    else:
        offer_download(dataset, scene.key(f"download for few labels {subject.role}"))


def _offer_training(scene: Scene, subject: Subject, configs: Sequence[ModelConfig], done: str) -> None:
    seconds = seconds_of_all(configs)
    time = f", about **{in_time(seconds)}**" if seconds else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        key, label = scene.key(f"train few labels {subject.role}"), f"Train {len(configs)} classifiers"
        train = partial(train_all, sorted(configs, key=_few_labels_first))
        st.button(label, type="primary", icon=":material/play_arrow:", on_click=train, key=key)
        st.markdown(f"{done}{time}.", width="stretch")


def _few_labels_first(config: ModelConfig) -> tuple[int, int]:  # so that all curves grow alike
    return config.values()["labels"], config.seed
