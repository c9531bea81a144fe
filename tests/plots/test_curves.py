import json
import math

import numpy as np
import pytest

from explorer.plots.curves import Curve, fullest_bin, histogram, line_chart, log_range, path_chart, places_of

X, Y = np.array([1, 2, 5, 10]), np.array([-250.0, -180.5, -120.25, -99.0])
HOLES = np.array([1.0, np.nan, np.inf, -np.inf, 3.0])


def named(y=Y, **options):
    x = options.pop("x", np.arange(1, len(y) + 1))
    return Curve(options.pop("name", "CD-1"), x, y, options.pop("color", "#123456"), **options)


def ends(curve):
    return [f"epoch {x:g}" for x in curve.x]


def charts():
    labelled = Curve("CD-1", X, Y, "#123456", texts=[f"epoch {x}" for x in X])
    values = [("CD-1", np.array([0.1, 0.2]), "#123456")]
    axes = ("A title", "reconstruction error (squared error per image)", "log-likelihood (nats per image)")
    return [line_chart([labelled], *axes), path_chart([labelled], *axes), histogram(values, *axes)]


@pytest.mark.parametrize("figure", charts(), ids=["line", "path", "histogram"])
def test_title_and_axis_titles_with_their_units_stand_where_they_belong(figure):
    assert figure.layout.title.text == "A title"
    assert figure.layout.xaxis.title.text == "reconstruction error (squared error per image)"
    assert figure.layout.yaxis.title.text == "log-likelihood (nats per image)"


@pytest.mark.parametrize("figure", charts(), ids=["line", "path", "histogram"])
def test_letters_can_be_read_from_the_last_row(figure):
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert min(axis.title.font.size, axis.tickfont.size) >= 14
    assert min(figure.layout.legend.font.size, figure.layout.hoverlabel.font.size) >= 14


# lines


def test_a_share_of_a_single_epoch_stands_between_0_and_1():
    one = Curve("a", np.array([30.0]), np.array([0.0]), "#000000")
    layout = line_chart([one], "", "epoch", "share").layout
    assert layout.xaxis.range == (0, 33)
    assert layout.yaxis.range == (-0.05, 1.05)
    several = Curve("a", np.array([1.0, 30.0]), np.array([0.0, 0.5]), "#000000")
    assert line_chart([several], "", "epoch", "share").layout.yaxis.range is None


def test_what_is_drawn_are_the_numbers_given():
    other = Curve("CD-10", np.array([1, 3]), np.array([-1.0, -2.0]), "#654321", dash="dot", opacity=0.5)
    first, second = line_chart([Curve("CD-1", X, Y, "#123456"), other], "", "epoch", "nats").data
    assert (list(first.x), list(first.y)) == (X.tolist(), Y.tolist())
    assert (list(second.x), list(second.y)) == ([1, 3], [-1, -2])
    assert (first.name, first.line.color, first.line.dash, first.mode) == ("CD-1", "#123456", "solid", "lines")
    assert (second.name, second.line.color, second.line.dash, second.opacity) == ("CD-10", "#654321", "dot", 0.5)


def sent_to_the_browser(trace):
    """Return x and y as the browser gets them, with nulls for what is no number."""
    sent = json.loads(trace.to_json().replace("NaN", "null"))
    return [sent[axis] if isinstance(sent[axis], list) else decoded(sent[axis]) for axis in ("x", "y")]


def decoded(array):
    import base64

    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).tolist()


@pytest.mark.parametrize("chart", [line_chart, path_chart])
def test_missing_and_infinite_values_leave_a_gap_and_others_in_place(chart):
    curve = named(HOLES, texts=["epoch"] * 5)
    trace = chart([curve], "", "epoch", "nats").data[0]
    x, y = sent_to_the_browser(trace)
    assert x == [1, 2, 3, 4, 5]
    assert [value if value is not None and math.isfinite(value) else None for value in y] == [1, None, None, None, 3]
    assert not trace.connectgaps


@pytest.mark.parametrize(
    ("y", "shifts"),
    [(Y, {"epoch 1": -12, "epoch 4": 12}), (Y[::-1], {"epoch 1": 12, "epoch 4": -12}), (Y[:1], {"epoch 1": 12})],
    ids=["up", "down", "one point"],
)
def test_a_paths_ends_are_labelled_once_and_off_the_path(y, shifts):
    curve = named(y)
    labels = path_chart([named(y, texts=ends(curve))], "", "error", "nats").layout.annotations
    assert [(label.text, label.yshift) for label in labels] == list(shifts.items())


