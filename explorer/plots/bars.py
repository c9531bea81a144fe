"""Bars beside each other: shares of classes, scores of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.arrays import Reals
from explorer.plots.chart import Chart, chart
from explorer.plots.palette import LEVEL

LEGEND_CHARACTERS = 44  # with room in a row beside the axis, in a chart of half a narrow page's width
LINE = {"dash": "dot", "width": 1.5, "color": LEVEL}


@dataclass(frozen=True)
class Bars:
    """A named group of bars: one height for each place."""

    name: str
    heights: Reals
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
    legend_characters: int = LEGEND_CHARACTERS,
) -> Chart:
    """Return groups of bars over named places. `top` is the upper end of the y axis; `line_at` draws a level.

    `legend_characters` have room in a row of the legend, by default that of half a page's width.
    """
    bars = [
        go.Bar(x=list(places), y=g.heights, name=g.name, marker={"color": g.color}, hovertemplate="%{y:.3f}")
        for g in groups
    ]
    across = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "line": LINE}
    return chart(
        bars,
        title,
        {"title": x_title, "type": "category"},
        {"title": y_title, "range": None if top is None else [0, top]},
        legend=len(groups) > 1,
        legend_characters=legend_characters,
        hovermode="x unified",
        shapes=[] if line_at is None else [across | {"y0": line_at, "y1": line_at}],
    )
