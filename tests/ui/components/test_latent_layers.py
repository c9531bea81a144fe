"""What a latent map shows: how it is packed for the browser, and what is refused."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.plots.palette import DIGITS
from explorer.ui.components.latent_layers import (
    NOWHERE,
    Cloud,
    DecodedGrid,
    encode_cloud,
    encode_grid,
    encode_images,
)

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 8)).astype(np.uint8)


def cloud(positions, classes=None) -> Cloud:
    positions = np.asarray(positions, np.float32)
    frames, points = positions.shape[:2]
    classes = np.zeros(points, np.uint8) if classes is None else np.array(classes, np.uint8)
    return Cloud(positions, [f"epoch {i}" for i in range(frames)], classes, ["a", "b"])


def unpacked(encoded) -> np.ndarray:
    steps = np.frombuffer(base64.b64decode(encoded["positions"]), "<u2").reshape(encoded["frames"], -1, 2)
    low, high = np.array(encoded["range"]).T
    return np.where(steps == NOWHERE, np.nan, low + steps / (NOWHERE - 1) * (high - low))


def sheet_of(encoded) -> np.ndarray:
    image = Image.open(io.BytesIO(encoded["sheet"]))
    assert image.mode == "L"
    return np.asarray(image)


def test_positions_survive_the_packing():
    positions = np.random.default_rng(1).normal(0, 2, (3, 500, 2))
    encoded = encode_cloud(cloud(positions, np.arange(500) % 2))
    np.testing.assert_allclose(unpacked(encoded), positions, atol=2e-4)
    assert list(base64.b64decode(encoded["classes"])) == [0, 1] * 250
    assert encoded["colors"] == list(DIGITS[:2])
    assert encoded["missing"] == encoded["outside"] == [0, 0, 0]


def test_bounds_hold_for_all_frames_and_show_the_prior():
    small = encode_cloud(cloud(np.zeros((1, 5, 2))))["bounds"]
    assert all(low <= -3 and high >= 3 for low, high in small)
    rng = np.random.default_rng(1)
    frames = np.stack([rng.uniform(0, 1, (1000, 2)), rng.uniform(5, 12, (1000, 2))])
    for low, high in encode_cloud(cloud(frames))["bounds"]:
        assert -4 <= low <= -3
        assert 12 <= high <= 14


def test_codes_without_a_prior_fill_the_view():
    codes = np.random.default_rng(1).uniform(0, 1, (1, 1000, 2))
    for low, high in encode_cloud(replace(cloud(codes), reach=0.0))["bounds"]:
        assert -0.1 <= low <= 0
        assert 1 <= high <= 1.1


def test_points_on_one_line_lie_in_the_middle_of_the_view():
    (left, right), (bottom, top) = encode_cloud(replace(cloud([[[2, 0], [2, 1], [2, 5]]]), reach=0.0))["bounds"]
    assert left < 2 < right
    assert bottom <= 0
    assert top >= 5


def test_a_few_outliers_neither_stretch_the_view_nor_blur_the_rest():
    positions = np.random.default_rng(1).normal(size=(2, 2000, 2))
    positions[1, 0] = 1e7, 0
    positions[1, 1] = 8, 0
    encoded = encode_cloud(cloud(positions))
    assert encoded["bounds"][0][1] < 5
    assert encoded["outside"] == [0, 1]
    positions[1, 0] = np.nan
    np.testing.assert_allclose(unpacked(encoded), positions, atol=2e-4)


def test_positions_that_are_not_finite_are_left_out_and_counted():
    positions = np.zeros((2, 4, 2))
    positions[0, 1, 0], positions[1, 2, 1], positions[1, 3] = np.nan, np.inf, -np.inf
    encoded = encode_cloud(cloud(positions))
    assert encoded["missing"] == [1, 2]
    assert np.isnan(unpacked(encoded)).all(axis=-1).tolist() == [
        [False, True, False, False],
        [False, False, True, True],
    ]


@pytest.mark.parametrize("shape", [(0, 5, 2), (3, 0, 2), (0, 0, 2)])
def test_an_empty_cloud_is_packed(shape):
    encoded = encode_cloud(cloud(np.zeros(shape)))
    assert (encoded["frames"], encoded["points"]) == shape[:2]
    assert encoded["bounds"][0][0] <= -3


def test_the_hash_tells_clouds_apart():
    same, again = (encode_cloud(cloud(np.ones((1, 3, 2))))["hash"] for _ in range(2))
    assert same == again
    assert encode_cloud(cloud(np.ones((1, 3, 2)), [0, 1, 0]))["hash"] != same
    assert encode_cloud(cloud(np.full((1, 3, 2), 50.0)))["hash"] != same


def test_a_grid_lies_on_its_sheet_as_given():
    images = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    encoded = encode_grid(DecodedGrid(images, (-1, 1), (2, -2), frame=3))
    sheet = sheet_of(encoded)
    assert sheet.shape == (8, 15)
    for row in range(2):
        for column in range(3):
            cell = sheet[4 * row : 4 * row + 4, 5 * column : 5 * column + 5]
            np.testing.assert_array_equal(cell, images[row, column])
    assert (encoded["x"], encoded["y"], encoded["frame"]) == ((-1, 1), (2, -2), 3)


def test_images_lie_on_their_sheet_in_reading_order():
    encoded = encode_images(IMAGES[:7])
    sheet = sheet_of(encoded)
    assert (encoded["count"], encoded["columns"], sheet.shape) == (7, 3, (24, 24))
    for i, image in enumerate(IMAGES[:7]):
        np.testing.assert_array_equal(sheet[8 * (i // 3) :, 8 * (i % 3) :][:8, :8], image)


GOOD_CLOUD = {"positions": np.zeros((2, 3, 2)), "labels": ["a", "b"], "classes": np.zeros(3, np.uint8), "names": ["0"]}
GOOD_GRID = {"images": np.zeros((2, 2, 3, 3), np.uint8), "x": (-1.0, 1.0), "y": (-1.0, 1.0)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": np.zeros((2, 3))}, "not .frames, points, 2"),
        ({"positions": np.zeros((2, 3, 3))}, "not .frames, points, 2"),
        ({"labels": ["a"]}, "2 frames need as many labels, not 1"),
        ({"classes": np.zeros(2, np.uint8)}, "3 points need as many classes"),
        ({"classes": np.array([0, 1, 0], np.uint8)}, "0 to 1 for 1 names"),
        ({"positions": np.zeros((2, 30_000, 2)), "classes": np.zeros(30_000, np.uint8)}, "at most 20000"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Cloud(**GOOD_CLOUD | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((2, 2, 9), np.uint8)}, "not a grid of images"),
        ({"images": np.zeros((2, 2, 3, 3))}, "not a grid of images"),
        ({"images": np.zeros((0, 2, 3, 3), np.uint8)}, "not a grid of images"),
        ({"images": np.zeros((500, 500, 10, 10), np.uint8)}, "too large"),
        ({"x": (1, 1)}, "from 1 to 1"),
        ({"y": (-1, math.inf)}, "from -1 to inf"),
    ],
)
def test_what_is_no_grid_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        DecodedGrid(**GOOD_GRID | change)


@pytest.mark.parametrize("images", [np.zeros((0, 8, 8), np.uint8), np.zeros((3, 64), np.uint8), np.zeros((3, 8, 8))])
def test_what_are_no_images_is_refused(images):
    with pytest.raises(ValueError, match="not images"):
        encode_images(images)
