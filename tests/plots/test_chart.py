"""A chart is quick to make, and is written as plotly writes any figure."""

import json

import plotly.graph_objects as go
import plotly.io as pio

from explorer.plots.chart import chart, in_words, room_for, title_of


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


def test_a_chart_says_its_title_its_axes_and_its_curves():
    lines = [go.Scatter(y=[1, 2], name="CD-k 1"), go.Scatter(y=[1, 2], name="CD-k 5"), go.Scatter(y=[1])]
    made = chart(lines, "Error (test)", {"title": "epoch"}, {"title": "nats<br>per image"}, legend=True)
    assert in_words(made) == "Error (test). nats per image against epoch. CD-k 1, CD-k 5"


def test_long_names_go_on_below_in_the_legend_and_have_their_room_there():
    def made(*names):
        return chart(
            [go.Scatter(y=[1, 2], name=name) for name in names], "T", {"title": ""}, {"title": ""}, legend=True
        )

    long = "Data set mnist, Hidden layers 250-100, Code units 3, Activation tanh, Linear code yes"
    short, wrapped = made("CD-k 1", "CD-k 5"), made(long, "CD-k 5")
    lines = [trace.name.split("<br>") for trace in wrapped.data]
    assert [" ".join(each) for each in lines] == [long, "CD-k 5"]
    assert max(len(line) for each in lines for line in each) <= 42
    more = sum(map(len, lines)) - 1  # than the one row of the short names
    assert wrapped.layout.height - short.layout.height == more * 24 > 24
    assert long in in_words(wrapped)
    assert (wrapped.layout.legend.entrywidth, short.layout.legend.entrywidth) == (1, None)  # a name a row


def test_a_long_title_takes_several_lines_and_moves_the_chart_down():
    long = "Generator updates 1, Adam β1 0.3, Image size 32, Batch normalisation no: scores at epoch 10"
    short, wrapped = (chart([], title, {"title": ""}, {"title": ""}, legend=False) for title in ("T", long))
    assert wrapped.layout.title.text.replace("<br>", " ") == long
    assert wrapped.layout.title.text.count("<br>") == 1
    assert (room_for("T"), room_for(long)) == (0, 26)
    assert wrapped.layout.margin.t - short.layout.margin.t == wrapped.layout.height - short.layout.height == 26


def test_a_chart_of_one_curve_or_without_a_title_of_an_axis_says_less():
    line = [go.Scatter(y=[1, 2], name="CD-k 1")]
    assert in_words(chart(line, "Scores", {"title": ""}, {"title": "share"}, legend=False)) == "Scores. share"


def test_rows_of_charts_and_charts_in_space_say_all_their_axes():
    rows = go.Figure(layout={"title": {"text": "Latents"}, "xaxis": {"title": {"text": "latent"}}})
    rows.update_layout(yaxis={"title": {"text": "KL"}}, yaxis2={"title": {"text": "μ"}})
    assert in_words(rows) == "Latents. KL and μ against latent"
    axes = {f"{axis}axis": {"title": {"text": f"code {axis}"}} for axis in "xyz"}
    assert in_words(go.Figure(layout={"title": {"text": "Codes"}, "scene": axes})) == (
        "Codes. code y and code z against code x"
    )
