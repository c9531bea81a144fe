import numpy as np
import pytest

from explorer.analysis import retrieval
from explorer.analysis.retrieval import nearest_images, precision_at


def random_codes(count, size=3, seed=0):
    return np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32)


def random_labels(count, classes=3, seed=1):
    return np.random.default_rng(seed).integers(0, classes, count).astype(np.uint8)


def by_distance(query, codes):
    """The indices of all codes, the nearest first, and their distances."""
    found = sorted((float(np.sqrt(sum((query - code) ** 2))), i) for i, code in enumerate(codes))
    return [i for _, i in found], [distance for distance, _ in found]


def literal_precision(codes, labels, queries, count):
    """The share of the query's class among the k nearest others, for k = 1 … count, mean over the first queries."""
    shares = np.zeros(count)
    for query in range(queries):
        others = [i for i in by_distance(codes[query], codes)[0] if i != query]
        hits = 0
        for k, other in enumerate(others[:count]):
            hits += labels[other] == labels[query]
            shares[k] += hits / (k + 1) / queries
    return shares


# the nearest images


@pytest.mark.parametrize(("count", "images", "size"), [(1, 40, 3), (7, 40, 3), (40, 40, 30), (5, 12, 1)])
def test_the_nearest_images_are_those_of_a_loop_nearest_first(count, images, size):
    codes, queries = random_codes(images, size), random_codes(9, size, seed=5)
    found = nearest_images(queries, codes, count)
    assert found.indices.shape == found.distances.shape == (9, count)
    for query, indices, distances in zip(queries, found.indices, found.distances, strict=True):
        expected, how_far = by_distance(query, codes)
        assert indices.tolist() == expected[:count]
        np.testing.assert_allclose(distances, how_far[:count], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("at_once", [1, 4, 9, 500])
def test_queries_in_parts_find_the_same(monkeypatch, at_once):
    codes, queries = random_codes(40), random_codes(9, seed=5)
    whole = nearest_images(queries, codes, 6)
    monkeypatch.setattr(retrieval, "QUERIES_AT_ONCE", at_once)
    parts = nearest_images(queries, codes, 6)
    np.testing.assert_array_equal(parts.indices, whole.indices)
    np.testing.assert_allclose(parts.distances, whole.distances, rtol=1e-4)


def test_of_images_that_are_equally_far_each_is_found_once():
    codes = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [3, 0]], np.float32)
    found = nearest_images(np.zeros((1, 2), np.float32), codes, 4)
    assert sorted(found.indices[0]) == [0, 1, 2, 3]
    np.testing.assert_allclose(found.distances[0], 1)


def test_images_with_the_same_description_are_at_distance_0():
    codes = np.repeat(random_codes(3), 4, axis=0)
    found = nearest_images(codes[:1], codes, 5)
    assert sorted(found.indices[0][:4]) == [0, 1, 2, 3]
    np.testing.assert_allclose(found.distances[0, :4], 0, atol=1e-3)
    assert found.distances[0, 4] > 0.1


# precision


@pytest.mark.parametrize(
    ("images", "queries", "count"), [(30, 30, 5), (30, 7, 12), (30, 30, 29), (30, 1, 1), (2, 2, 1)]
)
@pytest.mark.parametrize("size", [1, 3, 30])
def test_precision_is_that_of_a_loop(images, queries, count, size):
    codes, labels = random_codes(images, size), random_labels(images)
    precision = precision_at(codes, labels, queries, count)
    assert precision.shape == (count,)
    np.testing.assert_allclose(precision, literal_precision(codes, labels, queries, count), atol=1e-12)


def test_among_all_others_the_share_is_that_of_the_class():
    labels = np.array([0, 0, 0, 1, 1, 2], np.uint8)
    precision = precision_at(random_codes(6), labels, 6, 5)
    assert precision[-1] == pytest.approx((3 * 2 + 2 * 1) / 6 / 5)


def test_classes_far_apart_are_found_first_and_labels_by_chance_are_not():
    labels = np.repeat(np.arange(4, dtype=np.uint8), 50)
    codes = random_codes(200) + 100 * np.eye(4, 3, dtype=np.float32)[labels]
    np.testing.assert_array_equal(precision_at(codes, labels, 200, 49), 1)
    by_chance = precision_at(random_codes(200), labels, 200, 49)
    assert by_chance[-1] == pytest.approx(49 / 199, abs=0.03)


def test_an_image_with_doubles_does_not_find_itself():
    """Of ten images that are all alike only the first has its class, and itself is not counted wherever it is found."""
    codes, labels = np.zeros((10, 3), np.float32), np.array([1, *[0] * 9], np.uint8)
    for count in (1, 4, 9):
        np.testing.assert_array_equal(precision_at(codes, labels, 1, count), 0)
    assert precision_at(codes, labels, 10, 9)[-1] == pytest.approx(0.9 * 8 / 9)


@pytest.mark.parametrize("count", [1, 2, 5, 11])
def test_doubles_of_one_class_are_all_found_whatever_is_at_the_end(count):
    """More doubles than are asked for: one of them is left out, be it the query itself or not."""
    codes = np.concatenate([np.zeros((12, 3)), np.full((12, 3), 5.0)]).astype(np.float32)
    labels = np.repeat(np.array([0, 1], np.uint8), 12)
    np.testing.assert_array_equal(precision_at(codes, labels, 24, count), 1)


def test_with_doubles_of_two_classes_every_share_is_that_of_some_order():
    codes, labels = np.repeat(random_codes(5), 4, axis=0), np.tile(np.array([0, 0, 0, 1], np.uint8), 5)
    precision = precision_at(codes, labels, 20, 3)
    assert precision[2] == pytest.approx((3 * 2 / 3 + 0) / 4)  # the three doubles, in whatever order
    assert 0 <= precision[0] <= 1
