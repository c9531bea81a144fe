"""A model's page from top to bottom: controls, the run, the epoch, the views."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from explorer.errors import ConfigError, ExplorerError
from explorer.models.config import ModelConfig
from explorer.models.registry import Kind, kind_of
from explorer.texts import sections
from explorer.ui.asking import show_refusal
from explorer.ui.components.provenance import pictures_of
from explorer.ui.controls import controls
from explorer.ui.crowd import note_drawing
from explorer.ui.experiment import draw_experiment, offer_both
from explorer.ui.findings import show_findings
from explorer.ui.going_on import note_at_rest
from explorer.ui.navigation import page
from explorer.ui.progress import run_facts
from explorer.ui.run_panel import partner_panel, run_panel
from explorer.ui.share import run_actions
from explorer.ui.shelf.images import note_stand_ins
from explorer.ui.shelf.services import warm_up
from explorer.ui.state.page import PageState, page_state, set_widget
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Choice, Subject, choose_run, subjects
from explorer.ui.still_measured import still_measured
from explorer.ui.views.view import View
from explorer.ui.wording import plain

NEWEST = "newest"  # the last stop of a growing run's epochs


def model_page(kind_name: str, views: Mapping[str, View]) -> None:
    """Draw the page of one kind of model; `views` are its tabs, in order."""
    kind, began = kind_of(kind_name), time.monotonic()
    with page(kind.title, with_controls=True):
        _content(kind, views)
    note_drawing(began)


def _content(kind: Kind, views: Mapping[str, View]) -> None:
    state = page_state(kind.config_class())
    controls(state)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(kind.title, width="stretch")
        with st.popover("About this model", icon=":material/school:", width="content"):
            st.markdown(sections(kind.name)[""])
    notes = st.container()  # always there: without it, what follows is drawn twice for a moment as notes come and go
    try:
        with notes:
            _show_problems(state)
            config = _config(state)
            choice = choose_run(state, config)
            if not (config and offer_both(state, config)):
                run_panel(state, config, choice)
                partner_panel(state)
        shown = subjects(state, choice.run)
        if choice.run and shown:
            note_at_rest(state, config, choice, shown[-1])
            _show(state, shown, views)
        else:
            _nothing_to_show(state, choice)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
    state.write_address()
    warm_up()


def _nothing_to_show(state: PageState, choice: Choice) -> None:
    if choice.asked_for and choice.asked_for.status.state.live:
        st.info("In training. Pictures appear here with the first snapshot.", icon=":material/hourglass:")
    elif choice.run:
        st.info(f"No snapshot of {choice.run.id} can be read. Delete the run under **All runs** to train it again.")
    elif state.has_left:
        st.info("No model of this kind is trained yet. Choose settings on the left and press **Train**.")


def _config(state: PageState) -> ModelConfig | None:
    """Return the config that the controls describe, or say why their values do not fit together."""
    try:
        return state.config
    except ConfigError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def _show_problems(state: PageState) -> None:
    show_refusal()
    for problem in state.problems:
        st.warning(plain(problem), icon=":material/warning:")
    draw_experiment(state)


def _show(state: PageState, shown: Sequence[Subject], views: Mapping[str, View]) -> None:
    widths = [3, 3, 4] if state.pins else [3, 4, 3]  # with pins there is a button more
    facts, scrubber, actions = st.columns(widths, vertical_alignment="center", gap="medium")
    with facts, st.container(gap=None):  # so low that the tabs below stay in place when the note goes
        run_facts(shown[-1].run)
        still_measured(shown, state.view)
    with scrubber:
        _epoch_slider(state, shown[-1])
        _say_how_far(shown)
    with actions:
        run_actions(state, shown)
    note_stand_ins({subject.config.dataset for subject in shown})
    names = list(views)
    if state.view and state.view not in names:
        given = plain(repr(state.view))
        st.warning(f"There is no view {given}; there are {', '.join(names)}.", icon=":material/warning:")
        state.view = None
    key = f"{state.kind} view"
    set_widget(key, state.view or names[0])
    tabs = st.tabs(names, key=key, on_change=partial(_remember_view, state, key, names[0]))
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                _draw(views[name], Scene(state, shown))


def _remember_view(state: PageState, key: str, first: str) -> None:
    chosen = st.session_state[key]
    state.view = None if chosen == first else chosen


def _draw(view: View, scene: Scene) -> None:
    try:
        show_findings(scene)
        with pictures_of(scene.provenance()):
            view(scene)
    except ExplorerError as error:  # a broken snapshot, missing test images: the rest of the page stands
        st.error(plain(str(error)), icon=":material/error:")
    except Exception as error:  # a fault of ours: without the rest of the page, its address would no longer follow
        logging.getLogger(__name__).exception("a view of %s failed", scene.current.run.id)
        st.exception(error)


def _epoch_slider(state: PageState, subject: Subject) -> None:
    """Draw the slider of epochs. That of a growing run ends in NEWEST, which it follows.

    So a browser that does not know the newest snapshot yet reports no epoch that nobody has chosen.
    """
    if len(subject.epochs) < 2:
        st.caption(f"Shown: epoch {subject.epoch}")
        return
    last = subject.epochs[-1]
    follows = last <= state.values["epochs"]
    grows = follows and subject.run.status.state.live
    stops: list[int | str] = [*subject.epochs[:-1], NEWEST if grows else last]
    key, shown = f"{state.kind} epoch", stops[subject.epochs.index(subject.epoch)]
    set_widget(key, shown)
    st.select_slider(
        "Epoch shown",
        stops,
        shown,
        key=key,
        on_change=partial(_remember_epoch, state, key, {NEWEST, last} if follows else {NEWEST}),
        help="Snapshots are kept at ever larger steps. The pictures of most views scrub by themselves, too.",
    )


def _say_how_far(shown: Sequence[Subject]) -> None:
    """Say so where runs of different age are shown from the first to the last epoch that all of them have."""
    moving = [subject for subject in shown if not subject.frozen]
    if len(moving) < 2:
        return
    them, longer = ("both", "the longer run") if len(moving) == 2 else ("all", "one of them")
    first = max(subject.config.first_epoch for subject in moving)
    if first and len({subject.epochs[0] for subject in moving}) < len({s.run.snapshots[0] for s in moving}):
        st.caption(f"From epoch {first} on, the first that {them} have")
    if all(subject.epochs[-1] == subject.run.snapshots[-1] for subject in moving):
        return
    last = max(subject.epochs[-1] for subject in moving)
    lacking = min(moving, key=lambda subject: subject.epochs[-1])
    kept = lacking.epochs[-1]
    if kept == last:
        st.caption(f"Up to epoch {last}, the last that {them} have")
        return
    following = min(epoch for epoch in lacking.run.snapshots if epoch > last)
    st.caption(f"Up to epoch {last}; {longer} keeps no snapshot between {kept} and {following}")


def _remember_epoch(state: PageState, key: str, following: set[int | str]) -> None:
    """Take the epoch that was chosen; whoever chooses the last follows the run as it grows, up to those asked for."""
    chosen = st.session_state[key]
    state.epoch = None if chosen in following else chosen
