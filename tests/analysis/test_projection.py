import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.projection import LinearProjection, principal_axes, two_latents


def some_latents(count=300, size=6):
    """Points that vary by different amounts in directions of no axis, around a place that is not 0."""
    rng = np.random.default_rng(0)
    turned, _ = np.linalg.qr(rng.standard_normal((size, size)))
    return (rng.standard_normal((count, size)) * np.arange(size, 0, -1) @ turned + 3).astype(np.float32)


def assert_orthonormal(projection):
    np.testing.assert_allclose(projection.axes @ projection.axes.T, np.eye(2), atol=1e-5)


def assert_walks_back(projection, latents):
    places = np.random.default_rng(1).uniform(-5, 5, (20, 2)).astype(np.float32)
    z = projection.back(places)
    assert z.shape == (20, latents)
    np.testing.assert_allclose(projection.project(z), places, atol=1e-4)
    np.testing.assert_allclose(projection.back(projection.project(z)), z, atol=1e-4)


def test_codes_that_are_all_the_same_have_a_plane_all_the_same():
    same = np.full((50, 6), 0.3, np.float32)
    projection = principal_axes(same)
    assert_orthonormal(projection)
    np.testing.assert_allclose(projection.project(same), np.full((50, 2), 0.3), atol=1e-6)


# two latents


@pytest.mark.parametrize(("latents", "first", "second"), [(2, 0, 1), (2, 1, 0), (7, 4, 2)])
def test_two_latents_are_two_columns_and_the_way_back(latents, first, second):
    projection = two_latents(latents, first, second)
    z = some_latents(size=latents)
    np.testing.assert_array_equal(projection.project(z), z[:, [first, second]])
    back = projection.back(np.array([[1.5, -2.5]], np.float32))[0]
    expected = np.zeros(latents)
    expected[[first, second]] = 1.5, -2.5
    np.testing.assert_array_equal(back, expected)
    assert_orthonormal(projection)
    assert_walks_back(projection, latents)


def test_the_second_axis_of_a_single_latent_stands_still():
    projection = two_latents(1, 0, 0)
    np.testing.assert_array_equal(projection.project(np.array([[2.0], [-1.0]], np.float32)), [[2, 0], [-1, 0]])
    np.testing.assert_array_equal(projection.back(np.array([[2, 5], [-1, -3]], np.float32)), [[2], [-1]])


def test_positions_of_many_frames_are_projected_at_once():
    projection, z = two_latents(3, 0, 2), some_latents(24, 3).reshape(4, 6, 3)
    positions = projection.project(z)
    assert positions.shape == (4, 6, 2)
    assert positions.dtype == np.float32
    np.testing.assert_array_equal(projection.back(positions)[..., [0, 2]], z[..., [0, 2]])


# principal axes


@pytest.mark.parametrize("size", [3, 6, 50])
def test_principal_axes_are_those_of_the_singular_value_decomposition(size):
    z = some_latents(size=size)
    projection = principal_axes(z)
    centred = z.astype(float) - z.mean(axis=0, dtype=float)
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(projection.origin, z.mean(axis=0), rtol=1e-4)
    for axis, direction in zip(projection.axes, directions, strict=False):
        assert abs(axis @ direction) == pytest.approx(1, abs=1e-4)
    positions = projection.project(z)
    np.testing.assert_allclose(positions.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(positions.var(axis=0), singular[:2] ** 2 / len(z), rtol=1e-3)
    assert abs(np.corrcoef(positions.T)[0, 1]) < 1e-3
    assert_orthonormal(projection)
    assert_walks_back(projection, size)


def test_what_lies_in_a_plane_is_found_again():
    plane = LinearProjection(np.array([[0.6, 0.8, 0], [0, 0, 1]], np.float32), np.array([1, 2, 3], np.float32))
    places = np.random.default_rng(2).standard_normal((40, 2)).astype(np.float32)
    z = plane.back(places)
    np.testing.assert_allclose(plane.project(z), places, atol=1e-5)
    found = principal_axes(z)
    np.testing.assert_allclose(found.back(found.project(z)), z, atol=1e-4)
    off = z + np.array([0.8, -0.6, 0], np.float32)  # at a right angle to the plane
    np.testing.assert_allclose(plane.back(plane.project(off)), z, atol=1e-5)


# UMAP

TWICE = """
import sys, numpy as np
from explorer.analysis.umap_program import lay_out
points = np.load(sys.argv[1])
np.save(sys.argv[2], [lay_out(points, 0), lay_out(points, 0)])
from umap import umap_, utils
for each in (utils.fast_knn_indices, umap_.smooth_knn_dist, umap_.compute_membership_strengths):
    print(each.stats.cache_path)
"""


def test_umap_keeps_neighbours_together_and_its_seed(tmp_path):
    """Three groups far apart, and the same picture each time; what was compiled for it is kept for other processes."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(3), [70, 70, 60])
    z = (rng.standard_normal((200, 5)) + 20 * np.eye(5)[group]).astype(np.float32)
    np.save(tmp_path / "points.npy", z)
    command = [sys.executable, "-c", TWICE, tmp_path / "points.npy", tmp_path / "positions.npy"]
    kept = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    assert [Path(folder).is_dir() for folder in kept] == [True] * 3
    positions, again = np.load(tmp_path / "positions.npy")
    assert positions.shape == (200, 2)
    assert positions.dtype == np.float32
    assert np.isfinite(positions).all()
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    nearest = np.argsort(distance, axis=1)[:, 1:11]
    assert (group[nearest] == group[:, None]).mean() > 0.99
    np.testing.assert_array_equal(again, positions)
