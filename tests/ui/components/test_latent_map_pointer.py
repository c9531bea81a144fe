"""The latent map under a pointer: what is decoded, set, drawn, selected, moved and filtered."""

from __future__ import annotations

import math

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import settled, visited
from tests.ui.components.latent_map_page import (
    GRID,
    IMAGES,
    center_of,
    drag,
    enter,
    inked,
    interpolated,
    mapping,
    move,
    place,
    ready,
    scale,
    shown,
    told,
    tool,
)
from tests.ui.components.page_actions import says


@pytest.fixture
def page(browser, latent_map_address):
    with visited(browser, latent_map_address) as page:
        ready(page)
        yield page


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
def test_a_finger_works_like_the_pointer(browser, latent_map_address):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(latent_map_address)
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
