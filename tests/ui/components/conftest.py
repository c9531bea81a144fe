"""A browser, and a page with a latent map for it."""

import pytest

from tests.browser import chromium, served
from tests.ui.components.latent_map_page import SCRIPT


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def latent_map_address(tmp_path_factory):
    script = tmp_path_factory.mktemp("latent_map") / "script.py"
    script.write_text(SCRIPT, "utf-8")
    with served(script) as url:
        yield url
