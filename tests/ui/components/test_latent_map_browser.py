"""The latent map in a browser: keys, frames, pictures from the server, what outlives a rerun, colours and names."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import settled, tab, visited
from tests.ui.components.latent_map_page import (
    IMAGES,
    center_of,
    drag,
    enter,
    inked,
    mapping,
    move,
    place,
    ready,
    scale,
    shown,
    told,
    tool,
)
from tests.ui.components.page_actions import grip, says

# plays to the end and counts the pictures that were shown
PLAYED = """async (map) => {
  const [play, points, seen] = [map.querySelector(".play"), map.querySelector(".points"), new Set()];
  play.click();
  while (play.classList.contains("playing")) {
    await new Promise(requestAnimationFrame);
    seen.add(points.toDataURL());
  }
  return seen.size;
}"""


@pytest.fixture
def page(browser, latent_map_address):
    with visited(browser, latent_map_address) as page:
        ready(page)
        yield page


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
    expect(spoken).to_have_text(f"z₁: {expected[0]:.2f}, z₂: {expected[1]:.2f}, nearest class c")
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
    assert page.locator(".latent-map").evaluate(PLAYED) > 3  # there are three frames
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
def test_pictures_are_fetched_once(browser, latent_map_address):
    fetched = []

    def note(request):
        if re.search(r":\d+/media/", request.url):
            fetched.append(request.url)

    with tab(browser) as page:
        page.on("request", note)
        page.goto(latent_map_address)
        settled(page)
        ready(page)
        assert len(fetched) == len(set(fetched)) == 2
        for _ in range(2):
            page.get_by_role("button", name="again").click()
            settled(page)
        enter(page, "frame", 0)
        page.wait_for_timeout(500)
        page.remove_listener("request", note)
    assert len(fetched) == 2


@pytest.mark.browser
def test_pictures_that_cannot_be_fetched_leave_a_note(browser, latent_map_address):
    with tab(browser) as page:
        page.route("**/media/*", lambda route: route.fulfill(status=404))
        page.goto(latent_map_address)
        settled(page)
        expect(page.locator(".notes")).to_contain_text("the server answered 404", timeout=30_000)
        page.mouse.click(*place(page, 1, 1))
        says(page, "log ['z']")
        page.unroute("**/media/*")


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
def test_a_circle_lies_around_0_at_any_zoom(page):
    around = [(2, 0), (0, -2), (-(2**0.5), 2**0.5)]
    assert not any(inked(page, place(page, *at)) for at in around)
    page.locator("label", has_text="circle").click()
    settled(page)
    for _ in range(2):
        assert all(inked(page, place(page, *at)) for at in around)
        assert not inked(page, place(page, 1.5, 0))
        page.get_by_role("button", name="Zoom out").click()
        page.mouse.move(0, 0)


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
def test_the_map_stays_in_its_column(page):
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_timeout(300)
        column = page.locator(".latent-map").bounding_box()
        for part in ("map", "side", "tools", "controls", "legend"):
            box = page.locator(f".{part}").bounding_box()
            assert box["x"] + box["width"] <= column["x"] + column["width"] + 0.5
        assert center_of(page, 2) is not None


@pytest.mark.browser
def test_everything_has_a_name(page):
    name = "Map of the latent space, z₂ against z₁, 20 points, epoch 10"
    assert page.get_by_role("group", name=name).count() == 1
    assert page.get_by_role("img", name=name).count() == 1
    assert page.get_by_role("application", name="Map of the latent space").count() == 1
    slider = page.get_by_role("slider", name="Frame of: Map of the latent space", exact=True)
    assert slider.get_attribute("aria-valuetext") == "epoch 10"
    assert page.get_by_role("img", name=re.compile("^Decoded at z₁")).count() == 1
    for button in page.locator(".latent-map button").all():
        assert button.get_attribute("title")
