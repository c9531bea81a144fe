"""Training as the controls move: a setting that nobody has trained begins by itself once the controls rest."""

from __future__ import annotations

import contextlib
import os
import time

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ExplorerError, InvalidRunId
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.limits import refusal_of
from explorer.runs.lineage import chain
from explorer.runs.room import clean_up
from explorer.runs.run import Run
from explorer.runs.status import State
from explorer.settings import settings
from explorer.ui.asking import refusals, request
from explorer.ui.expected import expected_seconds
from explorer.ui.guard import LOOPBACK
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import library
from explorer.ui.state.page import PageState
from explorer.ui.wording import in_time

REST_SECONDS = 0.3  # the controls have to rest so long
LONGEST_SECONDS = 10.0  # until there is a picture; what takes longer waits for its button
GOES = "It is the first to be deleted when your runs take too much room, unless you keep it."

_SWITCH, _BEGUN, _HELD = "train as I move", "train as I move: begun", "train as I move: held"


def switch() -> None:
    """Draw the switch in the sidebar: on where only this machine's user is served, off where many are."""
    st.session_state.setdefault(_SWITCH, st.get_option("server.address") in LOOPBACK)
    st.toggle(
        "Train as I move",
        key=_SWITCH,
        on_change=_stop_begun,
        help="Settings that are not trained yet begin by themselves once the controls rest, if a first picture takes "
        f"at most {LONGEST_SECONDS:.0f} s. The next setting stops them. They make way for what anybody asks for, and "
        "are the first to be deleted when your runs take too much room; **Keep**, **Pin** and **Train** keep them.",
    )


def overtake(config: ModelConfig) -> None:
    """Stop what this session has begun by itself for other settings than these, and let what was held begin again."""
    id_ = run_id(config)
    if st.session_state.get(_BEGUN) != id_:
        _stop_begun()
    if st.session_state.get(_HELD) != id_:
        st.session_state.pop(_HELD, None)


def hold(run: Run) -> None:
    """Let a run that its user has stopped rest until another setting is chosen."""
    st.session_state[_HELD] = run.id


def watch(run: Run) -> None:
    """Tell whoever trains an automatic run that it is still looked at."""
    with contextlib.suppress(OSError):  # asked for by somebody by now, or deleted
        os.utime(run.paths.watched)


def on(state: PageState) -> bool:
    """Whether the switch is on, and the user has moved to the settings that the page shows."""
    return bool(st.session_state.get(_SWITCH)) and state.moved


def follows(state: PageState, config: ModelConfig, run: Run | None) -> bool:
    """Whether a config is trained by itself: about to, at the moment, or just now."""
    if not on(state) or not CATALOGUE[config.dataset].available:
        return False
    if run and not run.shipped and run.automatic and (run.status.state.live or run.epochs >= config.epochs):
        return True
    held = st.session_state.get(_HELD) == run_id(config) or (run and run.status.state is State.FAILED)
    if held or refusal_of(config) or (run and run.status.state.live) or library().trained(config):
        return False
    return seconds_to_a_picture(config, run) <= LONGEST_SECONDS


def why_not(config: ModelConfig, run: Run | None) -> str:
    """Say why a config does not begin by itself: it has failed, takes too long, or its user has stopped it."""
    if run and run.status.state is State.FAILED:
        return "What has failed does not begin by itself."
    if (seconds := seconds_to_a_picture(config, run)) > LONGEST_SECONDS:
        return f"A first picture takes about {in_time(seconds)}, so it does not begin by itself."
    return "It does not begin by itself any more, until another setting is chosen."


def keep(id_: str) -> None:
    """Keep a run that began by itself: it makes room for no other any more."""
    with refusals():
        library().own.keep(id_)


def begin(config: ModelConfig) -> None:
    """Train a config once the controls have rested for a moment."""
    drawn = time.monotonic()

    def begin_at_rest() -> None:
        if time.monotonic() - drawn < REST_SECONDS:
            return
        if request(config, automatic=True):
            st.session_state[_BEGUN] = run_id(config)
            _make_room()
        else:
            st.session_state[_HELD] = run_id(config)
        st.rerun()

    st.fragment(begin_at_rest, run_every=REST_SECONDS)()


def seconds_to_a_picture(config: ModelConfig, run: Run | None) -> float:
    """Return the expected seconds of one epoch and of what has to be trained before it; 0 where nobody knows."""
    reached = run.epochs if run and run.can_go_on else config.first_epoch
    first = config.model_copy(update={"epochs": reached + 1})
    before = [(link.config, link.reached) for link in chain(config, library())[:-1] if not link.ready]
    return expected_seconds([*before, (first, reached)]) or 0.0


def _stop_begun() -> None:
    id_ = st.session_state.pop(_BEGUN, None)
    with contextlib.suppress(ExplorerError, InvalidRunId):  # deleted meanwhile
        run = library().own.run(id_) if id_ else None
        if run and run.paths.watched.exists() and run.anew().status.state.live:
            library().own.request_stop(run.id)


@recent(30.0)
def _make_room() -> None:
    with contextlib.suppress(ExplorerError):  # a store that cannot be listed is named by the page
        clean_up(library().own, settings().store_mb * 10**6)
