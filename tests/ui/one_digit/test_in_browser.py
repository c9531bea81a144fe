"""Pictures of the table that grow, by the pointer and by the keyboard: what only a browser shows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import chromium, settled, visited


@pytest.mark.browser
def test_pictures_grow_and_next_and_back_go_through_the_digits(shipped_app):
    with chromium() as browser, visited(browser, f"{shipped_app}/one-digit", width=1440) as page:
        settled(page)
        row = page.locator(".models tbody tr").first
        picture = row.locator("img").last
        picture.scroll_into_view_if_needed()
        small = picture.bounding_box()["width"]
        picture.hover()
        page.wait_for_timeout(300)
        assert picture.bounding_box()["width"] == pytest.approx(4 * small, rel=0.05)
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        assert picture.bounding_box()["width"] == pytest.approx(small, rel=0.05)
        page.get_by_role("combobox", name="Sorted by").focus()
        for _ in range(10):  # past the digit's picture
            page.keyboard.press("Tab")
            if row.evaluate("row => row === document.activeElement"):
                break
        expect(row).to_be_focused()
        assert picture.bounding_box()["width"] > 2 * small
        before = row.locator("img").first.get_attribute("src")
        page.get_by_role("button", name="Next").click()
        expect(page).to_have_url(re.compile("show.image=1"))
        expect(row.locator("img").first).not_to_have_attribute("src", before)
        settled(page)
        page.go_back()
        expect(row.locator("img").first).to_have_attribute("src", before)
        settled(page)
        page.get_by_role("button", name="Draw again").click()
        expect(page).to_have_url(re.compile("one-digit\\?show.draw=1$"))  # and not the image that Back has left
