"""The rows as a table of the page: one element, whose pictures grow under the pointer and with the keyboard's focus."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.plots.tiles import png
from explorer.ui.one_digit.columns import COLUMNS, KIND, shown_columns, title_of
from explorer.ui.one_digit.rows import HIDDEN, MADE, SEEN, Row

PICTURES = {SEEN: "As it sees it", HIDDEN: "Code or hidden state", MADE: "Reconstruction"}

_STYLE = """
<style>
.models { container-type: inline-size; overflow: visible; }
.models table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.models :is(th, td) {
    padding: 0.3rem 0.5rem; text-align: left; vertical-align: middle; font-size: 0.9rem; line-height: 1.3;
    border-bottom: 1px solid color-mix(in srgb, currentcolor 18%, transparent);
}
.models :is(th, td).figure { text-align: right; }
.models thead th { font-weight: 600; vertical-align: bottom; }
.models th[aria-sort] { text-decoration: underline; text-underline-offset: 0.3em; }
.models th[aria-sort="ascending"]::after { content: " ↑"; }
.models th[aria-sort="descending"]::after { content: " ↓"; }
.models tbody th { font-weight: 600; min-width: 7.5rem; }
.models small { display: block; font-size: 0.8rem; font-weight: 400; opacity: 0.75; }
.models td.figure > span { white-space: nowrap; }
.models img {
    display: block; width: 3.5rem; height: 3.5rem; image-rendering: pixelated; transform-origin: left center;
}
.models img:is(:hover, :focus) {
    position: relative; z-index: 5; transform: scale(4); outline: 1px solid currentcolor; background: #808080;
}
/* by the keyboard a row at a time, its pictures side by side */
.models tr:focus-visible { outline: 2px solid currentcolor; outline-offset: -2px; }
.models tr:focus-visible img { width: 9rem; height: 9rem; }
.models .trouble { font-style: italic; }
@media (prefers-reduced-motion: no-preference) { .models img { transition: transform 0.12s; } }
@container (max-width: 760px) {
    .models table, .models tbody, .models tr, .models :is(tbody th, td) { display: block; width: auto; }
    .models thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .models tr {
        display: grid; grid-template-columns: repeat(3, 1fr); gap: 0.3rem 0.75rem; padding: 0.6rem 0;
        border-bottom: 1px solid color-mix(in srgb, currentcolor 35%, transparent);
    }
    .models :is(tbody th, td), .models :is(th, td).figure { border: 0; padding: 0; text-align: left; }
    .models :is(tbody th, td.trouble) { grid-column: 1 / -1; }
    .models td::before { content: attr(data-label); display: block; font-size: 0.75rem; opacity: 0.75; }
    .models td.trouble::before { content: none; }
    .models img { width: 4.5rem; height: 4.5rem; }
    .models img:is(:hover, :focus) { transform: scale(2.5); }
    .models td.seen ~ td.reconstruction img { transform-origin: right center; }
}
</style>
"""


def begin_table() -> DeltaGenerator:
    """Return the place of a table, which may be drawn there several times."""
    st.html(_STYLE)
    return st.empty()


def draw_table(place: DeltaGenerator, rows: Sequence[Row], sorted_by: str, *, altered: bool) -> None:
    """Draw the rows, the best first by a figure, or in the order of kinds; those without it come last."""
    columns = shown_columns([row.figures for row in rows], altered=altered)
    place.html(table_html(in_order(rows, sorted_by), columns, sorted_by, altered=altered))


def in_order(rows: Sequence[Row], sorted_by: str) -> list[Row]:
    """Return rows in the order of kinds, or by a figure."""
    if sorted_by == KIND:
        return list(rows)
    return sorted(rows, key=lambda row: _rank(row, sorted_by))


def _rank(row: Row, name: str) -> float:
    """Return the lower the better a row is by a figure; infinite without one, or where it is not finite."""
    figure = row.figures.get(name)
    if figure is None or not math.isfinite(figure.value):
        return math.inf
    return -figure.value if COLUMNS[name].highest_first else figure.value


def table_html(rows: Sequence[Row], columns: Sequence[str], sorted_by: str, *, altered: bool) -> str:
    """Return the table as HTML, texts out of files escaped."""
    heads = [f'<th scope="col"{_sorted(KIND, sorted_by)}>Model</th>']
    heads += [f'<th scope="col">{escape(title)}</th>' for title in PICTURES.values()]
    heads += [
        f'<th scope="col" class="figure" title="{escape(COLUMNS[name].help)}"{_sorted(name, sorted_by)}>'
        f"{escape(title_of(name, altered=altered))}</th>"
        for name in columns
    ]
    body = "".join(_row(row, columns, altered=altered) for row in rows)
    return f'<div class="models"><table><thead><tr>{"".join(heads)}</tr></thead><tbody>{body}</tbody></table></div>'


def _sorted(name: str, sorted_by: str) -> str:
    if name != sorted_by or name == KIND:
        return ""
    return f' aria-sort="{"descending" if COLUMNS[name].highest_first else "ascending"}"'


def _row(row: Row, columns: Sequence[str], *, altered: bool) -> str:
    kind = row.chosen.kind
    settings = f"<small>{escape(row.settings)}</small>" if row.settings else ""
    head = f'<th scope="row" title="{escape(kind.title)}">{escape(kind.short)}{settings}</th>'
    if row.trouble:
        width = len(PICTURES) + len(columns)
        return f'<tr>{head}<td class="trouble" colspan="{width}">{escape(row.trouble)}</td></tr>'
    says = {HIDDEN: row.code_says, MADE: row.says}
    cells = [_picture(row, name, says.get(name, "")) for name in PICTURES]
    cells += [_figure(row, name, title_of(name, altered=altered)) for name in columns]
    return f'<tr tabindex="0">{head}{"".join(cells)}</tr>'


def _picture(row: Row, name: str, says: str) -> str:
    tile = row.tiles.get(name)
    picture = ""
    if tile:
        content = base64.b64encode(png(*tile.picture)).decode()
        picture = f'<img tabindex="-1" alt="{escape(tile.alt)}" src="data:image/png;base64,{content}">'
    small = f"<small>{escape(says)}</small>" if says else ""
    return f'<td class="{name}" data-label="{escape(PICTURES[name])}">{picture}{small or ("" if tile else "–")}</td>'


def _figure(row: Row, name: str, title: str) -> str:
    figure = row.figures.get(name)
    text, note = (figure.text, figure.note) if figure else ("–", row.reasons.get(name, ""))
    hover = f' title="{escape(note)}"' if note else ""
    return f'<td class="figure" data-label="{escape(title)}"{hover}><span>{escape(text)}</span></td>'
