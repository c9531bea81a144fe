import numpy as np
import pytest

from explorer.plots.violins import Group, violin_chart

RNG = np.random.default_rng(0)
REAL = [RNG.uniform(size=5), RNG.uniform(size=7), RNG.uniform(size=7)]
GENERATED = [RNG.uniform(size=4), RNG.uniform(size=4), np.full(4, 0.5)]


def chart(shown=1):
    left, right = Group("D(x)", REAL, "#808080"), Group("D(G(z))", GENERATED, "#0072b2")
    return violin_chart(left, right, ["0", "1", "10"], "scores", "epoch", "score", shown=shown)


def test_each_place_has_the_values_of_both_groups():
    traces = chart().data
    for trace, place, values in zip(traces, 2 * ["0", "1", "10"], REAL + GENERATED, strict=True):
        assert set(trace.x) == {place}
        np.testing.assert_array_equal(trace.y, values)


def test_groups_stand_back_to_back_in_their_colours_and_once_in_the_legend():
    traces = chart().data
    assert [trace.side for trace in traces] == ["negative"] * 3 + ["positive"] * 3
    assert [trace.name for trace in traces] == ["D(x)"] * 3 + ["D(G(z))"] * 3
    assert [trace.fillcolor for trace in traces] == ["#808080"] * 3 + ["#0072b2"] * 3
    assert [trace.showlegend for trace in traces] == [True, False, False] * 2
    assert len({trace.scalegroup for trace in traces}) == 6


@pytest.mark.parametrize("shown", [0, 2])
def test_the_epoch_shown_is_shaded(shown):
    (shape,) = chart(shown).layout.shapes
    assert (shape.x0, shape.x1) == (shown - 0.5, shown + 0.5)


def test_epochs_are_in_their_order_and_axes_have_names():
    layout = chart().layout
    assert list(layout.xaxis.categoryarray) == ["0", "1", "10"]
    assert (layout.xaxis.title.text, layout.yaxis.title.text, layout.title.text) == ("epoch", "score", "scores")
