import numpy as np

from explorer.plots.bars import Bars, bar_chart


def test_groups_stand_beside_each_other_over_named_places():
    groups = [Bars("a", np.array([0.1, 0.9]), "#111111"), Bars("b", np.array([0.4, 0.6]), "#222222")]
    figure = bar_chart(groups, ["zero", "one"], "Title", "digit", "share", top=1, line_at=0.5)
    assert [trace.name for trace in figure.data] == ["a", "b"]
    assert list(figure.data[0].x) == ["zero", "one"]
    np.testing.assert_array_equal(figure.data[1].y, [0.4, 0.6])
    assert figure.layout.yaxis.range == (0, 1)
    assert figure.layout.xaxis.title.text == "digit"
    assert len(figure.layout.shapes) == 1
    assert figure.layout.showlegend


def test_one_group_needs_no_legend_and_long_names_take_more_room():
    one = bar_chart([Bars("a", np.zeros(1), "#111111")], ["0"], "Title", "x", "y")
    assert not one.layout.showlegend
    short, long = (
        bar_chart([Bars(name * n, np.zeros(1), "#111111") for name in "abc"], ["0"], "Title", "x", "y") for n in (3, 40)
    )
    assert one.layout.height < short.layout.height < long.layout.height
