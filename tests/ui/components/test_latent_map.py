"""The latent map: what it sends, what it makes of the answers, and how it behaves in a browser."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from explorer.plots.palette import DIGITS
from explorer.ui.components import latent_map
from explorer.ui.components.latent_layers import (
    NOWHERE,
    Cloud,
    DecodedGrid,
    encode_cloud,
    encode_grid,
    encode_images,
)
from tests.browser import chromium, served, settled, visited

SCRIPT = """
import json
import numpy as np
import streamlit as st
from explorer.ui.components.latent_map import Cloud, DecodedGrid, latent_map

st.set_page_config(layout="wide")
st.session_state.runs = st.session_state.get("runs", 0) + 1
rng = np.random.default_rng(0)
# two points to measure by, one on a node of the grid, one between four, two clusters that stay, one that moves
still = [[-2, -2], [2, 2], [1, 0], [-0.5, -1.5]]
still += [*rng.normal([-1, 1], 0.05, (10, 2)), *rng.normal([1.5, -1], 0.05, (5, 2))]
positions = np.array([[*still, [-2.5 + 2 * frame, 2.5]] for frame in range(3)], np.float32)
positions[1, 5] = np.nan
classes = np.array([0, 1, 2, 3, *[4] * 10, *[5] * 5, 6], np.uint8)
grid = DecodedGrid(rng.integers(0, 256, (7, 7, 8, 8)).astype(np.uint8), x=(-3, 3), y=(3, -3), frame=2)
images = rng.integers(0, 256, (20, 8, 8)).astype(np.uint8)

with st.sidebar:
    points = int(st.number_input("points", 0, 20, 20))
    frames = int(st.number_input("frames", 1, 3, 3))
    frame = int(st.number_input("frame", -1, 50, -1))
    z = st.text_input("z")
    with_grid = st.checkbox("grid", True)
    shown = st.checkbox("shown", True)
    st.button("again")
log = st.session_state.setdefault("log", [])
if shown:
    state = latent_map(
        "map",
        Cloud(positions[:frames, :points], [f"epoch {5 * i}" for i in range(frames)], classes[:points], "abcdefg"),
        grid=grid if with_grid else None,
        images=images[:points] if points else None,
        frame=frame if frame >= 0 else None,
        z=tuple(json.loads(z)) if z else None,
        path_points=16,
        on_frame=lambda now: log.append(f"frame {now.frame}"),
        on_z=lambda now: log.append("z"),
        on_path=lambda now: log.append(f"path {len(now.path)}"),
        on_selected=lambda now: log.append(f"selected {len(now.selected)}"),
    )
    st.text(f"state {state.frame} {json.dumps([state.z, state.path, state.selected])}")
