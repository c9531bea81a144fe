import numpy as np
import pytest

from explorer.plots.field import ARROW, GROUND, MARK, POINT, POINTS_SIDE, SIDE, field_picture, points_picture

NO_POINTS = np.empty((0, 2))
SPAN = np.linspace(0, 1, 5)
CELL = (SIDE - 1) / 4  # in pixels


def drawn(vector, longest=1.0, x=SPAN, y=SPAN):
    """Where an arrow in the middle is drawn, (N, 2), in pixels to the right of and above its start."""
    still = np.zeros((len(y), len(x), 2))
    field = still.copy()
    field[len(y) // 2, len(x) // 2] = vector
    picture, without = (field_picture(NO_POINTS, x, y, each, longest) for each in (field, still))
    rows, columns = np.nonzero(picture != without)
    (height, width) = picture.shape
    return np.stack([columns - (width - 1) / 2, (height - 1) / 2 - rows], axis=1)


@pytest.mark.parametrize("vector", [(0, 1), (0, -1), (1, 0), (-1, 0), (0.6, 0.8), (-0.8, 0.6)])
def test_an_arrow_points_where_its_vector_does_and_up_is_up(vector):
    direction, across = np.array(vector), np.array([-vector[1], vector[0]])
    reached = drawn(vector)
    assert (reached @ direction).max() == pytest.approx(CELL, abs=2.5)
    assert (reached @ direction).min() > -2.5
    assert np.abs(reached @ across).max() < 0.5 * CELL
    tail, head = (reached[(reached @ direction > a * CELL) & (reached @ direction < b * CELL)] for a, b in THIRDS)
    assert np.abs(tail @ across).max() < 2.5  # a line
    assert np.abs(head @ across).max() > 0.08 * CELL  # its head is at the end


THIRDS = ((0.1, 0.5), (0.65, 0.85))


@pytest.mark.parametrize(
    ("length", "reach"), [(0.5, 0.25), (1.0, 0.5), (2.0, 1.0), (2.5, 1.0), (1000.0, 1.0), (1e-4, 0.0)]
)
def test_an_arrow_is_as_long_as_its_vector_and_cut_at_a_cell(length, reach):
    reached = drawn((length, 0), longest=2.0)
    assert reached[:, 0].max(initial=0) == pytest.approx(reach * CELL, abs=2.5)


def test_a_cell_is_the_shorter_side_of_one():
    x, y = np.linspace(0, 2, 5), np.linspace(0, 1, 11)
    reached = drawn((9, 0), x=x, y=y)
    assert reached[:, 0].max() == pytest.approx(0.1 * (SIDE - 1) / 2, abs=2.5)


def test_the_longer_side_has_its_length_and_the_other_the_same_scale():
    field = np.zeros((3, 5, 2))
    assert field_picture(NO_POINTS, np.linspace(-2, 2, 5), np.linspace(5, 6, 3), field, 1.0).shape == (141, SIDE)
    assert field_picture(NO_POINTS, np.linspace(-1, 1, 5), np.linspace(0, 4, 3), field, 1.0).shape == (SIDE, 281)


def test_without_arrows_their_places_are_dots():
    picture = field_picture(NO_POINTS, SPAN, SPAN, np.zeros((5, 5, 2)), 1.0)
    rows, columns = np.nonzero(picture == ARROW)
    places = {round(position * (SIDE - 1)) for position in SPAN}
    assert len(rows) == 25
    assert all(min(abs(at - place) for place in places) <= 1 for at in (*rows, *columns))
    assert (picture[picture != ARROW] == GROUND).all()


def test_points_and_marks_are_where_they_belong():
    x, y = np.linspace(10, 14, 3), np.linspace(-1, 3, 3)
    picture = field_picture(
        np.array([[11.0, 2.5]]), x, y, np.zeros((3, 3, 2)), 1.0, marks=np.array([[13.0, 0.0], [13.0, 2.0]])
    )
    scale = (SIDE - 1) / 4
    rows, columns = np.nonzero(picture == POINT)
    assert (columns.mean(), rows.mean()) == pytest.approx((scale, 0.5 * scale), abs=1)
    assert len(rows) <= 9
    rows, columns = np.nonzero(picture == MARK)
    assert columns.mean() == pytest.approx(3 * scale, abs=1)
    for mark, up in ((rows > SIDE / 2, 0), (rows < SIDE / 2, 2)):
        assert rows[mark].mean() == pytest.approx((3 - up) * scale, abs=1)
        radius = np.hypot(rows[mark] - rows[mark].mean(), columns[mark] - columns[mark].mean())
        assert radius.min() > 2.5  # a ring: what it marks stays in sight
        assert radius.max() < 7


def test_a_picture_has_no_empty_pixels_and_the_same_input_gives_the_same():
    draws = np.random.default_rng(0)
    field, points = draws.normal(size=(5, 5, 2)), draws.uniform(-0.2, 1.2, (50, 2))
    picture = field_picture(points, SPAN, SPAN, field, 0.5)
    assert picture.dtype == np.uint8
    assert picture.min() == GROUND
    np.testing.assert_array_equal(picture, field_picture(points, SPAN, SPAN, field, 0.5))


def test_points_stand_where_they_are_upwards_over_smaller_darker_ones():
    picture = points_picture(np.array([[0.25, 1.0]]), np.array([[0.25, 0.0], [0.75, 0.5]]))
    assert picture.shape == (POINTS_SIDE, POINTS_SIDE)
    middles = {value: np.argwhere(picture == value) for value in (ARROW, POINT)}
    assert middles[ARROW].mean(axis=0)[1] == pytest.approx(0.25 * (POINTS_SIDE - 1), abs=1)
    assert middles[ARROW][:, 0].max() <= 3  # at the top
    lower = middles[POINT][middles[POINT][:, 1] < POINTS_SIDE / 2]
    assert lower[:, 0].min() >= POINTS_SIDE - 2
    assert 0 < len(lower) < len(middles[ARROW])
    assert set(np.unique(picture)) == {GROUND, POINT, ARROW}


def test_a_curve_joins_its_places_and_ends_in_a_dot():
    curve = np.array([[0.1, 0.5], [0.4, 0.5], [0.9, 0.5]])
    picture = points_picture(np.empty((0, 2)), np.empty((0, 2)), [curve])
    rows, columns = np.nonzero(picture == ARROW)
    assert abs(rows - 0.5 * (POINTS_SIDE - 1)).max() <= 3
    assert set(range(round(0.1 * POINTS_SIDE) + 1, round(0.9 * POINTS_SIDE))) <= set(columns)
    wide = columns[abs(rows - np.median(rows)) >= 1]
    assert wide.min() == pytest.approx(0.9 * (POINTS_SIDE - 1), abs=3)
