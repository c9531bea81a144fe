import itertools

import numpy as np
import pytest

from explorer.plots.latents import (
    BAR_COLORS,
    OFF,
    LatentSpread,
    bars_3d,
    common_ranges,
    latent_boxes,
    scatter_3d,
)
from explorer.plots.palette import CURRENT, DIGITS

IMAGES, UNITS = 200, 30
ROWS = ("x", "x2", "x3", "x4")


def spread(latents=6, off=(1, 4)):
    rng = np.random.default_rng(latents)
    active = ~np.isin(np.arange(latents), off)
    return LatentSpread(
        kl=rng.uniform(0, 5, latents),
        mean=rng.standard_normal((IMAGES, latents)) * np.arange(1, latents + 1),
        variance=rng.uniform(0, 1, (IMAGES, latents)) ** 2,
        weights=rng.standard_normal((UNITS, latents)),
        active=active,
    )


def boxes_of(figure):
    """For each of the three rows of boxes: latent → (lower fence, q1, median, q3, upper fence) and its colour."""
    rows = {axis: {} for axis in ROWS[1:]}
    for trace in figure.data:
        if trace.type == "box":
            numbers = zip(trace.lowerfence, trace.q1, trace.median, trace.q3, trace.upperfence, strict=True)
            for latent, five in zip(trace.x, numbers, strict=True):
                assert latent not in rows[trace.xaxis]
                rows[trace.xaxis][int(latent)] = (five, trace.marker.color)
    return rows


@pytest.mark.parametrize(("latents", "off"), [(6, (1, 4)), (1, ()), (1, (0,)), (2, ()), (50, range(50)), (50, (3,))])
def test_each_row_has_one_box_for_each_latent_with_its_percentiles(latents, off):
    given = spread(latents, off)
    rows = boxes_of(latent_boxes(given, "A title"))
    for axis, values in zip(ROWS[1:], (given.mean, given.variance, given.weights), strict=True):
        assert sorted(rows[axis]) == list(range(latents))
        for latent, (five, color) in rows[axis].items():
            expected = np.percentile(values[:, latent], [5, 25, 50, 75, 95])
            np.testing.assert_allclose(five, expected, rtol=1e-6)
            assert color == (CURRENT if given.active[latent] else OFF)


def test_bars_are_the_kl_in_the_colour_of_their_latent():
    given = spread()
    (bars,) = [trace for trace in latent_boxes(given, "").data if trace.type == "bar"]
    assert list(bars.x) == list(range(6))
    np.testing.assert_allclose(bars.y, given.kl)
    assert list(bars.marker.color) == [CURRENT, OFF, CURRENT, CURRENT, OFF, CURRENT]
    assert bars.xaxis == "x"
    assert CURRENT != OFF


def test_models_beside_each_other_have_axes_that_hold_the_boxes_of_both():
    both = [spread(2, ()), spread(6)]
    ranges = common_ranges(both)
    for given in both:
        figure = latent_boxes(given, "", ranges)
        assert [figure.layout[f"yaxis{row or ''}"].range for row in ("", 2, 3, 4)] == list(ranges)
        (kl, *others), boxes = ranges, boxes_of(figure)
        assert kl[0] == 0
        assert kl[1] > given.kl.max()
        for (low, high), row in zip(others, boxes.values(), strict=True):
            assert all(low < five[0] and five[-1] < high for five, _ in row.values())


def test_rows_are_aligned_and_every_axis_says_what_it_is():
    figure = latent_boxes(spread(), "A title")
    assert figure.layout.title.text == "A title"
    titles = [figure.layout[f"yaxis{number or ''}"].title.text for number in ("", 2, 3, 4)]
    assert titles == ["KL (nats)", "μ", "σ²", "decoder weights"]
    assert figure.layout.xaxis4.title.text == "latent"
    matched = {figure.layout[f"xaxis{number or ''}"].matches for number in ("", 2, 3)}
    assert matched == {"x4"}  # one scale for all four rows, whatever is zoomed
    domains = {figure.layout[f"xaxis{number or ''}"].domain for number in ("", 2, 3, 4)}
    assert len(domains) == 1


@pytest.mark.parametrize(("latents", "step"), [(20, 1), (50, 5)])
def test_many_latents_have_fewer_numbers(latents, step):
    assert latent_boxes(spread(latents), "").layout.xaxis4.dtick == step


# three dimensions


