"""Random walks by clicks, keys, Back and Forward end with the screen that their address stands for."""

from random import Random

import pytest

from tests.browser import ROOT, chromium, served, settled, visited
from tests.ui.walks import walk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walks")
    with served(ROOT / "Home.py", folder / "server.log", EXPLORER_STORE=str(folder / "own")) as address:
        yield address


def test_screen_and_address_agree_after_any_moves(app, pytestconfig):
    with chromium() as browser, visited(browser, f"{app}/rbm") as page:
        page.get_by_text("Train as I move").click()
        settled(page)
        walks = range(pytestconfig.getoption("cases") or 1)
        wrong = [walk(page, Random(number)) for number in walks]  # noqa: S311
    assert not any(wrong), "\n".join(filter(None, wrong))
