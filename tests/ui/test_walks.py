"""Random walks by clicks, keys, Back and Forward end with the screen that their address stands for."""

from random import Random

import pytest
from playwright.sync_api import expect

from tests.browser import chromium, settled, visited
from tests.ui.walks import walk

pytestmark = pytest.mark.browser


def test_screen_and_address_agree_after_any_moves(shipped_app, pytestconfig):
    with chromium() as browser, visited(browser, f"{shipped_app}/rbm") as page:
        page.get_by_text("Train as I move").click()
        settled(page)
        expect(page.get_by_role("switch", name="Train as I move")).not_to_be_checked()
        wrong = []
        for number in range(pytestconfig.getoption("cases") or 1):
            wrong.append(walk(page, Random(number)))  # noqa: S311
            print(number, wrong[-1] or "agrees", flush=True)
    assert not any(wrong), "\n".join(filter(None, wrong))
