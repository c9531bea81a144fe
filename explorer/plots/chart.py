"""What all charts share: their look, and a figure that is quick to make."""

from __future__ import annotations

import functools
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
from plotly.basedatatypes import BaseTraceType

HEIGHT = 300
FONT = {"size": 14}  # large enough to be read from the last row
LEGEND_ROW = 24  # pixels
TOOLS = {"orientation": "v"}  # the toolbar at the right edge, below the title; it has
TOOLS_WIDTH = 30  # pixels
LEGEND_CHARACTERS = 44  # with room in a row of a chart of half a page, on a laptop beside the controls
TITLE_LINE, ABOVE = 22, 4  # pixels of a line of a title, and above one of several lines
LONG_TITLE, TITLE_CHARACTERS = 64, 52  # of a title with more than the former a line has so many
NAME = 0.9  # share of a row that one name takes at most: on a phone and beside the tools there is no more room
SYMBOL = 6  # characters that a symbol and the gap behind a name take


class Chart(go.Figure):
    """A figure without a template, which gets plotly's default one as it is written.

    A template in a figure is checked and copied each time one is made, which takes three times as long as the rest.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as plotly.js reads it."""
        figure: dict[str, Any] = super().to_dict()
        figure["layout"]["template"] = _template(pio.templates.default)
        return figure


@functools.cache
def _template(name: str) -> dict[str, Any]:
    template: dict[str, Any] = pio.templates[name].to_plotly_json()
    return template


def chart(
    traces: Sequence[BaseTraceType],
    title: str,
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    *,
    legend: bool,
    legend_characters: int = LEGEND_CHARACTERS,
    **layout: Any,
) -> Chart:
    """Return a figure with the look all charts share; x and y say what is special of its axes.

    All of the layout is given at once: one by one, plotly takes as long for each of its settings.
    """
    wrapped = legend and _wrap_names(traces, legend_characters)
    rows = _legend_rows(traces, legend_characters) if legend else 0
    alone = {"entrywidth": 1, "entrywidthmode": "fraction"} if wrapped else {}  # each name on lines of its own
    shared = {
        "template": {},
        "title": title_of(title) | {"y": 1, "yanchor": "top", "pad": {"t": 10 + ABOVE * bool(room_for(title))}},
        "height": HEIGHT + 16 * bool(rows) + LEGEND_ROW * rows + room_for(title),
        "margin": {"l": 10, "r": TOOLS_WIDTH, "t": 44 + 12 * bool(rows) + LEGEND_ROW * rows + room_for(title), "b": 10},
        "showlegend": legend,
        "legend": {"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0, "font": FONT} | alone,
        "dragmode": "pan",
        "modebar": TOOLS,
        "hoverlabel": {"font": FONT},
        "xaxis": _axis(x),
        "yaxis": _axis(y),
    }
    return Chart(traces, shared | layout)


def title_of(text: str) -> dict[str, Any]:
    """Return a chart's title, at its left; one that names many settings takes several lines."""
    return {"text": "<br>".join(_lines(text)), "font": {"size": 17}, "x": 0, "xanchor": "left"}


def room_for(title: str) -> int:
    """Return the pixels that a title takes below its first line."""
    more = len(_lines(title)) - 1
    return TITLE_LINE * more + ABOVE * bool(more)


def _lines(title: str) -> list[str]:
    return textwrap.wrap(title, TITLE_CHARACTERS) if len(title) > LONG_TITLE else [title]


def _axis(special: Mapping[str, Any]) -> dict[str, Any]:
    title = {"text": special["title"], "font": FONT}
    return {"tickfont": FONT, **special, "title": title}


def _wrap_names(traces: Sequence[BaseTraceType], characters: int) -> bool:
    """Have names that are too long for a row of the legend go on below, else plotly cuts them off; return if any is."""
    room = round(NAME * characters)
    long = [trace for trace in traces if trace.name and len(trace.name) > room]
    for trace in long:
        trace.name = "<br>".join(textwrap.wrap(trace.name, room))
    return bool(long)


def _legend_rows(traces: Sequence[BaseTraceType], characters: int) -> int:
    """Return how many rows the legend takes in a chart of half a page's width: as many as its names need."""
    names = [trace.name.split("<br>") for trace in traces if trace.showlegend is not False and trace.name]
    if any(len(lines) > 1 for lines in names):
        return sum(map(len, names))
    widest = max((len(line) for (line,) in names), default=0)
    per_row = max(1, characters // (widest + SYMBOL))  # all entries take as much room as the widest
    return math.ceil(len(names) / per_row)


def in_words(figure: go.Figure) -> str:
    """Return what a chart shows, for who cannot see it: its title, its axes, and the names in its legend."""
    layout = figure.layout.to_plotly_json()
    space = layout.get("scene", {})
    across = _titles(layout, "xaxis") or _titles(space, "xaxis")
    up = _titles(layout, "yaxis") or [*_titles(space, "yaxis"), *_titles(space, "zaxis")]
    names = dict.fromkeys(trace.name for trace in figure.data if trace.name and trace.showlegend is not False)
    axes = " against ".join(" and ".join(titles) for titles in (up, across) if titles)
    said = [layout["title"]["text"], axes, ", ".join(names) if len(names) > 1 else ""]
    return re.sub(r"<[^>]+>", " ", ". ".join(filter(None, said)))


def _titles(layout: Mapping[str, Any], axis: str) -> list[str]:
    """Return the titles of the axes of one direction, in order: of several charts in one there are xaxis, xaxis2, …."""
    axes = [layout[name] for name in sorted(layout) if name.rstrip("0123456789") == axis]
    return [text for each in axes if (text := each.get("title", {}).get("text"))]
