"""Marks of one's own for the runs that are selected: a star, tags, and for one run its name and a note."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from operator import and_, or_

import streamlit as st

from explorer.runs.marks import MOST_TAGS, NOTE_LETTERS, Change, Marks
from explorer.runs.reading import MOST_LETTERS
from explorer.runs.run import Run
from explorer.ui.acting import act_button, for_each, ids_of, key_of
from explorer.ui.run_table import Listing
from explorer.ui.shelf.services import library


def draw_marks(runs: Sequence[Run], found: Listing) -> None:
    """Draw the button for stars, and what opens the fields for tags, name and note."""
    starred = bool(runs) and all(found.marks.get(run.id, Marks()).star for run in runs)
    label, icon = ("Unstar", ":material/star_half:") if starred else ("Star", ":material/star:")
    act_button(label, icon, runs, _always, partial(_mark, Change(star=not starred)), "Select runs, shipped ones, too.")
    _describe(runs, found)


def _describe(runs: Sequence[Run], found: Listing) -> None:
    one = runs[0] if len(runs) == 1 else None
    known = [found.marks.get(run.id, Marks()) for run in runs]
    common = reduce(and_, ({*marks.tags} for marks in known)) if known else set()
    name, note = (one.name, known[0].note) if one else ("", None)
    key = f"{key_of('marks', runs)} {name} {sorted(common)} {note}"  # closed when they have others
    hint = "Select runs to give them tags; one run to write a note, too, and one of your own to give it a name."
    label = "Tags" if len(runs) > 1 else "Name, tags, note"
    with st.popover(label, icon=":material/label:", disabled=not runs, width="content", help=hint, key=key):
        if one and not one.shipped:
            st.text_input("What you call it", name, max_chars=MOST_LETTERS, key=f"{key}, name", width=340)
        st.multiselect(
            "Tags" if one else f"Tags of all {len(runs)} runs",
            sorted(reduce(or_, ({*marks.tags} for marks in found.marks.values()), common)),
            sorted(common),
            key=f"{key}, tags",
            accept_new_options=True,
            max_selections=MOST_TAGS,
            select_all=False,
            placeholder="Type one and press Enter",
            width=340,
        )
        if one:
            st.text_area("Note", note, max_chars=NOTE_LETTERS, key=f"{key}, note", width=340, height=120)
        keep = partial(_keep, key, ids_of(runs), common, note)
        st.button("Keep", type="primary", disabled=not runs, key=f"{key}, keep", on_click=keep)


def _keep(key: str, ids: Sequence[str], common: set[str], note: str | None) -> None:
    """Take over what was changed of the tags, the note and the name as shown: others may have changed the rest."""
    tags, fields = {*st.session_state[f"{key}, tags"]}, st.session_state
    new_note = fields.get(f"{key}, note")
    change = Change(None, tuple(tags - common), tuple(common - tags), None if new_note == note else new_note)
    for_each(ids, _always, partial(_mark, change, name=fields.get(f"{key}, name")))


def _mark(change: Change, run: Run, name: str | None = None) -> None:
    if name is not None and name != run.name:
        library().own.give_name(run.id, name)
    if change != Change():
        library().mark(run.id, change)


def _always(_run: Run) -> bool:
    return True
