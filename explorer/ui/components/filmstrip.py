"""Frames of pictures under a slider that scrubs while it is dragged: weights, Gibbs chains, interpolations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from explorer.ui.components.browser_side import component
from explorer.ui.components.gif import PER_ROW, animate
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel
from explorer.ui.components.provenance import what_is_shown
from explorer.ui.components.shared_value import SharedValue, reported, shared_value
from explorer.ui.components.sheets import sheet_address

__all__ = ["EncodedPanel", "FilmstripState", "Panel", "encode_panel", "filmstrip", "gif_download"]

_mount = component("filmstrip")
LEAST_WIDTH = 180  # CSS pixels of a panel, below which panels go below each other
LEAST_IN_LONG_ROWS = 110  # the same where more than four are asked to stand in a row


@dataclass(frozen=True)
class FilmstripState:
    """The frame that is shown and the selected tile, with the panel it was selected in (None if by the script).

    `outer` is the place of the other slider, where there is one.
    """

    index: int
    cell: int | None = None
    panel: int | None = None
    outer: int = 0


@dataclass(frozen=True)
class Outer:
    """Another slider of a filmstrip: what it is over, the names of its places, and where it is, as `index` says."""

    name: str
    labels: Sequence[str]
    index: int | None = None


@dataclass(frozen=True)
class _Selection:
    cell: int
    panel: int | None = field(default=None, compare=False)


def filmstrip(
    key: str,
    panels: Sequence[Panel | EncodedPanel],
    labels: Sequence[str],
    *,
    index: int | None = None,
    selected: int | None = None,
    file_name: str = "filmstrip",
    max_width: int | None = None,
    per_row: int | None = None,
    at_end: bool = False,
    least_tile: int | None = None,
    small: bool = False,
    on_index: Callable[[FilmstripState], None] | None = None,
    on_cell: Callable[[FilmstripState], None] | None = None,
    link_cells: bool = True,
    always_selected: bool = False,
    outer: Outer | None = None,
) -> FilmstripState:
    """Show the panels side by side under one slider, and return the frame and the tile the user settled on.

    `labels` names the frames, such as "epoch 10". `index` and `selected` move the slider and the selection whenever
    they change between two runs; else both stay where the user put them. Without `index` the last frame is shown, and
    a user who stays at the end is kept there as frames are added. `max_width` limits each picture, in CSS pixels;
    `per_row` panels stand beside each other, by default all that are wide enough to be seen, and none whose tiles would
    be narrower than `least_tile`, where there is room; where they do not fill the last row they stand at its beginning,
    or `at_end`. A small filmstrip has only the slider and the button to play.
    With `link_cells` a tile lights up in all panels at once; without, `selected` refers to the first panel. A second
    click on the selected tile clears the selection, unless there is to be `always_selected` one. With `outer` there is
    another slider, and a panel has the frames of all `labels` for each of that one's, in this order.

    A frame is reported when the slider is released or playing stops, never in between. The callbacks run before the
    script does and get the new state. Raises ValueError if a panel has neither one frame nor as many as labels.
    """
    encoded = [encode_panel(panel) if isinstance(panel, Panel) else panel for panel in panels]
    _check_labels(encoded, len(labels) * (len(outer.labels) if outer else 1))
    session = _Session(key, len(labels), encoded, index, selected, outer)
    _mount(
        key=key,
        data={
            "key": key,
            "labels": list(labels),
            "panels": _addressed(key, encoded) if labels else [],
            "index": {"token": session.index.token, "value": session.index.moved_to, "follow": index is None},
            "selection": {"token": session.selection.token, "value": _cell(session.selection.moved_to)},
            "outer": {"token": session.outer.token, "value": session.outer.moved_to},
            "outer_slider": {"name": outer.name, "labels": list(outer.labels)} if outer else None,
            "link_cells": link_cells,
            "always_selected": always_selected,
            "file_name": file_name,
            "max_width": max_width,
            "per_row": per_row,
            "at_end": at_end,
            "least_width": least_width(encoded, least_tile, per_row),
            "small": small,
            "note": what_is_shown(),
        },
        on_index_change=lambda: on_index(session.heard()) if on_index else None,
        on_selection_change=lambda: on_cell(session.heard()) if on_cell else None,
        on_outer_change=lambda: on_index(session.heard()) if on_index else None,
    )
    return session.state()


def gif_download(
    key: str,
    panels: Sequence[Panel] | Callable[[], Sequence[Panel]],
    labels: Sequence[str],
    file_name: str = "filmstrip",
    *,
    seconds: float = 0.25,
    label: str = "GIF",
    per_row: int | None = None,
) -> None:
    """Offer the frames as an animated GIF, `per_row` panels side by side, each frame shown for `seconds`.

    It is drawn only when the button is pressed, and so are the panels if `panels` is a function that makes them.
    """
    st.download_button(
        label,
        partial(_animated, panels, labels, seconds, what_is_shown(), per_row or PER_ROW),
        f"{file_name}.gif",
        "image/gif",
        key=key,
        icon=":material/download:",
        on_click="ignore",
        disabled=not (labels and panels),
        help="Download all frames as an animated picture",
    )


def _animated(
    panels: Sequence[Panel] | Callable[[], Sequence[Panel]],
    labels: Sequence[str],
    seconds: float,
    note: str,
    per_row: int,
) -> bytes:
    return animate(panels() if callable(panels) else panels, labels, seconds, note, per_row)


class _Session:
    """What the session knows of one filmstrip, under its own keys `<key>.index`, `<key>.outer`, `<key>.selection`.

    An index of None stands for the last frame, however many there are; so it does for the other slider.
    """

    index: SharedValue[int | None]
    outer: SharedValue[int | None]
    selection: SharedValue[_Selection | None]

    def __init__(
        self,
        key: str,
        frames: int,
        panels: Sequence[EncodedPanel],
        index: int | None,
        selected: int | None,
        outer: Outer | None,
    ) -> None:
        self._key, self._frames, self._panels = key, frames, len(panels)
        self._last_outer = len(outer.labels) - 1 if outer else 0
        self._cells = max((panel["grid"]["count"] for panel in panels if panel["grid"]), default=0)
        selection = None if selected is None else _Selection(selected)
        self.index = shared_value(f"{key}.index", index)
        self.selection = shared_value(f"{key}.selection", selection)
        self.outer = shared_value(f"{key}.outer", outer.index if outer else None)
        self.heard()
        self.outer.ask(outer.index if outer else None)
        self.index.ask(index)
        self.selection.ask(selection)

    def heard(self) -> FilmstripState:
        """Take over what the browser reported and return the state after it."""
        self.index.hear(reported(self._key, "index"), _parse_index)
        self.outer.hear(reported(self._key, "outer"), _parse_index)
        self.selection.hear(reported(self._key, "selection"), _parse_selection)
        return self.state()

    def state(self) -> FilmstripState:
        """Return the frame and the tile that the browser shows."""
        selection = self.selection.value
        at, outer = _place(self.index.value, self._frames - 1), _place(self.outer.value, self._last_outer)
        if selection is None or selection.cell >= self._cells:
            return FilmstripState(at, outer=outer)
        known = selection.panel is not None and selection.panel < self._panels
        return FilmstripState(at, selection.cell, selection.panel if known else None, outer)


def _place(index: int | None, last: int) -> int:
    """Return where a slider is whose last place is given: there, if it is to follow."""
    return max(0, last) if index is None else max(0, min(index, last))


def least_width(panels: Sequence[EncodedPanel], least_tile: int | None, per_row: int | None = None) -> int:
    """Return how wide a panel has to be, in CSS pixels, so that no panel's tiles are narrower than asked for."""
    least = LEAST_WIDTH if (per_row or 0) <= 4 else LEAST_IN_LONG_ROWS
    return max([least, *((least_tile or 0) * panel["grid"]["columns"] for panel in panels if panel["grid"])])


def _addressed(key: str, panels: Sequence[EncodedPanel]) -> list[dict[str, object]]:
    """Return the panels as the browser takes them, with the addresses of their sheets."""
    return [{**panel, "sheet": sheet_address(f"{key}.{i}", panel["sheet"])} for i, panel in enumerate(panels)]


def _parse_index(value: object) -> int | None:
    return None if value is None else _parse_natural(value)


def _parse_selection(value: object) -> _Selection | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a selection is a cell and a panel")
    return _Selection(_parse_natural(value[0]), _parse_natural(value[1]))


def _parse_natural(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a natural number")
    return value


def _cell(selection: _Selection | None) -> list[int] | None:
    """Return a selection by the script as the browser reports one: the cell and the panel, here the first."""
    return [selection.cell, 0] if selection else None


def _check_labels(panels: Sequence[EncodedPanel], count: int) -> None:
    for panel in panels:
        if count and panel["frames"] not in {1, count}:
            raise ValueError(f"Panel {panel['title']!r} has {panel['frames']} frames for {count} labels.")
