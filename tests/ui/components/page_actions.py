"""What tests do on a page in a browser, whatever component is on it."""

from __future__ import annotations

import re

from tests.browser import settled


def says(page, text):
    """Wait for a line of text on the page that begins so."""
    page.get_by_text(re.compile(f"^{re.escape(text)}")).wait_for(timeout=60_000)


def enter(page, name, value):
    """Type a value into a field of the page and wait for the script."""
    page.get_by_label(name, exact=True).fill(str(value))
    page.get_by_label(name, exact=True).press("Enter")
    settled(page)


def grip(page, share):
    """Take hold of the slider at its end and drag it to a share of its track, without letting go."""
    box = page.locator(".slider").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=10)
