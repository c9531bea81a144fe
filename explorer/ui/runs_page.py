"""All runs of the library: what they are, how far they are, and what can be done with them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.room import Room, clean_up, room_of
from explorer.runs.status import State
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.texts import sections
from explorer.ui import workers
from explorer.ui.acting import show_messages
from explorer.ui.crowd import CROWD
from explorer.ui.importing import import_panel
from explorer.ui.navigation import page
from explorer.ui.progress import progress_text, queue
from explorer.ui.run_actions import draw_actions, find, status_of
from explorer.ui.run_filters import draw_filters, show_all
from explorer.ui.run_table import Listing, forget_table, listing, select_runs
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import library, one_look, warm_up
from explorer.ui.state.runs import hear_address, runs_state
from explorer.ui.wording import command_line, few, in_bytes, plain

TITLE = "All runs"
FEW = 3  # runs in training, or waiting, of which each has a line


def runs_page() -> None:
    """Draw the page."""
    with page(TITLE, with_address=True):
        hear_address(TITLE)
        st.title(TITLE)
        live = bool(listing().live)
        st.fragment(partial(_list, live), run_every=2 * CROWD.interval() if live else None)()
        import_panel()
        _room()
        with st.expander("Where runs are trained and kept, and TensorBoard", icon=":material/folder:"):
            st.markdown(workers.in_words())
            workers.choose_gpu()
            st.markdown(sections("runs")["Where"])
            st.code(command_line("tensorboard", "--logdir", str(library().own.folder)), language="bash")
        warm_up()


@one_look()
def _list(polling: bool) -> None:
    """Draw the table and the buttons for the selected rows; runs again by itself while something is in training."""
    CROWD.poll()
    found = listing()
    if bool(found.live) != polling:
        st.rerun()  # the whole page, which polls or stops polling
    with st.container():  # always there: what follows it keeps its place, and with it the keyboard's focus
        show_messages()
        for reason in found.unlisted:
            st.error(reason, icon=":material/folder_off:")
        _name_broken(found.broken)
        _name_damaged(found.damaged)
        for problem in runs_state().problems:
            st.warning(plain(problem), icon=":material/warning:")
    runs_state().write_address()
    if len(found.table):
        shown = found.found_by(runs_state().filter)
        draw_filters(found, len(shown))
        if len(shown):
            st.caption("Tick rows to act on them.")  # short: beside it, over the table, there is Streamlit's toolbar
            draw_actions(select_runs(shown), found)
        else:
            st.info("No run is as you ask for.", icon=":material/search_off:")
            st.button("Show all runs", icon=":material/filter_alt_off:", on_click=show_all)
        _live_lines(found.live, found)
    elif not found.unlisted:
        st.info("There are no runs yet. Open a model's page and press **Train**.", icon=":material/inbox:")


def _name_broken(broken: Mapping[str, str]) -> None:
    if broken:
        lines = few([*broken.items()], lambda item: f"**{item[0]}**: {plain(item[1])}", "and {:,} more, see the table")
        count = "A run" if len(broken) == 1 else f"{len(broken)} runs"
        st.warning("\n- ".join([f"{count} cannot be read:", *lines]), icon=":material/broken_image:")


def _name_damaged(reasons: Sequence[str]) -> None:
    if reasons:
        lines = ["Some marks cannot be read:", *few(reasons, plain)]
        st.warning("\n- ".join(lines), icon=":material/broken_image:")


def _live_lines(ids: Sequence[str], found: Listing) -> None:
    """Say of each run in training how it is getting on, and of those that wait how many there are."""
    runs = [(run, status) for run in filter(None, map(find, ids)) if (status := status_of(run)) and status.state.live]
    lines = {run.id: f"{found.called(run.id)} · {progress_text(run, status)}" for run, status in runs}
    waiting = [run.id for run, status in runs if status.state is State.QUEUED]
    order = {id_: place for place, id_ in enumerate(queue())}
    _folded([line for id_, line in lines.items() if id_ not in waiting], "{} runs are in training")
    _folded([lines[id_] for id_ in sorted(waiting, key=lambda id_: order.get(id_, 0))], "{} runs wait for a worker")


def _folded(lines: Sequence[str], words: str) -> None:
    """Draw a few lines, or behind one as many as there are."""
    if len(lines) <= FEW:
        for line in lines:
            st.caption(line)
        return
    with st.expander(words.format(len(lines)), icon=":material/hourglass:", key=f"runs {words}"):
        st.caption("  \n".join(lines))


def _room() -> None:
    """Say what the user's own runs take of the disk, and offer to delete what nobody asked for."""
    limit = settings().store_mb * 10**6
    try:
        room = _room_in(library().own.folder)
    except ExplorerError:  # a store that cannot be listed is named above
        return
    with st.expander(f"Room: {in_bytes(room.total)} of {in_bytes(limit)}", icon=":material/hard_drive:"):
        st.progress(min(1.0, room.total / limit))
        st.markdown(
            f"Runs that somebody asked for take {in_bytes(room.asked_for)}. Those that began by themselves, as controls"
            f" were moved, take {in_bytes(room.automatic)}; there are {room.n_automatic or 'none'} of them. "
            + sections("runs")["Room"]
        )
        st.button(
            "Delete those that began by themselves",
            icon=":material/mop:",
            disabled=not room.n_automatic,
            on_click=_delete_automatic,
        )


@recent(5.0)
def _room_in(folder: Path) -> Room:
    return room_of(Store(folder))


def _delete_automatic() -> None:
    with contextlib.suppress(ExplorerError):  # said by the list above
        clean_up(library().own, 0)
    _room_in.cache_clear()
    forget_table()