@pytest.mark.parametrize("values", [[np.nan] * 3, []], ids=["nothing finite", "nothing"])
@pytest.mark.parametrize("chart", [line_chart, path_chart])
def test_a_curve_without_numbers_is_an_empty_chart_with_its_axes(chart, values):
    figure = chart([named(np.array(values), texts=["epoch"] * len(values))], "", "epoch", "nats")
    assert figure.layout.yaxis.title.text == "nats"
    assert len(figure.data[0].y) == len(values)
    figure.to_json()


def test_a_single_point_is_seen():
    assert line_chart([named(np.array([5.0]))], "", "epoch", "nats").data[0].mode == "markers"


def test_error_bars_are_the_widths_given():
    error, below = np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, np.nan])
    both = line_chart([Curve("", X, Y, "#123456", error=error, error_below=below)], "", "epoch", "nats").data[0]
    np.testing.assert_array_equal(both.error_y.array, error)
    np.testing.assert_array_equal(both.error_y.arrayminus, below)
    alike = line_chart([Curve("", X, Y, "#123456", error=error)], "", "epoch", "nats").data[0]
    np.testing.assert_array_equal(alike.error_y.array, error)
    assert "arrayminus" not in alike.error_y.to_plotly_json()  # plotly then takes the same downwards
    assert not line_chart([named()], "", "epoch", "nats").data[0].error_y.to_plotly_json()


def test_a_band_reaches_from_its_lower_to_its_upper_edge_behind_all_curves():
    low, high = Y - np.arange(1, 5), Y + np.arange(5, 9)
    plain = named(color="#654321")
    figure = line_chart([plain, Curve("CD-1", X, Y, "#123456", band=(low, high))], "", "epoch", "nats")
    area, first, second = figure.data
    assert (first.name, second.name) == (plain.name, "CD-1")
    outline = list(zip(area.x, area.y, strict=True))
    assert outline[:4] == list(zip(X, high, strict=True))
    assert outline[:3:-1] == list(zip(X, low, strict=True))
    assert len(outline) == 8
    assert (area.fill, area.fillcolor, area.line.width) == ("toself", "#123456", 0)
    assert 0 < area.opacity < 0.5
    assert not area.showlegend
    assert area.hoverinfo == "skip"
    np.testing.assert_array_equal(second.y, Y)


def test_each_band_is_its_curves_and_where_there_is_none_nothing_is_filled():
    curves = [named(color=color, band=(Y - 1, Y + 1)) for color in ("#111111", "#222222")]
    figure = line_chart([*curves, named(marker_at=[1])], "", "epoch", "nats")
    assert [trace.fillcolor for trace in figure.data if trace.fill] == ["#111111", "#222222"]
    assert len(figure.data) == 6
    assert not any(trace.fill for trace in line_chart([named()], "", "epoch", "nats").data)


def test_the_band_of_a_single_point_does_not_hide_the_point():
    point, edge = np.array([5.0]), np.array([2.0])
    area, trace = line_chart([named(point, band=(point - edge, point + edge))], "", "epoch", "nats").data
    assert list(area.y) == [7, 3]
    assert (trace.mode, list(trace.y)) == ("markers", [5])


def test_the_epoch_shown_is_marked_in_the_curves_colour():
    figure = line_chart([Curve("CD-1", X, Y, "#123456", marker_at=[2]), named()], "", "epoch", "nats")
    assert len(figure.data) == 3
    mark = figure.data[2]
    assert (list(mark.x), list(mark.y), mark.marker.color) == ([5], [-120.25], "#123456")
    assert mark.mode == "markers"
    assert not mark.showlegend


def test_without_an_epoch_to_show_nothing_is_marked():
    assert len(line_chart([named(), named()], "", "epoch", "nats").data) == 2


@pytest.mark.parametrize(("listed", "shown"), [([True], False), ([True, True], True), ([False, False, True], False)])
def test_a_legend_is_drawn_where_there_is_something_to_tell_apart(listed, shown):
    figure = line_chart([named(legend=legend) for legend in listed], "", "epoch", "nats")
    assert figure.layout.showlegend == shown
    assert [trace.showlegend for trace in figure.data] == listed


def test_pointing_at_an_epoch_shows_all_curves_that_answer():
    figure = line_chart([named(), named(hover=False)], "", "epoch", "nats")
    assert figure.layout.hovermode == "x unified"
    assert "%{y" in figure.data[0].hovertemplate
    assert figure.data[1].hoverinfo == "skip"
    assert figure.data[1].hovertemplate is None


def test_an_axis_of_steps_can_be_logarithmic_with_labels_of_its_own():
    figure = line_chart([named()], "", "step", "nats", log_ticks={1: "0", 11: "10"})
    assert figure.layout.xaxis.type == "log"
    assert dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True)) == {1: "0", 11: "10"}
    assert line_chart([named()], "", "step", "nats").layout.xaxis.type is None