st.text(f"runs {st.session_state.runs}")
st.text(f"log {log}")
"""
RNG = np.random.default_rng(0)
RNG.normal(size=(15, 2))
GRID = RNG.integers(0, 256, (7, 7, 8, 8)).astype(np.uint8)
IMAGES = RNG.integers(0, 256, (20, 8, 8)).astype(np.uint8)
SHEET = "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).filter((_, i) => i % 4 === 0)"


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


def app(script: str = SCRIPT) -> AppTest:
    return AppTest.from_string(script, default_timeout=30)


def state(test: AppTest) -> str:
    assert not test.exception
    return next(text.value for text in test.text if text.value.startswith("state"))


def sent(test: AppTest) -> dict:
    return json.loads(test.get("bidi_component")[0].proto.json)


def test_without_a_browser_the_last_frame_is_the_state():
    assert state(app().run()) == "state 2 [null, [], []]"


def test_pictures_are_sent_by_their_address():
    data = sent(app().run())
    assert re.fullmatch(r"/.*media/\w+\.png", data["grid"]["sheet"])
    assert re.fullmatch(r"/.*media/\w+\.png", data["images"]["sheet"])
    assert data["grid"]["sheet"] != data["images"]["sheet"]


def test_images_are_packed_once_for_all_sessions(monkeypatch):
    packed = []
    monkeypatch.setattr(latent_map, "encode_images", lambda images: packed.append(1) or encode_images(images))
    latent_map._cached_images.clear()
    for _ in range(2):
        app().run().run()
    assert len(packed) == 1


def test_no_points_are_no_error():
    test = app().run()
    test.number_input[0].set_value(0).run()
    assert state(test) == "state 2 [null, [], []]"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("images[:points]", "images[:5]", "20 points need as many images, not 5"),
        ("path_points=16", "path_points=65", "2 to 64 points, not 65"),
        ("path_points=16", "path_points=1", "2 to 64 points, not 1"),
    ],
)
def test_what_does_not_fit_the_cloud_is_refused(old, new, message):
    test = app(SCRIPT.replace(old, new)).run()
    assert message in test.exception[0].message


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"frame": {"value": 1}, "z": {"value": [0.5, -2]}}, "state 1 [[0.5, -2.0], [], []]"),
        ({"frame": {"value": 99}}, "state 2 [null, [], []]"),
        ({"path": {"value": [[0, 0], [1, 2]]}}, "state 2 [null, [[0.0, 0.0], [1.0, 2.0]], []]"),
        ({"selection": {"value": [19, 0, 3, 3]}}, "state 2 [null, [], [0, 3, 19]]"),
        ({"path": {"value": []}, "selection": {"value": []}, "z": {"value": None}}, "state 2 [null, [], []]"),
    ],
)
def test_what_the_browser_reports_is_taken_over(report, expected):
    test = app()
    test.session_state["map"] = report
    assert state(test.run()) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frame", -1),
        ("frame", True),
        ("frame", "1"),
        ("z", [1]),
        ("z", [1, 2, 3]),
        ("z", [1, "2"]),
        ("z", [True, 0]),
        ("z", [math.nan, 0]),
        ("z", [0, math.inf]),
        ("z", [10**400, 0]),
        ("z", {"x": 1}),
        ("path", [[0, 0]]),
        ("path", [[0, 0], [1, None]]),
        ("path", [[0, 0]] * 65),
        ("path", 3),
        ("selection", [20]),
        ("selection", [-1]),
        ("selection", [0.5]),
        ("selection", [0] * 21),
        ("selection", "0"),
    ],
)
def test_anything_malformed_is_refused(name, value):
    test = app()
    test.session_state["map"] = {name: {"value": value}}
    assert state(test.run()) == "state 2 [null, [], []]"


@pytest.mark.parametrize("report", ["x", {"z": 3}, {"z": {"value": [1, 1], "token": "outdated"}}])
def test_what_is_no_report_or_an_outdated_one_is_ignored(report):
    test = app()
    test.session_state["map"] = report
    assert state(test.run()) == "state 2 [null, [], []]"


def test_a_selection_of_points_that_are_gone_is_shortened():
    test = app()
    test.session_state["map"] = {"selection": {"value": [3, 18]}}
    test.run()
    test.number_input[0].set_value(10).run()
    assert state(test) == "state 2 [null, [], [3]]"


def test_the_script_moves_frame_and_z_only_when_it_asks_for_something_new():
    test = app().run()
    test.number_input[2].set_value(1).run()
    test.text_input[0].set_value("[1, 2]").run()
    assert state(test) == "state 1 [[1.0, 2.0], [], []]"
    token = test.session_state["map.z"].token
    test.session_state["map"] = {"z": {"value": [0.5, 0.5], "token": token}}
    assert state(test.run()) == "state 1 [[0.5, 0.5], [], []]"  # the user went on, the script still says the same
    test.text_input[0].set_value("[0.5, 0.5]").run()
    assert test.session_state["map.z"].token == token  # where the user is already
    test.text_input[0].set_value("[3, 3]").run()
    assert state(test) == "state 1 [[3.0, 3.0], [], []]"
    assert test.session_state["map.z"].token != token


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("latent_map") / "script.py"
    script.write_text(SCRIPT, "utf-8")
    with served(script) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, address):
    with visited(browser, address) as page:
        ready(page)
        yield page


def ready(page):
    """Wait until the pictures are there."""
    page.locator(".here figcaption", has_text="z₁").wait_for()
    page.wait_for_timeout(300)


def says(page, text):
    page.get_by_text(re.compile(f"^{re.escape(text)}")).wait_for(timeout=10_000)


def told(page):
    """The frame, z, the path and the selection that Python was told."""
    settled(page)
    _, frame, rest = page.get_by_text(re.compile("^state ")).inner_text().split(" ", 2)
    return int(frame), *json.loads(rest)


def enter(page, name, value):
    page.get_by_label(name, exact=True).fill(str(value))
    page.get_by_label(name, exact=True).press("Enter")
    settled(page)
    page.wait_for_timeout(200)


def drawn(page):
    """Wait until what was asked for before is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def center_of(page, index):
    """Where the points of a class are on the page, from the pixels in their colour; None if there are none."""
    drawn(page)
    url = page.locator(".points").evaluate("canvas => canvas.toDataURL()")
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))
    color = [int(DIGITS[index][i : i + 2], 16) for i in (1, 3, 5)]
    rows, columns = np.nonzero((picture == color).all(axis=-1))
    box = page.locator(".map").bounding_box()
    return (box["x"] + columns.mean() + 0.5, box["y"] + rows.mean() + 0.5) if len(rows) else None


