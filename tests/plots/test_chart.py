"""A chart is quick to make, and is written as plotly writes any figure."""

import json

import plotly.graph_objects as go
import plotly.io as pio

from explorer.plots.chart import chart, title_of


def small_chart(**layout):
    return chart([go.Scatter(x=[1, 2], y=[3, 4])], "T", {"title": "x"}, {"title": "y"}, legend=False, **layout)


def test_a_chart_is_written_as_a_figure_of_the_same_settings():
    made = small_chart(shapes=[{"type": "line", "x0": 1, "x1": 2, "y0": 3, "y1": 3}])
    layout = {name: value for name, value in made.layout.to_plotly_json().items() if name != "template"}
    assert json.loads(made.to_json()) == json.loads(go.Figure(made.data, layout).to_json())


def test_the_template_is_the_one_chosen_when_a_chart_is_written(monkeypatch):
    made = small_chart()
    for name in ("plotly_dark", "ggplot2"):
        monkeypatch.setattr(pio.templates, "default", name)
        written = json.loads(made.to_json())["layout"]["template"]
        assert written == json.loads(json.dumps(pio.templates[name].to_plotly_json()))


def test_writing_a_chart_twice_gives_the_same():
    made = small_chart()
    made.to_dict()["layout"]["title"]["text"] = "another"
    assert made.to_dict()["layout"]["title"]["text"] == "T"
    assert title_of("T")["text"] == "T"
