"""How the values of two groups are distributed, epoch after epoch, back to back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import plotly.graph_objects as go

from explorer.arrays import Reals
from explorer.plots.chart import Chart, chart

BANDWIDTH = 0.03  # of the smoothing, in units of values from 0 to 1
SHADE = "rgba(128, 128, 128, 0.15)"


class Group(NamedTuple):
    """The values in [0, 1] of one half of each violin, (N,) for each place."""

    name: str
    values: Sequence[Reals]
    color: str


def violin_chart(
    left: Group, right: Group, places: Sequence[str], title: str, x_title: str, y_title: str, *, shown: int
) -> Chart:
    """Return a violin for each place, its halves of two groups with their means as lines; `shown` is shaded.

    All halves are equally wide at their widest: they tell where values lie, not how many there are.
    """
    shade = {"type": "rect", "x0": shown - 0.5, "x1": shown + 0.5, "yref": "y domain", "y0": 0, "y1": 1}
    return chart(
        [*_halves(left, places, "negative"), *_halves(right, places, "positive")],
        title,
        {"title": x_title, "type": "category", "categoryorder": "array", "categoryarray": list(places)},
        {"title": y_title, "range": [-0.02, 1.02]},
        legend=True,
        violinmode="overlay",
        shapes=[shade | {"fillcolor": SHADE, "line": {"width": 0}, "layer": "below"}],
    )


def _halves(group: Group, places: Sequence[str], side: Literal["negative", "positive"]) -> list[go.Violin]:
    return [
        go.Violin(
            x=[place] * len(values),
            y=values,
            name=group.name,
            legendgroup=group.name,
            showlegend=number == 0,
            scalegroup=f"{group.name} {place}",  # by default all of a name share the scale of the narrowest
            side=side,
            line={"color": group.color},
            fillcolor=group.color,
            points=False,
            spanmode="hard",
            bandwidth=BANDWIDTH,
            scalemode="width",
            width=0.95,
            meanline={"visible": True, "color": "#ffffff", "width": 2},
            hoveron="kde",
        )
        for number, (place, values) in enumerate(zip(places, group.values, strict=True))
    ]
