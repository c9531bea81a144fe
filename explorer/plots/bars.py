"""Bars beside each other: shares of classes, scores of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.curves import HEIGHT, LEGEND_ROW

Floats = NDArray[np.floating]
LEGEND_CHARACTERS = 44  # with room in a row beside the axis, in a chart of half a narrow page's width


@dataclass(frozen=True)
class Bars:
    """A named group of bars: one height for each place."""

    name: str
    heights: Floats
    color: str


def bar_chart(
    groups: Sequence[Bars],
    places: Sequence[str],
    title: str,
    x_title: str,
    y_title: str,
    *,
    top: float | None = None,
    line_at: float | None = None,
) -> go.Figure:
    """Return groups of bars over named places. `top` is the upper end of the y axis; `line_at` draws a level."""
    figure = go.Figure(
        [
            go.Bar(x=list(places), y=g.heights, name=g.name, marker_color=g.color, hovertemplate="%{y:.3f}")
            for g in groups
        ]
    )
    if line_at is not None:
        figure.add_hline(line_at, line_dash="dot", line_width=1.5, line_color="#808080")
    rows = _legend_rows([group.name for group in groups])
    figure.update_xaxes(title=x_title, type="category", title_font_size=14, tickfont_size=14)
    figure.update_yaxes(title=y_title, range=None if top is None else [0, top], title_font_size=14, tickfont_size=14)
    figure.update_layout(
        title={"text": title, "font_size": 17, "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "pad_t": 10},
        height=HEIGHT + 16 * bool(rows) + LEGEND_ROW * rows,
        margin={"l": 10, "r": 10, "t": 44 + 12 * bool(rows) + LEGEND_ROW * rows, "b": 10},
        showlegend=rows > 0,
        legend={"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0, "font_size": 14},
        hovermode="x unified",
        dragmode="pan",
        hoverlabel={"font_size": 14},
    )
    return figure


def _legend_rows(names: Sequence[str]) -> int:
    """Return how many rows the legend takes in a chart of half a page's width, where one group needs none."""
    if len(names) < 2:
        return 0
    per_row = max(1, LEGEND_CHARACTERS // (max(map(len, names)) + 6))  # all entries take as much room as the widest
    return math.ceil(len(names) / per_row)
