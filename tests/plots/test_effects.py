"""Charts of studies, as Vega-Lite reads them and as drawings."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest

from explorer.plots.effects import FigureAxis, ValueAxis, as_svg, curve_chart, effect_charts, effect_map

CD_K = ValueAxis("CD-k (steps)", (1, 5, 10), ("1", "5", "10"), numeric=True, logarithmic=True)
CHAINS = ValueAxis("Persistent chains", (False, True), ("false", "true"), numeric=False)
FIGURES = [FigureAxis("error", "Error", "squared"), FigureAxis("gap", "Gap", "nats")]
IDS = [f"rbm-{number:012x}" for number in range(6)]


def rows(x):
    places = [(seed, value, text) for seed in (0, 1) for value, text in zip(x.values, x.texts, strict=True)]
    made = [
        {"value": value, "shown": text, "second": "", "seed": seed, "run": id_, "epoch": epoch, "error": epoch + seed}
        for (seed, value, text), id_ in zip(places, IDS, strict=False)
        for epoch in (1, 2)
    ]
    return pd.DataFrame(made).assign(gap=[None] * (len(made) - 2) + [1.0, 2.0])


def bands(x):
    texts = list(x.texts)
    band = pd.DataFrame({"value": x.values, "shown": texts, "mean": 2.0, "low": 1.0, "high": 3.0})
    return {figure.name: band for figure in FIGURES}


def charts():
    cells = pd.DataFrame({"shown": ["1", "5"], "second": ["true"] * 2, "error": [1.0, 2.0], "seeds": 3, "run": IDS[:2]})
    cells = cells.assign(address="./rbm?cd_k=1")
    yield "numbers", effect_charts(rows(CD_K), bands(CD_K), CD_K, FIGURES)
    yield "texts", effect_charts(rows(CHAINS), bands(CHAINS), CHAINS, FIGURES)
    yield "curves", curve_chart(rows(CD_K), CD_K, FigureAxis("epoch", "epoch", ""), FIGURES)
    yield "one curve", curve_chart(rows(CD_K), CD_K, FigureAxis("epoch", "epoch", ""), FIGURES[:1])
    yield "map", effect_map(cells, CD_K, CHAINS, FIGURES[0])


CHARTS = dict(charts())


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_a_drawing_on_white_that_names_its_runs(name):
    drawing = ElementTree.fromstring(as_svg(CHARTS[name], "What changes", IDS[:5]))  # noqa: S314  (our own)
    texts = {text.strip() for text in drawing.itertext() if text.strip()}
    assert "What changes" in texts
    assert ", ".join(IDS[:4]) in texts
    assert IDS[4] in texts
    assert any(title in text for text in texts for title in ("CD-k (steps)", "Persistent chains"))
    assert any("Error" in text for text in texts)
    backgrounds = [each.get("fill") for each in drawing.iter() if each.tag.endswith("rect")]
    assert backgrounds[0] == "white"
    assert float(drawing.get("width")) > 500


@pytest.mark.parametrize("name", ["numbers", "texts", "curves", "one curve"])
def test_what_is_clicked_in_one_chart_is_marked_in_all(name):
    spec = CHARTS[name].to_dict()
    marks = [layer["name"] for chart in spec["vconcat"] for layer in chart["layer"] if "name" in layer]
    assert len(marks) == len(spec["vconcat"])
    assert all(param["views"] == marks for param in spec["params"])
    known = {param["name"] for param in spec["params"]}
    assert set(re.findall(r"'param': '(\w+)'", str(spec["vconcat"]))) == known


def test_an_axis_by_ratio_is_logarithmic():
    (first, _) = CHARTS["numbers"].to_dict()["vconcat"]
    assert {layer["encoding"]["x"]["scale"]["type"] for layer in first["layer"]} == {"log"}


def test_the_axis_has_room_for_values_that_are_not_trained_yet():
    one = rows(CD_K)[rows(CD_K)["shown"] == "1"]
    spec = effect_charts(one, {name: band[:1] for name, band in bands(CD_K).items()}, CD_K, FIGURES[:1]).to_dict()
    scales = [layer["encoding"]["x"]["scale"] for layer in spec["vconcat"][0]["layer"]]
    assert [scale["domain"] for scale in scales] == [[1, 10]] * 3


def test_a_figure_that_a_run_has_not_has_no_dot():
    spec = CHARTS["numbers"].to_dict()
    (dots,) = [layer for layer in spec["vconcat"][1]["layer"] if layer["mark"]["type"] == "circle"]
    assert len(spec["datasets"][dots["data"]["name"]]) == 2
