"""A page with a latent map, and what tests of it do there and read off it."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from explorer.plots.palette import DIGITS
from tests.browser import settled
from tests.ui.components import page_actions

SCRIPT = """
import json
import numpy as np
import streamlit as st
from explorer.ui.components.latent_map import Circle, Cloud, DecodedGrid, Listeners, MapTexts, Wanted, latent_map

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
    with_circle = st.checkbox("circle", False)
    shown = st.checkbox("shown", True)
    st.button("again")
log = st.session_state.setdefault("log", [])
if shown:
    state = latent_map(
        "map",
        Cloud(positions[:frames, :points], [f"epoch {5 * i}" for i in range(frames)], classes[:points], "abcdefg"),
        grid=grid if with_grid else None,
        images=images[:points] if points else None,
        wanted=Wanted(frame if frame >= 0 else None, tuple(json.loads(z)) if z else None),
        texts=MapTexts(circle=Circle(2.0, "a circle")) if with_circle else MapTexts(),
        path_points=16,
        listeners=Listeners(
            on_frame=lambda now: log.append(f"frame {now.frame}"),
            on_z=lambda now: log.append("z"),
            on_path=lambda now: log.append(f"path {len(now.path)}"),
            on_selected=lambda now: log.append(f"selected {len(now.selected)}"),
        ),
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


def ready(page):
    """Wait until the pictures are there."""
    page.locator(".here figcaption", has_text="z₁").wait_for()
    page.wait_for_timeout(300)


def told(page):
    """The frame, z, the path and the selection that Python was told."""
    settled(page)
    _, frame, rest = page.get_by_text(re.compile("^state ")).inner_text().split(" ", 2)
    return int(frame), *json.loads(rest)


def enter(page, name, value):
    """Type a value into a field of the page, and wait until the map shows it."""
    page_actions.enter(page, name, value)
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


def inked(page, place):
    """Whether a mark lies over the points there."""
    drawn(page)
    box = page.locator(".map").bounding_box()
    at = [round(place[0] - box["x"]), round(place[1] - box["y"])]
    read = "(canvas, [x, y]) => canvas.getContext('2d').getImageData(x, y, 1, 1).data[3]"
    return page.locator(".marks").evaluate(read, at) > 0
