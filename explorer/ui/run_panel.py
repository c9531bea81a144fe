"""The strip under a page's title: what is shown, what is trained, and the buttons to change that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.limits import refusal_of
from explorer.runs.lineage import chain
from explorer.runs.run import Run
from explorer.runs.status import State, Status
from explorer.ui import moving
from explorer.ui.asking import train
from explorer.ui.chain import draw_chain, missing, name_of
from explorer.ui.differences import from_asked_for
from explorer.ui.download import offer_download
from explorer.ui.expected import expected_seconds
from explorer.ui.going_on import Onward, draw_origin, missing_start, offer, onward, sentence
from explorer.ui.progress import look_out, watch, words_and_button
from explorer.ui.shelf.services import library
from explorer.ui.state.page import PageState
from explorer.ui.state.subject import Choice
from explorer.ui.wording import in_epochs, in_time, plain


def run_panel(state: PageState, config: ModelConfig | None, choice: Choice) -> None:
    """Draw the state of the config's run: trained, in training, or to be trained; without one, of what is shown.

    Where trainings begin by themselves, all states take the same room, so that nothing below moves as they follow.
    """
    status = choice.asked_for.status if choice.asked_for else None
    near = ""
    if choice.run and (choice.asked_for is None or choice.run.id != choice.asked_for.id):
        near = from_asked_for(state.config_class, choice.run.settings, state.values)
    if config:
        moving.overtake(config)
        draw_origin(config)
        live = status is not None and status.state.live
        if not live and library().trained(config) is None and missing_start(state, config):
            return
    if config and moving.follows(state, config, choice.asked_for):
        _follow(state, config, choice.asked_for, near, onward(state, config))
        return
    if near:
        st.info(f"Not trained yet. Shown is the nearest trained run: {near}.", icon=":material/near_me:")
    if config is None:
        return
    if status and status.state.live and choice.asked_for:
        watch(config, choice.asked_for, status, state.view)
        return
    draw_chain(config)
    if status:
        _show_what_went_wrong(state, status)
    if not CATALOGUE[config.dataset].available:
        offer_download(config.dataset)
    elif library().trained(config) is None:
        _offer_training(config, choice.asked_for, state)
        if moving.on(state):
            st.caption(moving.why_not(config, choice.asked_for))
        look_out(config)


def _show_what_went_wrong(state: PageState, status: Status) -> None:
    if status.state is State.INTERRUPTED and status.error:
        st.warning(plain(status.error), icon=":material/broken_image:")
    if status.state is not State.FAILED:
        return
    st.error(f"Training failed after epoch {status.epoch}. {plain(status.error or '')}", icon=":material/error:")
    if status.traceback:
        with st.expander("Details of the error"):
            st.code(status.traceback, language=None)
    if smaller := status.smaller_batch:
        change = partial(state.take, "batch_size", smaller)
        st.button(f"Set the batch size to {smaller}", icon=":material/compress:", on_click=change)


def _follow(state: PageState, config: ModelConfig, run: Run | None, near: str, ahead: Onward | None) -> None:
    """Draw a run that begins by itself: about to begin, in training, or trained and not kept yet."""
    shown = f"Shown until then: the nearest run, {near}" if near else ""
    if run and run.status.state.live:
        watch(config, run, run.status, state.view, shown, partial(offer, state, ahead) if ahead else None)
        return
    draw_chain(config)
    words, button = words_and_button(partial(offer, state, ahead) if ahead else None)
    if trained := library().trained(config):
        with words:
            st.markdown(f"{sentence(ahead)}Trained as you moved.  \n:small[{moving.GOES}]")
        with button:
            keep = partial(moving.keep, trained.id)
            st.button("Keep", icon=":material/bookmark:", on_click=keep, width="stretch", key=f"keep {trained.id}")
        return
    with words:
        begins = f"{sentence(ahead)}Begins by itself, at epoch {config.first_epoch}."
        st.markdown(f"{begins}  \n:small[{shown or 'The first picture is near.'}]")
    with button:
        label, key = f"Train {in_epochs(config.epochs)}", f"train {run_id(config)}"
        act = partial(train, config)
        st.button(label, icon=":material/play_arrow:", on_click=act, width="stretch", key=key)
    moving.begin(config)


def partner_panel(state: PageState) -> None:
    """Draw the state of the run that an experiment compares with, as long as there is nothing of it to show."""
    config = state.partner
    run = library().find(config) if config and config in library() else None
    if config is None or library().pictured(config):
        return
    st.info("The run to compare with is not trained yet.", icon=":material/keep:")
    if run and run.status.state.live:
        watch(config, run, run.status, state.view)
    else:
        _offer_training(config, run)
        look_out(config)


def _offer_training(config: ModelConfig, run: Run | None, state: PageState | None = None) -> None:
    """Say what is missing of the epochs asked for, and offer to train them, if they are not too many."""
    if refusal := refusal_of(config):
        st.warning(plain(refusal), icon=":material/block:")
        return
    status = run.status if run else None
    first, ahead = config.first_epoch, onward(state, config) if state else None
    reached = status.epoch if status and run and run.can_go_on else first
    held = "training state" if run and run.snapshots else "model, only its figures"
    anew = run and run.shipped and reached == first
    again = f" The shipped run holds no {held}, so it is trained again." if anew else ""
    links = chain(config, library())
    needed = missing(links)
    before = f" First the {_listed([name_of(link, links) for link in needed])}." if needed else ""
    seconds = expected_seconds([*((link.config, link.reached) for link in needed), (config, reached)])
    time_needed = f", about **{in_time(seconds)}**" if seconds else ""
    interrupted = " The training was interrupted." if status and status.state is State.INTERRUPTED else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Train on to epoch {config.epochs}" if reached else f"Train {in_epochs(config.epochs)}"
        key = f"train {run_id(config)}"
        st.button(label, type="primary", icon=":material/play_arrow:", on_click=partial(train, config), key=key)
        if state and ahead:
            offer(state, ahead)
        trained = f"{in_epochs(config.epochs - reached)} from epoch {reached}{time_needed}."
        st.markdown(f"{sentence(ahead)}{trained}{before}{interrupted}{again}", width="stretch")


def _listed(names: Sequence[str]) -> str:
    return " and the ".join(names)
