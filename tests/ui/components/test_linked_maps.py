"""Maps beside each other show what one of them is pointed at."""

import pytest
from playwright.sync_api import expect

from tests.browser import served, visited

SCRIPT = """
import numpy as np
import streamlit as st
from explorer.ui.components.latent_map import Beside, Cloud, latent_map

st.set_page_config(layout="wide")
rng = np.random.default_rng(0)
positions = rng.uniform(-1, 1, (1, 50, 2)).astype(np.float32)
images = rng.integers(0, 256, (50, 8, 8)).astype(np.uint8)
classes = (np.arange(50) % 5).astype(np.uint8)
same, own = Beside("same", same_axes=True), Beside("own")
maps = [(positions, same), (positions, same), (positions, own), (-positions, own)]
for number, (column, (places, beside)) in enumerate(zip(st.columns(4), maps)):
    with column:
        latent_map(f"map {number}", Cloud(places, ["now"], classes, "abcde"), images=images, beside=beside)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    script = tmp_path_factory.mktemp("linked_maps") / "script.py"
    script.write_text(SCRIPT, "utf-8")
    with served(script) as url:
        yield url


@pytest.fixture
def maps(browser, address):
    with visited(browser, address) as page:
        found = [page.locator(".latent-map").nth(number) for number in range(4)]
        for each in found:
            expect(each.locator(".here figcaption")).to_have_text("nearest test image")
        yield found


def point_at(shown, x, y):
    """Point at a place of a map, in shares of its size."""
    box = shown.locator(".map").bounding_box()
    shown.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def said(shown):
    return shown.locator(".where").inner_text()


@pytest.mark.browser
def test_with_the_same_axes_the_others_show_the_same_place(maps):
    first, second, other, _ = maps
    before = said(other)
    point_at(first, 0.7, 0.3)
    expect(first.locator(".where")).not_to_have_text(before)
    expect(second.locator(".where")).to_have_text(said(first))
    assert said(other) == before
    first.page.mouse.move(1, 1)
    expect(second.locator(".where")).to_have_text(before)


@pytest.mark.browser
def test_with_axes_of_their_own_the_others_show_the_same_image(maps):
    _, _, first, mirrored = maps
    for step in range(100):  # until there is a point under the pointer
        point_at(first, 0.35 + step / 200, 0.5)
        first.page.wait_for_timeout(30)
        if "Point" in said(first):
            break
    place, _, point = said(first).partition(" · ")
    assert point.startswith("Point ")
    expect(mirrored.locator(".where")).to_contain_text(point)
    assert said(mirrored).partition(" · ")[0] != place


@pytest.mark.browser
def test_maps_with_the_same_axes_are_zoomed_together(maps):
    first, second, other, _ = maps
    ticks = "canvas => canvas.toDataURL()"
    before = [each.locator(".points").evaluate(ticks) for each in (second, other)]
    first.get_by_role("button", name="Zoom in (+)").click()
    first.page.wait_for_timeout(300)
    after = [each.locator(".points").evaluate(ticks) for each in (second, other)]
    assert [a != b for a, b in zip(after, before, strict=True)] == [True, False]
