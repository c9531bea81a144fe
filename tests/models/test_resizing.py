import numpy as np
import pytest
import torch

from explorer.data.catalogue import load
from explorer.models.resizing import enlarge, shrink

IMAGES = load("mnist-5k").test[:30]


def test_32_is_a_black_margin_that_shrinking_takes_away():
    large = enlarge(IMAGES, 32)
    assert large.shape == (30, 1024)
    assert large.dtype == np.uint8
    assert large.sum(dtype=int) == IMAGES.sum(dtype=int)
    back = shrink(torch.tensor(large).view(-1, 32, 32))
    assert np.array_equal(back.numpy().reshape(30, 784), IMAGES)


def test_64_is_bilinear_between_the_centres_of_pixels(monkeypatch):
    monkeypatch.setattr("explorer.models.resizing.AT_ONCE", 7)
    large = enlarge(IMAGES, 64).reshape(-1, 64, 64)
    image = IMAGES[3].reshape(28, 28).astype(float)
    for row, column in ((0, 0), (20, 31), (33, 30), (63, 63), (40, 25)):
        y, x = (min(max((n + 0.5) * 28 / 64 - 0.5, 0), 27) for n in (row, column))
        top, left = int(y), int(x)
        bottom, right, v, u = min(top + 1, 27), min(left + 1, 27), y - top, x - left
        upper = image[top, left] * (1 - u) + image[top, right] * u
        lower = image[bottom, left] * (1 - u) + image[bottom, right] * u
        assert large[3, row, column] == pytest.approx(upper * (1 - v) + lower * v, abs=0.51)


def test_the_margin_has_the_grey_value_of_the_background():
    large = enlarge(255 - IMAGES, 32, 255)
    np.testing.assert_array_equal(large, 255 - enlarge(IMAGES, 32))
    np.testing.assert_array_equal(enlarge(IMAGES, 64, 255), enlarge(IMAGES, 64))  # which has no margin


def test_64_shrinks_to_nearly_the_same_image():
    back = shrink(torch.tensor(enlarge(IMAGES, 64)).view(-1, 64, 64) / 255)
    assert back.shape == (30, 28, 28)
    assert float((back.flatten(1) - torch.tensor(IMAGES) / 255).abs().mean()) < 0.03


def test_images_of_28_pixels_stay():
    images = torch.tensor(IMAGES).view(-1, 28, 28)
    assert shrink(images) is images
