import io

import numpy as np
import pytest
from PIL import Image

from explorer.plots.palette import colors
from explorer.plots.tiles import GAP, Grid, gif, png, quantize, rgb, tile_picture


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


@pytest.mark.parametrize("zoom", [1, 3])
def test_png_decodes_to_the_same_picture(zoom):
    picture = np.arange(256, dtype=np.uint8).reshape(8, 32)
    with Image.open(io.BytesIO(png(picture, "share", zoom))) as image:
        assert image.size == (32 * zoom, 8 * zoom)
        decoded = np.asarray(image.convert("RGBA"))
    assert (decoded[::zoom, ::zoom, :3] == colors("share")[picture]).all()
    assert (decoded == decoded[::zoom, ::zoom].repeat(zoom, 0).repeat(zoom, 1)).all()
    assert (decoded[::zoom, ::zoom, 3] == np.where(picture == 0, 0, 255)).all()


def test_gif_holds_every_frame():
    frames = [np.full((5, 7), level, np.uint8) for level in (1, 60, 128, 255)]
    with Image.open(io.BytesIO(gif(frames, "pixels", zoom=2, seconds=0.1))) as image:
        assert image.n_frames == 4
        assert image.size == (14, 10)
        assert image.info["loop"] == 0
        for number, frame in enumerate(frames):
            image.seek(number)
            assert image.info["duration"] == 100
            shown = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(shown - colors("pixels")[frame[0, 0]]).max() <= 4


def test_gif_of_one_frame():
    with Image.open(io.BytesIO(gif([np.ones((5, 7), np.uint8)], "signed"))) as image:
        assert image.n_frames == 1
