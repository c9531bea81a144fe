"""Acting on the runs that are selected: on each by itself, and what could not be done is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256

import streamlit as st

from explorer.errors import ExplorerError, RunError
from explorer.runs.run import Run
from explorer.ui.run_table import forget_table
from explorer.ui.shelf.services import library
from explorer.ui.wording import FEW, few, plain

MESSAGES = "runs messages"
MESSAGE_SECONDS = 30.0  # how long an error stays on a page that draws itself anew every two seconds

Applies = Callable[[Run], bool]
Act = Callable[[Run], object]


def show_messages() -> None:
    """Say for a while what the last button could not do."""
    messages, until = st.session_state.get(MESSAGES, ((), 0.0))
    for message in messages if time.monotonic() < until else ():
        st.error(message, icon=":material/error:")


def act_button(label: str, icon: str, runs: Sequence[Run], applies: Applies, act: Act, hint: str) -> None:
    """Draw a button that acts on those of the runs for which it makes sense, and says on how many."""
    runs = [run for run in runs if applies(run)]
    action = partial(for_each, ids_of(runs), applies, act)
    key = key_of(label, runs)
    st.button(counted(label, runs), icon=icon, disabled=not runs, help=hint, width="content", key=key, on_click=action)


def for_each(ids: Sequence[str], applies: Applies, act: Act) -> None:
    """Act on each of the runs named when the button was drawn; what fails does not keep the others from it."""
    messages = []
    for id_ in ids:
        try:
            run = library().find(id_)
            if not applies(run):
                raise RunError("Nothing was done, since its state has changed in the meantime.")
            act(run)
        except (ExplorerError, OSError) as error:
            messages.append(f"**{id_}**: {plain(str(error))}")
    st.session_state[MESSAGES] = (few(messages, str), time.monotonic() + MESSAGE_SECONDS)
    forget_table()


def counted(label: str, runs: Sequence[Run]) -> str:
    """Return a button's label, with the number of runs that it acts on if they are several."""
    return f"{label} ({len(runs):,})" if len(runs) > 1 else label


def key_of(label: str, runs: Sequence[Run]) -> str:
    """Return the key of a button for these runs: for others it is another button, which a late click can't hit."""
    ids = " ".join(ids_of(runs))
    return f"runs {label} {ids if len(runs) <= FEW else sha256(ids.encode()).hexdigest()}"


def ids_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the ids of runs."""
    return tuple(run.id for run in runs)
