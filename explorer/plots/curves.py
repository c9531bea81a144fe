"""Line charts: metrics over epochs, one metric against another, energies along a chain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.arrays import Reals
from explorer.plots.chart import Chart, chart

BAND_OPACITY = 0.2
BINS = 20
MOST_LABELLED = 2  # paths whose ends have labels that do not lie over each other
LOG_MARGIN = 0.05  # decades on both sides of a logarithmic axis: at its very end plotly leaves out a tick


@dataclass(frozen=True)
class Curve:
    """A named line: x and y (N,), where given error bars, a band around it (N,) each, and a text for each point."""

    name: str
    x: Reals
    y: Reals
    color: str
    error: Reals | None = None  # upwards, and downwards unless the next is given
    error_below: Reals | None = None
    band: tuple[Reals, Reals] | None = None  # its lower and upper edge
    texts: Sequence[str] = ()
    dash: str = "solid"
    opacity: float = 1.0
    legend: bool = True
    hover: bool = True
    marker_at: Sequence[int] = field(default=())  # positions that stand out, such as the epoch shown


def places_of(epochs: NDArray[Any], epoch: int) -> list[int]:
    """Return where an epoch stands among those of a curve (N,): nowhere, or at one place."""
    return np.flatnonzero(epochs == epoch).tolist()


def line_chart(
    curves: Sequence[Curve],
    title: str,
    x_title: str,
    y_title: str,
    *,
    log_ticks: Mapping[float, str] | None = None,
    x_range: Sequence[float] | None = None,
    y_range: Sequence[float] | None = None,
) -> Chart:
    """Return curves on common axes; hovering shows all values at one x. `log_ticks` labels a logarithmic x axis."""
    traces = [_band(curve, curve.band) for curve in curves if curve.band]
    traces += [_trace(curve) for curve in curves]
    traces += [_highlight(curve) for curve in curves if len(curve.marker_at)]
    if not log_ticks and x_range is None and y_range is None:
        x_range, y_range = _around_one(curves)
    if log_ticks and x_range is None:
        ends = [float(end) for curve in curves for end in (min(curve.x), max(curve.x))]
        x_range = log_range(min(ends), max(ends), LOG_MARGIN)
    x: dict[str, Any] = {"title": x_title, "range": x_range}
    if log_ticks:
        x |= {"type": "log", "tickvals": list(log_ticks), "ticktext": list(log_ticks.values())}
    y = {"title": y_title, "range": y_range}
    return chart(traces, title, x, y, legend=sum(curve.legend for curve in curves) > 1, hovermode="x unified")


def _around_one(curves: Sequence[Curve]) -> tuple[Sequence[float] | None, Sequence[float] | None]:
    """Return the axes' ranges of curves at a single x, such as one epoch, or at a single y.

    The x axis then begins at 0, and that of shares is all of it. Left alone, the axes would count on below 0 and in
    fractions of an epoch.
    """
    at, heights = ({float(value) for curve in curves for value in getattr(curve, name)} for name in "xy")
    alone = len(at) == 1 and min(at) > 0
    shares = (alone or len(heights) == 1) and all(0 <= y <= 1 for y in heights)
    return (0, 1.1 * max(at)) if alone else None, (-0.05, 1.05) if shares else None


def path_chart(curves: Sequence[Curve], title: str, x_title: str, y_title: str) -> Chart:
    """Return paths through the plane of two figures, one point for each epoch, of one or two labelled at their ends.

    Of more only the last has labels.
    """
    traces = [_trace(curve, mode="lines+markers") for curve in curves]
    traces += [_highlight(curve) for curve in curves if len(curve.marker_at)]
    labelled = (
        curves if len(curves) <= MOST_LABELLED else curves[-1:]
    )  # others' ends are told where they are pointed at
    annotations = [label for curve in labelled for label in _end_labels(curve)]
    x, y = {"title": x_title}, {"title": y_title}
    return chart(traces, title, x, y, legend=len(curves) > 1, annotations=annotations)


def fullest_bin(values: Iterable[Reals]) -> int:
    """Return the largest count in any bin of the `histogram` of any of several arrays in [0, 1]."""
    return max(int(np.histogram(x, BINS, (0, 1))[0].max()) for x in values)


def _end_labels(curve: Curve) -> list[dict[str, Any]]:
    """Return the texts of a path's first and last point, above or below it, away from the middle of the path."""
    finite = curve.y[np.isfinite(curve.y)]
    middle = finite.mean() if len(finite) else 0
    ends = dict.fromkeys((0, len(curve.texts) - 1)) if curve.texts else {}
    return [
        {
            "x": curve.x[at],
            "y": curve.y[at],
            "text": curve.texts[at],
            "showarrow": False,
            "yshift": -12 if curve.y[at] < middle else 12,
        }
        for at in ends
    ]


def histogram(
    values: Sequence[tuple[str, Reals, str]],
    title: str,
    x_title: str,
    y_title: str,
    *,
    bins: int = BINS,
    top: int | None = None,
) -> Chart:
    """Return histograms of (name, values in [0, 1], colour), side by side in each bin; `top` is to fit on the axis."""
    edges = np.linspace(0, 1, bins + 1)
    centers = (edges[:-1] + edges[1:]) / 2
    bars = [
        go.Bar(
            x=centers,
            y=np.histogram(x, edges)[0],
            name=name,
            marker={"color": color},
            hovertemplate="%{y} at %{x:.2f}",
        )
        for name, x, color in values
    ]
    y = {"title": y_title, "range": [0, 1.05 * top] if top else None}
    return chart(bars, title, {"title": x_title, "range": [0, 1]}, y, legend=len(values) > 1)


def _trace(curve: Curve, mode: str = "lines") -> go.Scatter:
    points = mode if len(curve.x) > 1 else "markers"
    return go.Scatter(
        x=curve.x,
        y=curve.y,
        name=curve.name,
        mode=points,
        line={"color": curve.color, "dash": curve.dash, "width": 2.5},
        marker={"color": curve.color, "size": 7},
        opacity=curve.opacity,
        showlegend=curve.legend,
        error_y=None
        if curve.error is None
        else {"array": curve.error, "arrayminus": curve.error_below, "thickness": 1.5, "width": 3},
        text=list(curve.texts) or None,
        hovertemplate=("%{text}: (%{x:.4g}, %{y:.4g})" if curve.texts else "%{y:.4g}") if curve.hover else None,
        hoverinfo=None if curve.hover else "skip",
    )


def _band(curve: Curve, edges: tuple[Reals, Reals]) -> go.Scatter:
    """Return the area between a band's edges, as one outline forth and back."""
    low, high = edges
    return go.Scatter(
        x=np.concatenate([curve.x, curve.x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        mode="lines",
        fill="toself",
        fillcolor=curve.color,
        line={"width": 0},
        opacity=BAND_OPACITY,
        showlegend=False,
        hoverinfo="skip",
    )


def _highlight(curve: Curve) -> go.Scatter:
    at = list(curve.marker_at)
    return go.Scatter(
        x=curve.x[at],
        y=curve.y[at],
        mode="markers",
        marker={"color": curve.color, "size": 13, "symbol": "circle-open", "line": {"width": 3}},
        showlegend=False,
        hoverinfo="skip",
    )


def log_range(low: float, high: float, margin: float) -> list[float]:
    """Return the range of a logarithmic axis from `low` to `high` with a margin in decades on both sides."""
    return [math.log10(low) - margin, math.log10(high) + margin]