def scale(page):
    """Pixels per latent unit, and the page's pixel of the latent origin, measured on two points."""
    (left, bottom), (right, top) = center_of(page, 0), center_of(page, 1)  # at (-2, -2) and at (2, 2)
    assert (right - left) == pytest.approx(bottom - top, abs=2)
    return (right - left) / 4, ((left + right) / 2, (bottom + top) / 2)


def mapping(page):
    """A function from a latent position to the page's pixel, as the map is now."""
    unit, (left, top) = scale(page)
    return lambda x, y: (left + unit * x, top - unit * y)


def place(page, x, y):
    return mapping(page)(x, y)


def move(page, x, y):
    page.mouse.move(x, y)
    drawn(page)


def shown(page, name="decoded"):
    return np.array(page.locator(f".{name}").evaluate(SHEET)).reshape(8, 8)


def interpolated(x, y):
    """What lies at a latent position: the grid has columns at -3 … 3 and rows at 3 … -3."""
    column, row = np.clip(x + 3, 0, 6), np.clip(3 - y, 0, 6)
    left, top = min(int(column), 5), min(int(row), 5)
    across, down = column - left, row - top
    above = (1 - across) * GRID[top, left] + across * GRID[top, left + 1]
    below = (1 - across) * GRID[top + 1, left] + across * GRID[top + 1, left + 1]
    return (1 - down) * above + down * below


def drag(page, *corners, release=True):
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=12)
    if release:
        page.mouse.up()


def tool(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.browser
def test_hovering_decodes_without_the_server(page):
    pictures = []
    for x, y in ((0.3, 0.4), (-1.6, -0.7), (2.4, 1.2)):
        move(page, *place(page, x, y))
        pictures.append(shown(page))
        assert abs(pictures[-1] - interpolated(x, y)).mean() < 6  # a pixel is worth 4 levels
    assert all((abs(a - b) > 10).sum() > 20 for a, b in zip(pictures, pictures[1:] + pictures[:1], strict=True))
    page.wait_for_timeout(300)
    says(page, "runs 1")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("index", "expected"),
    [(2, GRID[3, 4]), (3, GRID[4:6, 2:4].mean((0, 1)))],
)
def test_the_picture_at_a_node_is_the_sent_one_and_between_four_their_mean(page, index, expected):
    move(page, *center_of(page, index))
    assert abs(shown(page, "again") - expected).max() <= 2
    np.testing.assert_array_equal(shown(page, "original"), IMAGES[index])
    for _ in range(4):  # so near that a pixel makes no difference
        page.mouse.wheel(0, -300)
        move(page, *center_of(page, index))
    assert abs(shown(page) - expected).max() <= 2


@pytest.mark.browser
def test_beyond_the_grid_its_nearest_edge_is_shown(page):
    caption = page.locator(".here figcaption")
    move(page, *place(page, 0, 2.9))
    expect(caption).not_to_contain_text("outside")
    move(page, *place(page, 0, 3.15))
    expect(caption).to_contain_text("outside the decoded area")
    assert abs(shown(page) - interpolated(0, 3)).mean() < 4
    enter(page, "frame", 0)
    expect(caption).to_contain_text("decoded by epoch 10")  # not by the one that is shown


@pytest.mark.browser
def test_a_click_sets_z(page):
    unit, _ = scale(page)
    page.mouse.click(*place(page, 0.7, -2.2))
    says(page, "runs 2")
    _, z, _, _ = told(page)
    np.testing.assert_allclose(z, [0.7, -2.2], atol=1.5 / unit)
    says(page, "log ['z']")
    page.mouse.move(5, 5)
    page.wait_for_timeout(100)
    assert abs(shown(page) - interpolated(*z)).max() <= 2  # the pointer is gone: z is decoded


@pytest.mark.browser
def test_the_script_moves_z(page):
    enter(page, "z", "[1, 0]")
    page.wait_for_timeout(100)
    assert abs(shown(page) - GRID[3, 4]).max() <= 2


