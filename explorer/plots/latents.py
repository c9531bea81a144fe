"""The latents of a variational autoencoder as aligned box plots, and as bars in three dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.basedatatypes import BaseTraceType
from plotly.subplots import make_subplots

from explorer.arrays import Reals
from explorer.plots.chart import FONT, TOOLS, TOOLS_WIDTH, Chart, room_for, title_of
from explorer.plots.palette import CURRENT, DIGITS, LEVEL, OTHER, PINNED

OFF = LEVEL  # latents that are switched off
BAR_COLORS = (CURRENT, PINNED, OTHER)
WHISKERS = (5, 95)  # percentiles
DEPTH = 0.2  # of a bar in three dimensions, to both sides, in distances of rows
MARGIN = 0.08  # of a common range, on each side

Range = tuple[float, float]


@dataclass(frozen=True)
class LatentSpread:
    """Of each of Z latents: KL in nats (Z,), μ and σ² of N images (N, Z), H decoder weights (H, Z), active (Z,)."""

    kl: Reals
    mean: Reals
    variance: Reals
    weights: Reals
    active: NDArray[np.bool_]


def common_ranges(spreads: Sequence[LatentSpread]) -> tuple[Range, ...]:
    """Return the y ranges of the four rows of `latent_boxes` that hold the bars and whiskers of all models."""
    ends = []
    for spread in spreads:
        whiskers = [np.percentile(x, WHISKERS, axis=0) for x in (spread.mean, spread.variance, spread.weights)]
        ends.append([(0.0, spread.kl.max()), *((low.min(), high.max()) for low, high in whiskers)])
    low, high = np.array(ends)[..., 0].min(axis=0), np.array(ends)[..., 1].max(axis=0)
    margin = MARGIN * (high - low)
    low = np.append(low[:1], (low - margin)[1:])  # bars stand on the axis
    return tuple(zip(low.tolist(), (high + margin).tolist(), strict=True))


def latent_boxes(spread: LatentSpread, title: str, ranges: Sequence[Range | None] = (None,) * 4) -> go.Figure:
    """Return four aligned rows, a column for each latent: KL as bars, then boxes of μ, of σ² and of the weights.

    A box is the middle half, its whiskers the 5th and 95th percentile. `ranges` are the rows' y ranges.
    """
    rows = ("KL (nats)", "μ", "σ²", "decoder weights")
    figure = make_subplots(4, 1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[1, 2, 2, 2])
    colors = [CURRENT if active else OFF for active in spread.active]
    latents = np.arange(len(spread.kl))
    hover = "latent %{x}: %{y:.2f} nats<extra></extra>"
    figure.add_trace(go.Bar(x=latents, y=spread.kl, marker_color=colors, hovertemplate=hover), 1, 1)
    for row, values in enumerate((spread.mean, spread.variance, spread.weights), 2):
        for active, color in ((True, CURRENT), (False, OFF)):
            chosen = np.flatnonzero(spread.active == active)
            if len(chosen):
                figure.add_trace(_boxes(chosen, values[:, chosen], color), row, 1)
    for row, (name, y_range) in enumerate(zip(rows, ranges, strict=True), 1):
        look = {"title_font_size": 14, "tickfont_size": 13, "zeroline": True}
        figure.update_yaxes(title=name, row=row, col=1, range=y_range, **look)
    figure.update_xaxes(title="latent", row=4, col=1, title_font_size=14, tickfont_size=13)
    figure.update_xaxes(tickmode="linear", dtick=1 if len(latents) <= 20 else 5)
    figure.update_layout(
        title=title_of(title),
        height=560 + room_for(title),
        margin={"l": 10, "r": TOOLS_WIDTH, "t": 44 + room_for(title), "b": 10},
        modebar=TOOLS,
        showlegend=False,
        dragmode="pan",
    )
    return figure


def _boxes(latents: NDArray[np.int64], values: Reals, color: str) -> go.Box:
    (low, high), (q1, median, q3) = (np.percentile(values, at, axis=0) for at in (WHISKERS, (25, 50, 75)))
    return go.Box(
        x=latents, lowerfence=low, q1=q1, median=median, q3=q3, upperfence=high, marker_color=color, line_width=1.5
    )


def bar_heights(spread: LatentSpread) -> Reals:
    """Return the standard deviation of μ, the mean σ² and the standard deviation of the weights (3, Z)."""
    return np.stack([spread.mean.std(axis=0), spread.variance.mean(axis=0), spread.weights.std(axis=0)])


def bars_3d(spread: LatentSpread, title: str, top: float | None = None) -> Chart:
    """Return three rows of bars over the latents, the `bar_heights`; the axis of heights ends at `top`."""
    heights = bar_heights(spread)
    names = ("spread of μ", "mean σ²", "spread of weights")
    bars = [_bars(row, heights[row], name, BAR_COLORS[row]) for row, name in enumerate(names)]
    scene = {
        "xaxis": {"title": {"text": "latent"}, "dtick": 1 if heights.shape[1] <= 10 else 5},
        "yaxis": {"title": {"text": ""}, "tickvals": [0, 1, 2], "ticktext": ["μ", "σ²", "weights"]},
        "zaxis": {"title": {"text": "value"}, "range": [0, top] if top else None},
        "aspectratio": {"x": 1.4, "y": 1.6, "z": 0.4},  # so low that no row hides the one behind it
        "camera": {  # all in view, also in half a page; bars that lean would hide their neighbours
            "eye": {"x": -0.27, "y": -2.3, "z": 2.65},
            "center": {"x": 0, "y": 0, "z": -0.2},
            "projection": {"type": "orthographic"},
        },
    }
    return _in_space(bars, title, scene, height=560)


def _in_space(traces: Sequence[BaseTraceType], title: str, scene: Mapping[str, Any], **layout: Any) -> Chart:
    margin = {"l": 0, "r": 0, "t": 44 + room_for(title), "b": 0}
    shared = {"template": {}, "title": title_of(title), "margin": margin, "modebar": TOOLS, "scene": scene}
    return Chart(traces, shared | layout)


def _bars(row: int, heights: Reals, name: str, color: str) -> go.Mesh3d:
    """Return bars as one mesh of boxes, 8 corners and 12 triangles each."""
    corners = np.array([(x, y, z) for x in (-0.35, 0.35) for y in (-DEPTH, DEPTH) for z in (0, 1)])
    faces = np.array(
        [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (1, 5, 7), (1, 7, 3),
         (0, 2, 6), (0, 6, 4)]
    )  # fmt: skip
    points = np.concatenate([corners * (1, 1, height) + (latent, row, 0) for latent, height in enumerate(heights)])
    triangles = np.concatenate([faces + 8 * latent for latent in range(len(heights))])
    texts = [f"latent {latent}: {name} {height:.3f}" for latent, height in enumerate(heights) for _ in range(8)]
    x, y, z = points.T
    i, j, k = triangles.T
    return go.Mesh3d(
        x=x, y=y, z=z, i=i, j=j, k=k, color=color, flatshading=True, text=texts, hoverinfo="text", name=name
    )


def scatter_3d(positions: Reals, labels: NDArray[np.integer], names: Sequence[str], title: str, noun: str) -> Chart:
    """Return points (N, 3) coloured by their class (N,), a legend entry for each class.

    noun: what a dimension is called.
    """
    clouds = [
        go.Scatter3d(
            **dict(zip("xyz", positions[labels == number].T, strict=True)),
            mode="markers",
            marker={"size": 2.5, "color": DIGITS[number % len(DIGITS)]},
            name=name,
            hovertemplate=f"{name}: (%{{x:.2f}}, %{{y:.2f}}, %{{z:.2f}})<extra></extra>",
        )
        for number, name in enumerate(names)
    ]
    scene = {f"{axis}axis": {"title": {"text": f"{noun} {number}"}} for number, axis in enumerate("xyz")}
    return _in_space(clouds, title, scene, height=640, legend={"itemsizing": "constant", "font": FONT})
