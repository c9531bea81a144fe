"""A study made, watched, scrubbed, linked and saved in a browser."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.browser import chromium, tab

pytestmark = pytest.mark.browser
STUDY = "effects?model=rbm&vary=cd_k&values=1,2,3&dataset=mnist-5k&hidden_units=4&epochs=2"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def label_of(page):
    return page.locator(".filmstrip").get_attribute("aria-label")


def test_a_study_is_made_watched_scrubbed_linked_and_saved(shipped_app, browser):
    from playwright.sync_api import expect

    with tab(browser) as page:
        page.goto(f"{shipped_app}/{STUDY}")
        page.get_by_role("button", name="Train 3 runs").click()
        page.get_by_role("button", name="Train 3 runs").wait_for(state="detached")
        dots = page.locator("[class*=st-key-vega-] svg path[aria-roledescription=circle]")
        expect(dots).to_have_count(6)  # three runs in two charts
        dots.first.click()
        expect(dots.nth(1)).to_have_attribute("opacity", "0.15")  # another value
        expect(dots.nth(3)).to_have_attribute("opacity", "0.9")  # the same value in the other chart

        with page.expect_download() as saved:
            page.get_by_role("button", name="SVG").click()
        drawing = ElementTree.fromstring(Path(saved.value.path()).read_bytes())  # noqa: S314  (our own)
        texts = " ".join(drawing.itertext())
        assert "Reconstruction error (test)" in texts
        assert "CD-k (steps)" in texts
        assert texts.count("rbm-") == 3

        page.get_by_role("tab", name="Pictures").click()
        page.locator(".filmstrip canvas").wait_for()
        slider = page.locator(".filmstrip .slider")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".filmstrip")).to_have_attribute(
            "aria-label", "4 tiles of weights, Weights, CD-k (steps) 2, epoch 2"
        )
        box = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        page.wait_for_url("**show.value-of-2=0**")
        page.locator(".outer-slider").focus()
        page.keyboard.press("Home")
        page.wait_for_url("**show.epoch-of-2=0**")
        page.reload()
        expect(page.locator(".filmstrip")).to_have_attribute(
            "aria-label", "4 tiles of weights, Weights, CD-k (steps) 1, epoch 0"
        )