@pytest.mark.browser
def test_a_path_is_reported_equally_spaced_and_stays(page):
    unit, _ = scale(page)
    tool(page, "Path")
    at = mapping(page)
    drag(page, at(-2, 0), at(0, 0), at(0, -2.5), release=False)
    page.wait_for_timeout(300)
    says(page, "runs 1")
    page.mouse.up()
    says(page, "log ['path 16']")
    path = np.array(told(page)[2])
    assert path.shape == (16, 2)
    corners = np.array([[-2, 0], [0, -2.5]])
    np.testing.assert_allclose(path[[0, -1]], corners, atol=2 / unit)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.sum() == pytest.approx(4.5, abs=0.1)
    assert np.sort(steps)[1:] == pytest.approx(4.5 / 15, abs=0.01)  # one step cuts the corner
    assert inked(page, at(-1, 0))
    page.get_by_role("button", name="again").click()
    says(page, "runs 3")
    assert inked(page, at(-1, 0))
    page.locator(".map").focus()
    page.keyboard.press("Escape")
    says(page, "log ['path 16', 'path 0']")
    assert not inked(page, at(-1, 0))


def inked(page, place):
    """Whether a mark lies over the points there."""
    drawn(page)
    box = page.locator(".map").bounding_box()
    at = [round(place[0] - box["x"]), round(place[1] - box["y"])]
    read = "(canvas, [x, y]) => canvas.getContext('2d').getImageData(x, y, 1, 1).data[3]"
    return page.locator(".marks").evaluate(read, at) > 0


@pytest.mark.browser
def test_a_lasso_selects_the_shown_points_inside(page):
    at = mapping(page)
    right = at(0, 3), at(0, -3), at(3, -3), at(3, 3)
    tool(page, "Lasso")
    drag(page, at(-1.5, 1.5), at(-0.5, 1.5), at(-0.5, 0.5), at(-1.5, 0.5))
    says(page, "log ['selected 10']")
    assert told(page)[3] == list(range(4, 14))
    assert center_of(page, 5) is None  # the others are faint
    assert center_of(page, 4) is not None
    drag(page, *right)
    says(page, "log ['selected 10', 'selected 8']")
    page.get_by_role("button", name="f", exact=True).click()
    drag(page, *right)
    says(page, "log ['selected 10', 'selected 8', 'selected 3']")
    page.get_by_role("button", name="Clear path and selection").click()
    says(page, "log ['selected 10', 'selected 8', 'selected 3', 'selected 0']")


@pytest.mark.browser
def test_the_move_tool_and_the_wheel_change_the_view_and_nothing_else(page):
    unit, _ = scale(page)
    before = place(page, 0, 0)
    drag(page, before, (before[0] + unit / 2, before[1] + unit / 2))
    np.testing.assert_allclose(place(page, 0, 0), (before[0] + unit / 2, before[1] + unit / 2), atol=2)
    page.get_by_role("button", name="Show the whole map").click()
    np.testing.assert_allclose(place(page, 0, 0), before, atol=1)
    move(page, *center_of(page, 2))
    page.mouse.wheel(0, -60)
    page.wait_for_timeout(200)
    assert scale(page)[0] == pytest.approx(unit * math.exp(60 / 400), rel=0.02)
    np.testing.assert_allclose(center_of(page, 2), place(page, 1, 0), atol=2)
    assert page.evaluate("() => scrollY") == 0
    says(page, "runs 1")


@pytest.mark.browser
def test_the_legend_filters(page):
    legend = page.get_by_role("group", name="Classes shown").get_by_role("button")
    everything = [True] * 7
    only_third = [index == 2 for index in range(7)]

    def visible():
        drawn = [center_of(page, index) is not None for index in range(7)]
        assert [button.get_attribute("aria-pressed") == "true" for button in legend.all()] == drawn
        return drawn

    assert visible() == everything
    legend.nth(2).click()
    assert visible() == [not only for only in only_third]
    page.wait_for_timeout(600)  # two clicks apart are not a double click
    legend.nth(2).click()
    assert visible() == everything
    page.wait_for_timeout(600)
    legend.nth(2).dblclick()
    assert visible() == only_third
    page.wait_for_timeout(600)
    legend.nth(2).focus()
    page.keyboard.press("Shift+Enter")
    assert visible() == everything
    page.keyboard.press("Shift+Enter")
    assert visible() == only_third
    page.keyboard.press("Space")
    assert not any(visible())
    says(page, "runs 1")


