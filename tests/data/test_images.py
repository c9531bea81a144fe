"""What an image set knows of itself: its background, its labels."""

import numpy as np
import pytest

from explorer.data.catalogue import load
from explorer.data.images import ImageSet, ink_on, on_background

DIGITS = load("mnist-5k")


def set_of(train, shape=(28, 28)):
    return ImageSet("some", shape, train, None, train[:1], None)


def test_digits_are_on_black_and_inverted_ones_on_white():
    assert DIGITS.background == 0
    assert set_of(255 - DIGITS.train).background == 255
    assert set_of(DIGITS.train // 2 + 90).background == 90


@pytest.mark.full_mnist
def test_mnist_is_on_black(clean_settings):
    assert load("mnist").background == 0


def test_the_background_is_what_borders_have_most_often():
    draws = np.random.default_rng(0)
    images = draws.integers(0, 256, (40, 4, 5)).astype(np.uint8)
    inside = np.zeros((4, 5), bool)
    inside[1:3, 1:4] = True
    images[:, ~inside & (draws.random((4, 5)) < 0.4)] = 77
    images[:, inside] = 9  # more often, but not on the border
    counts = {}
    for image in images:
        for row in range(4):
            for column in range(5):
                if row in (0, 3) or column in (0, 4):
                    counts[int(image[row, column])] = counts.get(int(image[row, column]), 0) + 1
    assert set_of(images.reshape(40, 20), (4, 5)).background == max(counts, key=counts.get) == 77


def test_a_set_of_two_pixels_has_a_background():
    assert 0 <= load("spiral").background <= 255


@pytest.mark.parametrize(("background", "full"), [(0, 255), (40, 255), (127, 255), (128, 0), (200, 0), (255, 0)])
def test_ink_stands_out(background, full):
    assert ink_on(background) == full
    grey = on_background(np.array([0, 255], np.uint8), background)
    assert grey.dtype == np.uint8
    assert grey.tolist() == [background, full]


def test_ink_is_what_an_inverted_digit_lacks():
    np.testing.assert_array_equal(on_background(DIGITS.test[0], 0), DIGITS.test[0])
    np.testing.assert_array_equal(on_background(DIGITS.test[0], 255), 255 - DIGITS.test[0])


def test_the_first_images_keep_their_labels_if_they_have_any():
    few = DIGITS.first(5)
    assert few.train_labels.tolist() == DIGITS.train_labels[:5].tolist()
    assert (few.train.shape, few.test.shape, few.labelled) == ((5, 784), (5, 784), True)
    assert set_of(DIGITS.train).first(3).train_labels is None
