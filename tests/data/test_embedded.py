import hashlib

import numpy as np
import pytest

from explorer.data.embedded import bars_and_stripes, mnist_5k, spiral


@pytest.fixture(scope="module")
def digits():
    return mnist_5k()


def sha256(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


def test_mnist_5k_has_4000_and_1000_digits_of_all_classes(digits):
    assert digits.train.shape == (4000, 784)
    assert digits.test.shape == (1000, 784)
    assert digits.n_pixels == 784
    counts = np.bincount(digits.train_labels), np.bincount(digits.test_labels)
    assert (sum(counts) == 500).all()
    assert all(len(count) == 10 and count.min() > 50 for count in counts)


def test_mnist_5k_pixels_are_grey_bytes(digits):
    assert digits.train.dtype == digits.train_labels.dtype == np.uint8
    assert (digits.train.min(), digits.train.max()) == (0, 255)
    assert 0.12 < digits.train.mean() / 255 < 0.14


def test_the_split_of_mnist_5k_is_fixed(digits):
    """A stored run is only comparable with others as long as these do not change."""
    assert digits.test_labels[:20].tolist() == [9, 1, 8, 1, 8, 9, 2, 8, 4, 5, 7, 4, 5, 8, 4, 2, 5, 3, 1, 0]
    assert sha256(digits.train_labels) == "6ac5947fae0fd062adf2ee16cd3dc86348486cb567bb780dd027e9eb53277c46"
    assert sha256(digits.test_labels) == "61420a3fb250a45a78d65c524d1ac5a09817246d83fd9db3fdc0ff87165ce1e5"
    assert sha256(digits.train) == "ae19b24603778512c714f361f0538d0a2acef5159c34e8d24d1beb59cf6f9fe8"
    assert sha256(digits.test) == "83fa1cb84d46d916ae14f07ab7497f26056730bcdf8ac96832553b875e36821c"


def test_training_and_test_digits_are_different_ones(digits):
    assert not {row.tobytes() for row in digits.train} & {row.tobytes() for row in digits.test}


@pytest.mark.parametrize(("side", "different"), [(2, 6), (3, 14), (4, 30)])
def test_bars_and_stripes_are_all_pictures_of_full_rows_or_columns(side, different):
    images = bars_and_stripes(side)
    assert len({row.tobytes() for row in images.test}) == len(images.test) == different
    for row, label in zip(images.test, images.test_labels, strict=True):
        picture = row.reshape(side, side)
        assert set(row.tolist()) <= {0, 255}
        rows = (picture == picture[:, :1]).all()
        columns = (picture == picture[:1]).all()
        assert rows or columns
        assert label == (2 if rows and columns else 0 if rows else 1)


def test_bars_and_stripes_train_on_copies_of_every_picture():
    images = bars_and_stripes(4, copies=3)
    assert images.train.shape == (90, 16)
    different, copies = np.unique(images.train, axis=0, return_counts=True)
    assert len(different) == 30
    assert (copies == 3).all()
    assert (images.train_labels == np.tile(images.test_labels, 3)).all()


def test_the_points_of_the_spiral_lie_on_it():
    images = spiral()
    assert images.shape == (1, 2)
    assert images.train.shape == (4000, 2)
    assert images.test.shape == (1000, 2)
    across, up = (images.train / 255 - 0.5).T
    radius, angle = np.hypot(across, up), np.arctan2(up, across)
    # of the places on the spiral with this angle, one has this radius
    turns = (angle[:, None] + 2 * np.pi * np.arange(-1, 3)) / (3 * np.pi)
    gaps = np.abs(radius[:, None] - (0.06 + 0.36 * turns))
    assert np.quantile(gaps.min(axis=1), 0.99) < 0.035  # noise of 0.01 and the rounding to bytes
    assert radius.max() < 0.5  # within the picture


def test_the_labels_of_the_spiral_are_thirds_of_its_way():
    images = spiral()
    radius = np.hypot(*(images.train / 255 - 0.5).T)
    assert np.bincount(images.train_labels).min() > 1200
    means = [radius[images.train_labels == label].mean() for label in range(3)]
    np.testing.assert_allclose(means, [0.12, 0.24, 0.36], atol=0.01)


def test_the_spiral_is_always_the_same():
    assert sha256(spiral().train) == sha256(spiral().train)