def heights_of(mesh):
    """Latent → (height, depth, corners) of each bar of a mesh of boxes."""
    corners = np.stack([mesh.x, mesh.y, mesh.z], axis=1).reshape(-1, 8, 3)
    return {round(box[:, 0].mean()): (box[:, 2].max(), box[:, 1].mean(), box) for box in corners}


@pytest.mark.parametrize("latents", [1, 6, 50])
def test_bars_are_as_high_as_the_figures(latents):
    given = spread(latents)
    figure = bars_3d(given, "A title")
    expected = [given.mean.std(axis=0), given.variance.mean(axis=0), given.weights.std(axis=0)]
    assert [mesh.color for mesh in figure.data] == list(BAR_COLORS)
    assert len(set(BAR_COLORS)) == 3
    for row, (mesh, heights) in enumerate(zip(figure.data, expected, strict=True)):
        bars = heights_of(mesh)
        assert sorted(bars) == list(range(latents))
        for latent, (height, depth, box) in bars.items():
            assert height == pytest.approx(heights[latent])
            assert depth == pytest.approx(row)
            assert box[:, 2].min() == 0
            assert f"latent {latent}: " in mesh.text[8 * latent]
            assert f"{heights[latent]:.3f}" in mesh.text[8 * latent]
    assert list(figure.layout.scene.yaxis.ticktext) == ["μ", "σ²", "weights"]
    assert figure.layout.scene.xaxis.title.text == "latent"
    assert figure.layout.title.text == "A title"


def test_a_row_of_bars_does_not_hide_the_one_behind_it():
    figure = bars_3d(spread(6), "", 1.0)
    scene, boxes = figure.layout.scene, [heights_of(mesh)[0][2] for mesh in figure.data]
    eye, size = scene.camera.eye, scene.aspectratio
    elevation = np.arctan2(eye.z, np.hypot(eye.x, eye.y))
    unit = size.y / (boxes[2][:, 1].max() - boxes[0][:, 1].min())  # of the axis across the rows
    gap = unit * (boxes[1][:, 1].min() - boxes[0][:, 1].max())
    assert gap * np.sin(elevation) > size.z * np.cos(elevation)  # of a bar up to the top of its axis, from far away


def test_bars_do_not_touch_and_are_closed():
    mesh = bars_3d(spread(6), "").data[0]
    boxes = [box for _, _, box in heights_of(mesh).values()]
    assert all(a[:, 0].max() < b[:, 0].min() for a, b in itertools.pairwise(boxes))
    triangles = np.stack([mesh.i, mesh.j, mesh.k], axis=1).reshape(6, 12, 3)
    for number, faces in enumerate(triangles):
        assert set(faces.ravel()) == set(range(8 * number, 8 * number + 8))
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        _, shared = np.unique(edges, axis=0, return_counts=True)
        assert (shared == 2).all()  # each edge of a closed surface has two sides
        points = boxes[number][faces - 8 * number]
        normals = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
        assert (abs(normals) > 1e-9).sum(axis=1).tolist() == [1] * 12  # flat against one axis, none degenerate
        middle = boxes[number].mean(axis=0)
        outward = (normals * (points.mean(axis=1) - middle)).sum(axis=1)
        assert len(set(np.sign(outward))) == 1  # all the same way round
        solid = abs((points[:, 0] * np.cross(points[:, 1], points[:, 2])).sum() / 6)
        assert solid == pytest.approx(np.prod(np.ptp(boxes[number], axis=0)))


def test_points_are_coloured_by_their_class():
    rng = np.random.default_rng(0)
    positions, labels = rng.standard_normal((90, 3)), rng.integers(0, 9, 90)  # none of the tenth class
    names = [f"digit {number}" for number in range(10)]
    figure = scatter_3d(positions, labels, names, "A title", "code")
    assert [trace.name for trace in figure.data] == names
    assert [trace.marker.color for trace in figure.data] == list(DIGITS)
    for number, trace in enumerate(figure.data):
        points = np.stack([trace.x, trace.y, trace.z], axis=1)
        np.testing.assert_array_equal(points, positions[labels == number])
    assert len(figure.data[9].x) == 0
    assert [figure.layout.scene[f"{axis}axis"].title.text for axis in "xyz"] == ["code 0", "code 1", "code 2"]
    assert figure.layout.title.text == "A title"


def test_more_classes_than_colours_take_them_again():
    positions, labels = np.random.default_rng(0).standard_normal((48, 3)), np.arange(48) % 12
    figure = scatter_3d(positions, labels, [str(number) for number in range(12)], "", "code")
    assert [trace.marker.color for trace in figure.data] == [*DIGITS, *DIGITS[:2]]