@pytest.mark.browser
def test_the_keyboard_decodes_sets_z_and_zooms(page):
    tool(page, "Move")
    page.get_by_role("button", name="Download the map").focus()
    page.keyboard.press("Tab")
    before = shown(page)
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    page.wait_for_timeout(100)
    assert not np.array_equal(shown(page), before)
    unit, _ = scale(page)
    expected = [16 / unit, 48 / unit]  # pixels from the middle
    spoken = page.locator(".latent-map [aria-live]")
    expect(spoken).to_have_text(f"z₁ {expected[0]:.2f}, z₂ {expected[1]:.2f}, nearest class c")
    page.keyboard.press("Enter")
    says(page, "log ['z']")
    np.testing.assert_allclose(told(page)[1], expected, atol=1 / unit)
    page.keyboard.press("-")
    page.wait_for_timeout(100)
    assert scale(page)[0] == pytest.approx(unit / 1.5, rel=0.03)
    page.keyboard.press("0")
    page.wait_for_timeout(100)
    assert scale(page)[0] == pytest.approx(unit, rel=0.01)
    page.keyboard.press("+")
    expect(page.locator(".map")).to_be_focused()


@pytest.mark.browser
def test_a_path_and_a_lasso_by_keyboard(page):
    unit, _ = scale(page)
    tool(page, "Path")
    page.locator(".map").focus()
    for key in ("Space", "Shift+ArrowRight", "Space", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    says(page, "log ['path 16']")
    path = np.array(told(page)[2])
    np.testing.assert_allclose(path[-1] - path[0], [48 / unit, -48 / unit], atol=0.02)
    tool(page, "Lasso")
    page.locator(".map").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")  # gives up the lasso, keeps the path
    page.keyboard.press("Enter")
    says(page, "log ['path 16', 'z']")


def grip(page, share):
    """Take hold of the slider at its end and drag it to a share of its track, without letting go."""
    box = page.locator(".slider").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=10)


@pytest.mark.browser
def test_the_slider_moves_the_cloud_and_reports_on_release(page):
    unit, _ = scale(page)
    last, still = center_of(page, 6), center_of(page, 2)
    grip(page, 0.02)
    first = center_of(page, 6)
    assert last[0] - first[0] == pytest.approx(4 * unit, abs=2)
    assert first[1] == pytest.approx(last[1], abs=1)
    assert center_of(page, 2) == still  # the axes stand still
    expect(page.locator(".label")).to_have_text("epoch 0")
    says(page, "runs 1")
    page.mouse.up()
    says(page, "log ['frame 0']")
    assert told(page)[0] == 0
    page.locator(".slider").press("ArrowRight")
    says(page, "log ['frame 0', 'frame 1']")
    expect(page.locator(".notes")).to_contain_text("1 have no position")


@pytest.mark.browser
def test_playing_moves_the_points_smoothly_and_reports_at_the_end(page):
    grip(page, 0)
    page.mouse.up()
    says(page, "log ['frame 0']")
    page.get_by_role("button", name="Play").click()
    seen = {round(center_of(page, 6)[0]) for _ in range(4)}
    assert len(seen) >= 3
    says(page, "log ['frame 0', 'frame 2']")
    assert page.get_by_role("button", name="Play").count() == 1


@pytest.mark.browser
def test_everything_outlives_reruns_and_remounts(page):
    at = mapping(page)
    page.mouse.click(*at(0.7, -2.2))
    tool(page, "Lasso")
    drag(page, at(-1.5, 1.5), at(-0.5, 1.5), at(-0.5, 0.5), at(-1.5, 0.5))
    grip(page, 0.5)
    page.mouse.up()
    says(page, "log ['z', 'selected 10', 'frame 1']")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="g", exact=True).click()
    before, picture = told(page), page.locator(".points").evaluate("canvas => canvas.toDataURL()")
    page.mouse.move(2, 2)
    for visible in (False, True):
        page.get_by_text("shown", exact=True).click()
        page.locator(".latent-map").wait_for(state="visible" if visible else "detached")
    ready(page)
    assert told(page) == before
    assert page.locator(".points").evaluate("canvas => canvas.toDataURL()") == picture


