import io

import numpy as np
import pytest
from PIL import Image

from explorer.plots.palette import colors
from explorer.plots.tiles import (
    GAP,
    Grid,
    beyond,
    columns_of_counts,
    grey_tiles,
    png,
    quantize,
    reach,
    read_png,
    rgb,
    squares,
    tile_picture,
)


def numbered_tiles(count, height, width):
    """Each tile filled with its number, from 1."""
    return np.broadcast_to(np.arange(1, count + 1, dtype=np.uint8)[:, None, None], (count, height, width))


@pytest.mark.parametrize(
    ("count", "columns", "layout"),
    [(1, None, (1, 1)), (2, None, (1, 2)), (10, None, (3, 4)), (100, None, (10, 10)), (7, 5, (2, 5)), (3, 5, (1, 5))],
)
def test_tiles_are_laid_out_row_by_row(count, columns, layout):
    height, width = 4, 3
    picture = tile_picture(numbered_tiles(count, height, width), columns)
    rows, columns = layout
    grid = Grid.of(count, (height, width), columns)
    assert (grid.rows, grid.columns) == layout
    assert picture.shape == grid.size == (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP)
    seen = np.zeros_like(picture)
    for number in range(count):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        assert (picture[top : top + height, left : left + width] == number + 1).all()
        seen[top : top + height, left : left + width] = 1
    assert (picture[seen == 0] == 0).all()


def test_no_tiles_give_an_empty_picture():
    assert not tile_picture(np.zeros((0, 4, 3), np.uint8)).any()


def test_quantize_maps_the_ends_and_the_centre():
    values = np.array([-9, -1, 0, 1, 9, np.nan, np.inf, -np.inf])
    assert quantize(values, -1, 1).tolist() == [1, 1, 128, 255, 255, 0, 255, 1]
    assert quantize(values.astype(np.float32), -1, 1).tolist() == [1, 1, 128, 255, 255, 0, 255, 1]
    assert quantize(values, -1, 1).dtype == np.uint8


def test_quantize_rounds_to_the_nearest_colour():
    indices = np.arange(1, 256)
    values = (indices - 1) / 254
    for shift in (-0.4, 0, 0.4):
        assert (quantize(values + shift / 254, 0, 1) == indices).all()


def test_a_range_without_extent_is_drawn_in_the_middle_colour():
    assert quantize(np.zeros(3), 0, 0).tolist() == [128] * 3


def test_rgb_has_the_colours_of_the_scale():
    picture = np.array([[0, 1], [128, 255]], np.uint8)
    assert rgb(picture, "signed").tolist() == colors("signed")[[[0, 1], [128, 255]]].tolist()


def test_png_decodes_to_the_same_picture():
    picture = np.arange(256, dtype=np.uint8).reshape(8, 32)
    file = png(picture, "share")
    with Image.open(io.BytesIO(file)) as image:
        decoded = np.asarray(image.convert("RGBA"))
    assert (decoded[..., :3] == colors("share")[picture]).all()
    assert (decoded[..., 3] == np.where(picture == 0, 0, 255)).all()
    indices, scale = read_png(file)
    assert (indices == picture).all()
    assert scale == "share"


def _of_another_program():
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"no picture", png(np.ones((9, 9), np.uint8), "pixels")[:60], _of_another_program()]
)
def test_what_is_no_picture_of_ours_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        read_png(content)


def test_what_is_beyond_a_scale_is_counted_on_both_sides_without_gaps():
    values = np.array([-3, -1, 0, 1, 2, np.nan], np.float32)
    assert beyond(values, 1) == 2 / 5
    assert beyond(values, 3) == 0
    assert beyond(values[5:], 1) == 0


def test_a_colour_scale_reaches_as_far_as_nearly_all_values_do():
    values = np.linspace(-1, 1, 2001)
    assert reach(values) == pytest.approx(0.998, abs=1e-3)
    assert reach(values, 0.5) == pytest.approx(0.5, abs=1e-3)
    assert reach(np.array([0.0, np.nan, -3.0, 0.0]), 1) == 3
    assert reach(np.zeros(4)) == 0


def test_squares_hold_the_values_and_nothing_else():
    (square,) = squares(np.arange(5.0)[None])
    assert square[:2].ravel().tolist()[:5] == [0, 1, 2, 3, 4]
    assert np.isnan(square.ravel()[5:]).all()


def test_bytes_have_the_colours_of_their_grey_values():
    pixels = np.array([[0, 128, 255, 64]], np.uint8)
    np.testing.assert_array_equal(grey_tiles(pixels, (2, 2))[0], quantize(pixels.reshape(2, 2) / 255, 0, 1))


def test_columns_of_counts_are_logarithmic_shares_the_highest_above():
    picture = columns_of_counts(np.array([[0, 9], [3, 0]]), 9)
    np.testing.assert_array_equal(picture, quantize(np.log([[10, 1], [1, 4]]) / np.log(10), 0, 1))
