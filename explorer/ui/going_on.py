"""Going on with other settings: offered wherever settings are another run, which else begins at epoch 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig, origin_in, text_of
from explorer.models.config.fields import STARTS_ANEW
from explorer.runs.ids import run_id
from explorer.runs.limits import refusal_of
from explorer.runs.run import Run
from explorer.runs.starting import check_starts, start_of
from explorer.ui import moving
from explorer.ui.asking import train
from explorer.ui.differences import from_other
from explorer.ui.shelf.services import library
from explorer.ui.state.page import PageState, epochs_beyond
from explorer.ui.state.subject import Choice, Subject, pin_of
from explorer.ui.wording import in_epochs, plain

MOST_NAMED = 40  # letters of what is different, which has its place before two buttons


@dataclass(frozen=True)
class Onward:
    """What going on from a run would be: the config to train, and how it differs from that run."""

    config: ModelConfig
    run: Run
    different: str  # such as "Learning rate 0.05"

    @property
    def whose(self) -> str:
        """The run in words: by the settings that are other than the page's."""
        return _by_what_differs(self.run, self.config.values())


def onward(state: PageState, config: ModelConfig) -> Onward | None:
    """Return how a config can go on from the run that is shown, or was before it; None where it cannot."""
    origin = origin_in(state.at_rest)
    if origin is None or origin.run == run_id(config) or refusal_of(config):
        return None
    changes = {"start": state.at_rest, "epochs": epochs_beyond(origin.epoch, config.epochs)}
    wanted = config.trajectory().model_copy(update=changes)
    try:
        run = start_of(wanted, library())
    except ExplorerError:  # of another form, or deleted
        return None
    if run is None or run_id(wanted) == run_id(config) or refusal_of(wanted):
        return None
    different = from_other(type(wanted), config.values(), run.settings | {"start": config.start})
    return Onward(wanted, run, different) if different else None


def note_at_rest(state: PageState, config: ModelConfig | None, choice: Choice, current: Subject) -> None:
    """Remember what is shown, from which other settings can go on: nothing that began by itself, or is in training.

    The epoch that was chosen of a run stays while other settings show the same run at its last.
    """
    own = choice.asked_for is not None and choice.asked_for.id == current.run.id
    if config and own and (current.run.status.state.live or moving.follows(state, config, choice.asked_for)):
        return
    before = origin_in(state.at_rest)
    if own or state.epoch is not None or before is None or before.run != current.run.id:
        state.at_rest = pin_of(current)


def sentence(ahead: Onward | None) -> str:
    """Return the words that settings are another run, and in which of them."""
    if ahead is None:
        return ""
    return f"**{plain(ahead.different)}** is another run. " if len(ahead.different) <= MOST_NAMED else "Another run. "


def offer(state: PageState, ahead: Onward) -> None:
    """Draw the button that goes on from the run instead."""
    first = ahead.config.first_epoch
    whose = f" ({plain(ahead.whose)})" if ahead.whose else ""
    st.button(
        f"Go on from epoch {first}",
        icon=":material/fork_right:",
        on_click=partial(_go_on, state, ahead),
        key=f"go on {ahead.config.start}",
        help=f"{in_epochs(ahead.config.epochs - first)} more, up to epoch {ahead.config.epochs}, with the weights that "
        f"{ahead.run.id}{whose} has at epoch {first}. {STARTS_ANEW}",
    )


def _go_on(state: PageState, ahead: Onward) -> None:
    state.preset, state.moved = None, True
    state.set_values({"start": ahead.config.start, "epochs": ahead.config.epochs})
    moving.keep(ahead.run.id)
    train(ahead.config)


def missing_start(state: PageState, config: ModelConfig) -> bool:
    """Say why a config cannot start with the run that it names, and offer to start anew; return whether that is so."""
    if refusal_of(config):  # which is said instead
        return False
    try:
        check_starts(config, library())
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/link_off:")
        if config.origin:
            anew = partial(state.take, "start", type(config).model_fields["start"].default)
            st.button("Start at epoch 0 instead", icon=":material/restart_alt:", on_click=anew)
        return True
    return False


def _by_what_differs(earlier: Run, values: Mapping[str, object]) -> str:
    """Return the settings of a run that are other than those of one that starts with it: "Learning rate 0.1"."""
    return from_other(type(earlier.config), earlier.settings, {**values, "start": earlier.settings["start"]})


def in_other_words(earlier: Run, later: Run) -> str:
    """Return what tells a run from one that starts with it: settings, or else its id."""
    return _by_what_differs(earlier, later.settings) or earlier.id


def start_of_run(run: Run) -> Run | None:
    """Return the run that another one starts with, if it is here and can be read."""
    try:
        origin = run.config.origin
        return library().find(origin.run) if origin and origin.run in library() else None
    except ExplorerError:
        return None


def draw_origin(config: ModelConfig) -> None:
    """Draw the way to the run with which a run starts; nothing for one that starts anew."""
    if (origin := config.origin) is None:
        return
    where = f"epoch {origin.epoch} of {origin.run}"
    if origin.run not in library():
        st.caption(f":material/fork_right: Starts with {where}, which is not here any more.")
        return
    try:
        earlier = library().find(origin.run)
        address = {name: text_of(value) for name, value in earlier.config.values().items()}
        other = _by_what_differs(earlier, config.values())
    except ExplorerError:  # broken, which the Runs page says
        return
    st.page_link(
        f"pages/{config.kind}.py",
        label=f"Starts with {where}" + (f": {plain(other)}" if other else ""),
        icon=":material/fork_right:",
        query_params=address | {"epoch": str(origin.epoch)},
        width="content",
    )