@pytest.mark.browser
def test_pictures_are_fetched_once(browser, address):
    page = browser.new_page()
    fetched = []
    page.on("request", lambda request: re.search(r":\d+/media/", request.url) and fetched.append(request.url))
    page.goto(address)
    settled(page)
    ready(page)
    assert len(fetched) == len(set(fetched)) == 2
    for _ in range(2):
        page.get_by_role("button", name="again").click()
        settled(page)
    enter(page, "frame", 0)
    page.wait_for_timeout(500)
    assert len(fetched) == 2
    page.close()


@pytest.mark.browser
def test_pictures_that_cannot_be_fetched_leave_a_note(browser, address):
    page = browser.new_page()
    page.route("**/media/*", lambda route: route.fulfill(status=404))
    page.goto(address)
    settled(page)
    expect(page.locator(".notes")).to_contain_text("the server answered 404")
    page.mouse.click(*place(page, 1, 1))
    says(page, "log ['z']")
    page.close()


@pytest.mark.browser
def test_without_a_grid_the_nearest_image_is_shown(page):
    page.get_by_text("grid", exact=True).click()
    settled(page)
    page.wait_for_timeout(300)
    x, y = center_of(page, 2)
    move(page, x + 25, y + 10)
    np.testing.assert_array_equal(shown(page), IMAGES[2])
    expect(page.locator(".here figcaption")).to_have_text("nearest test image")
    expect(page.locator(".where")).to_contain_text("Nearest class: c")
    assert page.locator(".pair").is_hidden()


@pytest.mark.browser
def test_one_frame_has_no_slider_and_no_points_have_a_message(page):
    enter(page, "frames", 1)
    page.locator(".controls").wait_for(state="hidden")
    assert page.locator(".map").is_visible()
    enter(page, "points", 0)
    page.get_by_text("No points to show yet.").wait_for()
    assert page.locator(".map").is_hidden()
    enter(page, "points", 20)
    page.locator(".map").wait_for(state="visible")
    assert center_of(page, 2) is not None


@pytest.mark.browser
def test_a_finger_works_like_the_pointer(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(address)
    settled(page)
    ready(page)
    unit, _ = scale(page)
    page.touchscreen.tap(*place(page, 0.7, -2.2))
    says(page, "log ['z']")
    np.testing.assert_allclose(told(page)[1], [0.7, -2.2], atol=1.5 / unit)
    at = mapping(page)
    touch = context.new_cdp_session(page)
    fingers = [dict(zip("xy", at(x, 0), strict=True)) for x in (-1, 1, 2)]
    for kind, points in (("Start", fingers[:1]), ("Start", fingers[:2]), ("Move", fingers[::2]), ("End", [])):
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    page.wait_for_timeout(200)
    np.testing.assert_allclose(center_of(page, 2), at(2, 0), atol=2)  # from 1: what is under the fingers stays there
    says(page, "log ['z']")
    context.close()


@pytest.mark.browser
def test_the_map_takes_the_colours_of_the_theme(page):
    corner = "canvas => Array.from(canvas.getContext('2d').getImageData(100, 20, 1, 1).data)"
    assert page.locator(".points").evaluate(corner) == [255, 255, 255, 255]
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert max(page.locator(".points").evaluate(corner)[:3]) < 60


@pytest.mark.browser
def test_the_map_is_downloaded(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the map").click()
    assert download.value.suggested_filename == "latent-map-epoch-10.png"
    with Image.open(download.value.path()) as image:
        assert image.width >= 2 * page.locator(".map").bounding_box()["width"] - 2
        assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 400])
def test_the_map_stays_in_its_column(page, width):
    page.set_viewport_size({"width": width, "height": 720})
    page.wait_for_timeout(300)
    column = page.locator(".latent-map").bounding_box()
    for part in ("map", "side", "tools", "controls", "legend"):
        box = page.locator(f".{part}").bounding_box()
        assert box["x"] + box["width"] <= column["x"] + column["width"] + 0.5
    assert center_of(page, 2) is not None


@pytest.mark.browser
def test_everything_has_a_name(page):
    name = "Map of the latent space, 20 points, epoch 10"
    assert page.get_by_role("group", name=name).count() == 1
    assert page.get_by_role("img", name=name).count() == 1
    assert page.get_by_role("application", name="Map of the latent space").count() == 1
    assert page.get_by_role("slider", name="Frame").get_attribute("aria-valuetext") == "epoch 10"
    assert page.get_by_role("img", name=re.compile("^Decoded at z₁")).count() == 1
    for button in page.locator(".latent-map button").all():
        assert button.get_attribute("title")
