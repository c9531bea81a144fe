"""The page from top to bottom: the runs, the digit, the table, a GAN's search, samples."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import ExplorerError
from explorer.texts import sections
from explorer.ui.components.provenance import pictures_of
from explorer.ui.navigation import page
from explorer.ui.one_digit.columns import COLUMNS, KIND, shown_columns, title_of
from explorer.ui.one_digit.downloads import offer_downloads
from explorer.ui.one_digit.given import Given, give_digit
from explorer.ui.one_digit.rows import Row
from explorer.ui.one_digit.runs import Chosen, links_to, pick_data, pick_runs, trained_runs
from explorer.ui.one_digit.samples import draw_samples
from explorer.ui.one_digit.search import draw_search
from explorer.ui.one_digit.table import begin_table, draw_table
from explorer.ui.one_digit.ways import row_of
from explorer.ui.shelf.services import warm_up
from explorer.ui.state.choices import one_of
from explorer.ui.state.one_digit import PAGE, OneDigit, state_of_page
from explorer.ui.wording import plain

TITLE = "One digit, every model"
SEARCHED, SEARCHING = ("dcgan",), "Looking for z …"  # kinds without an encoder, and what their row says meanwhile
ORDER_WIDTH = 320  # of the choice of an order at the most, in CSS pixels

T = TypeVar("T")


def one_digit_page() -> None:
    """Draw the page."""
    with page(TITLE, with_controls=True):
        texts = sections(PAGE)
        st.title(TITLE)
        st.markdown(texts[""])
        state = state_of_page(st.container())
        with st.sidebar:
            trained = trained_runs()
            dataset = pick_data(state, trained)
            st.caption("The run of each kind: at first the one that its page opens on.")
            chosen = pick_runs(state, dataset, trained)
        given = _guarded(partial(give_digit, state, dataset, texts["What to look for"]))
        rows = _guarded(partial(_through_all, state, *given, chosen)) if given else None
        if missing := [each for each in chosen if not each.trained]:
            links_to(missing)
        if given and rows:
            offer_downloads(state, given[0], rows)
        st.markdown(f"##### What may be compared\n{texts['What may be compared']}")
        if given and rows:
            _guarded(partial(_searches, state, given[0], rows))
        st.markdown("### Samples")
        with pictures_of("\n".join(_named(each) for each in chosen if each.subject)):
            _guarded(partial(draw_samples, state, chosen))
        state.write_address()
        warm_up()


def _guarded(part: Callable[[], T]) -> T | None:
    """Draw a part of the page; where it fails, the others stand, and so does the address."""
    try:
        return part()
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except Exception as error:  # a fault of ours
        logging.getLogger(__name__).exception("a part of the page failed")
        st.exception(error)
    return None


def _through_all(state: OneDigit, digit: Given, beside: DeltaGenerator, chosen: Sequence[Chosen]) -> list[Row]:
    """Draw the table, and the choice of its order in a place beside the digit; return its rows.

    What takes longest comes last, into a table that is there already.
    """
    rows = [Row(each, trouble=SEARCHING) if each.kind.name in SEARCHED else row_of(each, digit) for each in chosen]
    with beside:
        sorted_by = _pick_order(state, rows, digit)
    table = begin_table()
    draw_table(table, rows, sorted_by, altered=digit.altered)
    rows = [row_of(row.chosen, digit) if row.trouble == SEARCHING else row for row in rows]
    draw_table(table, rows, sorted_by, altered=digit.altered)
    st.caption(
        "Pictures grow under the pointer, and with the keyboard's focus. A code is a square with a pixel for each "
        "unit: from dark to yellow off and on, from blue to red negative and positive, else from black to white."
    )
    return rows


def _searches(state: OneDigit, digit: Given, rows: Sequence[Row]) -> None:
    """Draw how codes were found by models that have no encoder."""
    for row in rows:
        if row.search is not None and row.chosen.subject:
            st.markdown(f"##### {row.chosen.kind.short}: the search for z")
            with pictures_of(_named(row.chosen)):
                draw_search(state, digit, row.search, row.chosen.subject, row.says)


def _pick_order(state: OneDigit, rows: Sequence[Row], digit: Given) -> str:
    """Draw the choice of what the rows are sorted by; return its name."""
    options = (KIND, *COLUMNS)
    shown = shown_columns([row.figures for row in rows], altered=digit.altered)
    titles = {name: title_of(name, altered=digit.altered) for name in COLUMNS}
    key = state.linked("sorted by", KIND, one_of(options))
    return st.selectbox(
        "Sorted by",
        [name for name in options if name == KIND or name in shown or name == st.session_state.get(key)],
        format_func=lambda name: titles.get(name, "Kind of model"),
        key=key,
        width=ORDER_WIDTH,
        help="The best first: of errors, sizes and times the lowest, of log-probabilities the highest.",
        persist_state="session",
    )


def _named(chosen: Chosen) -> str:
    """Return what saved pictures are of."""
    subject = chosen.subject
    return f"{chosen.kind.short}, {subject.run.id}, epoch {subject.epoch}" if subject else chosen.kind.short