def test_the_last_label_of_a_logarithmic_axis_stands_within_its_range():
    steps = np.array([1.0, 11.0, 5000.0])
    figure = line_chart([Curve("c", steps, steps, "#000")], "", "k", "nats", log_ticks={1: "1", 5000: "5000"})
    low, high = figure.layout.xaxis.range
    assert low < 0
    assert np.log10(5000) < high < np.log10(7000)


def test_a_share_that_stays_the_same_stands_on_an_axis_of_all_shares():
    same = line_chart([Curve("c", np.arange(3.0), np.zeros(3), "#000")], "", "epoch", "share").layout
    assert (same.xaxis.range, same.yaxis.range) == (None, (-0.05, 1.05))
    others = [Curve("c", np.arange(3.0), y, "#000") for y in (np.full(3, 7.0), np.array([0.0, 0.1, 0.0]))]
    assert [line_chart([each], "", "", "").layout.yaxis.range for each in others] == [None, None]


# paths


def test_a_path_joins_its_points_in_the_order_given():
    error, likelihood = np.array([60.0, 20.0, 25.0]), np.array([-200.0, -120.0, -100.0])
    texts = ["epoch 1", "epoch 2", "epoch 3"]
    figure = path_chart([Curve("CD-1", error, likelihood, "#123456", texts=texts)], "", "error", "nats")
    trace = figure.data[0]
    assert (list(trace.x), list(trace.y)) == (error.tolist(), likelihood.tolist())
    assert trace.mode == "lines+markers"
    assert list(trace.text) == texts
    notes = [(note.x, note.y, note.text) for note in figure.layout.annotations]
    assert notes == [(60, -200, "epoch 1"), (25, -100, "epoch 3")]


def test_each_path_is_labelled_at_its_own_ends():
    curves = [named(Y + shift, texts=["first", "", "", "last"]) for shift in (0, 1000)]
    notes = [(note.y, note.text) for note in path_chart(curves, "", "error", "nats").layout.annotations]
    assert notes == [(Y[0], "first"), (Y[-1], "last"), (Y[0] + 1000, "first"), (Y[-1] + 1000, "last")]


# histograms


def test_a_histogram_counts_the_values_of_each_bin():
    values = np.array([0.0, 0.05, 0.249, 0.25, 0.26, 0.74, 0.75, 0.99, 1.0])
    bars = histogram([("CD-1", values, "#123456")], "", "frequency", "units", bins=4).data[0]
    counts = [0] * 4
    for value in values:
        counts[min(3, int(value * 4))] += 1
    assert list(bars.y) == counts == [3, 2, 1, 3]
    assert list(bars.x) == [0.125, 0.375, 0.625, 0.875]


def test_histograms_stand_side_by_side_in_their_colours():
    figure = histogram([("a", np.array([0.1]), "#123456"), ("b", np.array([0.9, 0.9]), "#654321")], "", "f", "units")
    assert [(bar.name, bar.marker.color, sum(bar.y)) for bar in figure.data] == [
        ("a", "#123456", 1),
        ("b", "#654321", 2),
    ]
    assert figure.layout.showlegend
    assert figure.layout.barmode in (None, "group")  # which is plotly's default
    assert tuple(figure.layout.xaxis.range) == (0, 1)
    assert len(figure.data[0].x) == 20


@pytest.mark.parametrize("values", [HOLES, np.array([]), np.full(3, np.nan)], ids=["holes", "nothing", "no number"])
def test_what_is_no_share_is_not_counted(values):
    values = np.append(values, [0.5, 0.5]).astype(np.float32)
    bars = histogram([("", values, "#123456")], "", "frequency", "units", bins=2).data[0]
    assert list(bars.y) == [0, 2 + np.count_nonzero(values == 1)]


def test_an_epoch_stands_where_it_was_measured_or_nowhere():
    assert places_of(np.array([1, 2, 5]), 5) == [2]
    assert places_of(np.array([1, 2, 5]), 3) == []


def test_a_logarithmic_axis_has_its_margin_in_decades():
    assert log_range(10, 1000, 0.5) == [0.5, 3.5]


def test_the_fullest_bin_of_several_histograms_fits_on_the_axis_of_each():
    few, many = np.array([0.11, 0.52, 0.53]), np.full(30, 0.7)
    top = fullest_bin([few, many])
    assert top == 30
    for values in (few, many):
        low, high = histogram([("", values, "#123456")], "", "score", "images", top=top).layout.yaxis.range
        assert low == 0
        assert high > 30
