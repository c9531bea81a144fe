"""What runs have to be to be in the table: words, and choices of models, data, states and marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from explorer.models.registry import KINDS
from explorer.runs.status import State
from explorer.ui.run_table import STATE_WORDS, Listing
from explorer.ui.state.page import set_widget
from explorer.ui.state.runs import DATA, LONGEST, MODEL, OPTIONS, STATE, Filter, runs_state

MARKS = "runs marks"
STAR, HASH = "★", "#"  # an option is the star, or a tag behind a hash
WIDTH = 160  # pixels of a choice


def draw_filters(found: Listing, n_shown: int) -> None:
    """Draw the fields; n_shown: how many runs are as they ask for."""
    chosen = runs_state().filter
    with st.container(horizontal=True, gap="small"):
        _words(chosen, len(found.table), n_shown)
        _choice(MODEL, "Model", chosen.model, lambda name: KINDS[name].short)
        _choice(DATA, "Data", chosen.data, str)
        _choice(STATE, "State", chosen.state, _in_words)
        _marks(chosen, found)


def show_all() -> None:
    """Ask for nothing any more."""
    runs_state().take(**Filter().__dict__)


def _words(chosen: Filter, count: int, n_shown: int) -> None:
    set_widget("runs query", chosen.find)
    st.text_input(
        f"Find among {count:,} runs" if n_shown == count else f"Found {n_shown:,} of {count:,} runs",
        icon=":material/search:",
        placeholder="CD-k 10 epochs>50",
        help="Words of names, notes, tags, models, data, settings, findings, states and ids; all have to be there. "
        "A setting by its name in links can be compared: `cd_k=10`, `epochs>50`, `learning_rate<=0.1`.",
        max_chars=LONGEST,
        key="runs query",
        on_change=_take_words,
    )


def _take_words() -> None:
    runs_state().take(find=st.session_state["runs query"] or "")


def _choice(name: str, label: str, chosen: Sequence[str], in_words: Callable[[str], str]) -> None:
    key = f"runs {name}"
    _several(label, OPTIONS[name], chosen, in_words, key, partial(_take_choice, name, key))


def _several(
    label: str,
    options: Sequence[str],
    chosen: Sequence[str],
    in_words: Callable[[str], str],
    key: str,
    take: Callable[[], None],
    help: str | None = None,
) -> None:
    """Draw a choice of several options; a browser that has to draw it anew begins with those that are chosen."""
    set_widget(key, list(chosen))
    st.multiselect(
        label,
        options,
        list(chosen),
        format_func=in_words,
        placeholder="All",
        help=help,
        key=key,
        on_change=take,
        select_all=False,
        wrap=True,  # all that is chosen is in sight
        width=WIDTH,
    )


def _take_choice(name: str, key: str) -> None:
    runs_state().take(**{name: tuple(st.session_state[key])})


def _marks(chosen: Filter, found: Listing) -> None:
    options = [STAR, *(HASH + tag for tag in sorted({*found.tags, *chosen.tag}))]
    shown = [STAR] * chosen.starred + [HASH + tag for tag in chosen.tag]
    what = "A star, and tags of your own; all that are chosen have to be there."
    _several("Marks", options, shown, _mark_in_words, MARKS, _take_marks, what)


def _mark_in_words(option: str) -> str:
    return "★ star" if option == STAR else option


def _take_marks() -> None:
    chosen = st.session_state[MARKS]
    runs_state().take(starred=STAR in chosen, tag=tuple(option[1:] for option in chosen if option != STAR))


def _in_words(state: str) -> str:
    """Return a state as the table says it, without the sign, for which there is no room."""
    return STATE_WORDS[State(state)].partition(" ")[2] if state in {*State} else state
