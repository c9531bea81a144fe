"""Charts of a study: figures over a hyperparameter's values, over epochs, and over two hyperparameters.

They are drawn by Vega-Lite, in which what is clicked in one chart is marked in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from explorer.plots.palette import CURRENT, ordered

HEIGHT = 150  # of each chart, CSS pixels
MAP_ROW, AROUND_MAP = 56, 130  # of a map, whose height has its title and its axis in it
SAVED_WIDTH = 640
PADDING = {"left": 10, "top": 5, "right": 5, "bottom": 5}  # without which titles of axes touch the edge
IDS_PER_LINE = 4  # of a saved drawing
LARGE = 15  # letters that are read from the last row
CLICKABLE = "marks"  # what the names of marks begin with that can be picked
FAINT = 0.15  # opacity of what was not chosen
PICKED, PICKED_IN_LEGEND = "picked", "picked_in_legend"  # the names of what is chosen: a value of the hyperparameter
Charts = alt.VConcatChart | alt.LayerChart
VALUE, SHOWN, SECOND, SEED, RUN = "value", "shown", "second", "seed", "run"  # columns of the tables


@dataclass(frozen=True)
class ValueAxis:
    """A hyperparameter as an axis: its values in order, as numbers or texts, and whether their ratios count."""

    title: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    numeric: bool
    logarithmic: bool = False


@dataclass(frozen=True)
class FigureAxis:
    """A figure as an axis: its title and its unit; `name` is the column that holds it."""

    name: str
    title: str
    unit: str


def effect_charts(
    rows: pd.DataFrame, bands: Mapping[str, pd.DataFrame], x: ValueAxis, figures: Sequence[FigureAxis]
) -> alt.VConcatChart:
    """Return a chart of each figure over a hyperparameter, a dot for each seed, their mean and a band around it.

    rows: a row for each run, with VALUE, SHOWN (its text), SEED, RUN and a column for each figure. bands: for each
    figure a table of VALUE, SHOWN, mean, low and high. A click on a dot marks its value in all charts.
    """
    charts = [_effect(rows, bands[figure.name], x, figure) for figure in figures]
    return _below_each_other(charts, {PICKED: None})


def _effect(rows: pd.DataFrame, band: pd.DataFrame, x: ValueAxis, figure: FigureAxis) -> alt.LayerChart:
    across, y = _across(x), alt.Y(f"{figure.name}:Q", title=figure.unit, scale=alt.Scale(zero=False))
    around = alt.Chart(band).encode(x=across)
    edges = {"y": alt.Y("low:Q", title=figure.unit, scale=alt.Scale(zero=False)), "y2": "high:Q"}
    area = around.mark_area(opacity=0.2, color=CURRENT) if x.numeric else around.mark_rule(strokeWidth=6, opacity=0.25)
    said = [
        alt.Tooltip(f"{SHOWN}:N", title=x.title),
        alt.Tooltip(f"{SEED}:N", title="seed"),
        alt.Tooltip(f"{figure.name}:Q", title=figure.title, format=".4~g"),
        alt.Tooltip(f"{RUN}:N", title="run"),
    ]
    there = rows.dropna(subset=[figure.name])
    dots = alt.Chart(there, name=CLICKABLE).mark_circle(size=90, color=CURRENT)
    layers = [
        area.encode(**edges),
        around.mark_line(color=CURRENT, strokeWidth=2.5).encode(y=alt.Y("mean:Q")),
        dots.encode(x=across, y=y, opacity=_faint_unless([PICKED], 0.9), tooltip=said),
    ]
    return alt.LayerChart(layer=layers, height=HEIGHT, title=_title(figure.title))


def _across(x: ValueAxis) -> alt.X:
    if not x.numeric:
        return alt.X(f"{SHOWN}:N", title=x.title, sort=list(x.texts), axis=_axis(labelAngle=0))
    ends = [min(x.values), max(x.values)] if len(set(x.values)) > 1 else alt.Undefined  # also of values not trained yet
    scale = alt.Scale(type="log" if x.logarithmic else "linear", domain=ends, zero=False, nice=False, padding=12)
    return alt.X(f"{VALUE}:Q", title=x.title, scale=scale, axis=_axis(values=list(x.values), format="~g", grid=False))


def curve_chart(rows: pd.DataFrame, x: ValueAxis, along: FigureAxis, figures: Sequence[FigureAxis]) -> alt.VConcatChart:
    """Return curves of each figure over epochs or seconds, coloured by the hyperparameter: seeds thin, means thick.

    rows: a row for each run and epoch, with SHOWN, SEED, RUN, `epoch`, `along` and a column for each figure. A click on
    a curve, or on a value in the legend, leaves that value alone in all charts.
    """
    charts = [_curves(rows, x, along, figure) for figure in figures]
    return _below_each_other(charts, {PICKED: None, PICKED_IN_LEGEND: "legend"})


def _curves(rows: pd.DataFrame, x: ValueAxis, along: FigureAxis, figure: FigureAxis) -> alt.LayerChart:
    there = rows.dropna(subset=[figure.name])
    averaged = [name for name in (along.name, figure.name) if name != "epoch"]
    means = there.groupby([SHOWN, "epoch"], as_index=False, sort=False)[averaged].mean()
    across = alt.X(
        f"{along.name}:Q",
        title=_with_unit(along),
        axis=_axis(tickCount=8, grid=False),
        scale=alt.Scale(zero=False, nice=False),
    )
    shared = {
        "x": across,
        "y": alt.Y(f"{figure.name}:Q", title=figure.unit, scale=alt.Scale(zero=False)),
        "color": alt.Color(
            f"{SHOWN}:N",
            title=x.title,
            sort=list(x.texts),
            scale=alt.Scale(domain=list(x.texts), range=ordered(len(x.texts))),
            legend=alt.Legend(orient="right", labelFontSize=LARGE - 2, titleFontSize=LARGE - 2),
        ),
        "opacity": _faint_unless([PICKED, PICKED_IN_LEGEND], 1),
    }
    said = [
        alt.Tooltip(f"{SHOWN}:N", title=x.title),
        alt.Tooltip("epoch:Q", title="epoch"),
        alt.Tooltip(f"{figure.name}:Q", title=figure.title, format=".4~g"),
    ]
    thick = alt.Chart(means, name=CLICKABLE).mark_line(strokeWidth=3, point={"size": 45})
    thin = alt.Chart(there).mark_line(strokeWidth=1).encode(**shared, detail=f"{SEED}:N")
    layers = [*([thin] if rows[SEED].nunique() > 1 else []), thick.encode(**shared, tooltip=said)]
    return alt.LayerChart(layer=layers, height=HEIGHT, title=_title(figure.title))


def effect_map(rows: pd.DataFrame, x: ValueAxis, y: ValueAxis, figure: FigureAxis) -> alt.LayerChart:
    """Return a figure over two hyperparameters as a map with its values; a click on one opens its run.

    rows: a row for each cell with SHOWN and SECOND, the figure, `seeds`, RUN and `address`, where the run is shown.
    """
    across = alt.X(f"{SHOWN}:N", title=x.title, sort=list(x.texts), axis=_axis(labelAngle=0))
    up = alt.Y(f"{SECOND}:N", title=y.title, sort=list(y.texts)[::-1], axis=_axis())
    base = alt.Chart(rows).encode(x=across, y=up)
    middle = (rows[figure.name].min() + rows[figure.name].max()) / 2
    color = alt.Color(
        f"{figure.name}:Q",
        scale=alt.Scale(scheme="cividis", zero=False),
        legend=None,  # each cell says its number
    )
    said = [
        alt.Tooltip(f"{SHOWN}:N", title=x.title),
        alt.Tooltip(f"{SECOND}:N", title=y.title),
        alt.Tooltip(f"{figure.name}:Q", title=figure.title, format=".4~g"),
        alt.Tooltip("seeds:Q"),
        alt.Tooltip(f"{RUN}:N"),
    ]
    light_on_dark = alt.condition(alt.datum[figure.name] > middle, alt.value("black"), alt.value("white"))
    cells = base.mark_rect(cursor="pointer").encode(color=color, tooltip=said, href="address:N")
    numbers = base.mark_text(fontSize=LARGE).encode(
        text=alt.Text(f"{figure.name}:Q", format=".4~g"), color=light_on_dark, href="address:N", tooltip=said
    )
    height = MAP_ROW * len(y.texts) + AROUND_MAP
    return alt.LayerChart(layer=[cells, numbers], height=height, title=_title(figure.title, figure.unit))


def _below_each_other(
    charts: Sequence[alt.LayerChart], picks: Mapping[str, Literal["legend"] | None]
) -> alt.VConcatChart:
    """Return charts with what can be picked in any of them, by name, and whether in the legend."""
    together: alt.VConcatChart = alt.vconcat(*charts, spacing=24, padding=PADDING).resolve_legend(color="shared")
    views = [marks.name for chart in together.vconcat for marks in chart.layer if isinstance(marks.name, str)]
    point = {"type": "point", "fields": [SHOWN], "on": "click", "clear": "dblclick"}
    params = [
        alt.TopLevelSelectionParameter(name=name, views=views, select=point, **({"bind": bind} if bind else {}))
        for name, bind in picks.items()
    ]
    together.params = params
    return together


def _faint_unless(picks: Sequence[str], opacity: float) -> alt.OpacityValue:
    """Return the opacity of marks that are picked by each of some selections, where nothing is picked of all."""
    test = {"and": [{"param": name} for name in picks]}
    return alt.OpacityValue(FAINT, condition={"test": test, "value": opacity})


def _axis(**special: Any) -> alt.Axis:
    return alt.Axis(labelFontSize=LARGE - 2, titleFontSize=LARGE - 1, **special)


def _title(text: str, below: str = "") -> alt.TitleParams:
    return alt.TitleParams(text, subtitle=below, anchor="start", fontSize=LARGE + 1, subtitleFontSize=LARGE - 1)


def _with_unit(axis: FigureAxis) -> str:
    return f"{axis.title} ({axis.unit})" if axis.unit else axis.title


def as_svg(chart: Charts, title: str, runs: Sequence[str]) -> bytes:
    """Return a chart as a drawing on white, under a title and the ids of the runs that it shows."""
    import vl_convert  # 30 MB, and only asked for now and then

    ids = list(dict.fromkeys(filter(None, runs)))
    lines = [", ".join(ids[first : first + IDS_PER_LINE]) for first in range(0, len(ids), IDS_PER_LINE)]
    spec = _wide(chart.to_dict())
    own = [", ".join(filter(None, (spec["title"]["text"], spec["title"].get("subtitle"))))] if "title" in spec else []
    heading = {"text": title, "subtitle": own + lines, "anchor": "start", "fontSize": LARGE + 1, "offset": 16}
    drawn = spec | {"title": heading, "background": "white"}
    return vl_convert.vegalite_to_svg(drawn, vl_version=vl_convert.get_vegalite_versions()[-1]).encode()


def _wide(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification with a width for each of its charts, which a page gives them else."""
    if "vconcat" in spec:
        return spec | {"vconcat": [each | {"width": SAVED_WIDTH} for each in spec["vconcat"]]}
    return spec | {"width": SAVED_WIDTH}
