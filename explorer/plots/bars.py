"""Bars beside each other: shares of classes, scores of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.arrays import Reals
from explorer.plots.curves import finish

LEGEND_CHARACTERS = 44  # with room in a row beside the axis, in a chart of half a narrow page's width


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
    figure.update_xaxes(title=x_title, type="category")
    figure.update_yaxes(title=y_title, range=None if top is None else [0, top])
    figure.update_layout(hovermode="x unified")
    return finish(figure, title, legend=len(groups) > 1, legend_characters=LEGEND_CHARACTERS)
