"""Every kind trained small, on a few images."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.contract.few import cut
from tests.opening import opened_pages
from tests.pages import address


@pytest.fixture(scope="module", autouse=True)
def _few_images():
    give_back = cut()
    yield
    give_back()


@pytest.fixture(autouse=True)
def _settings(clean_settings):
    clean_settings(device="cpu", threads=1, workers=1)


@pytest.fixture
def library(tmp_path):
    return Library(Store(tmp_path / "own"), Store(tmp_path / "shipped", shipped=True))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """A library that keeps what tests of any module train in it."""
    folder = tmp_path_factory.mktemp("contract")
    return Library(Store(folder / "own"), Store(folder / "shipped", shipped=True))


@pytest.fixture
def trained(shelf):
    """Return a function that gives a config's run, trained in one go with all that it is built on."""
    return InlineEngine(shelf).submit


@pytest.fixture
def open_page(shelf, clean_settings, monkeypatch):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""
    clean_settings(device="cpu", threads=1, workers=1, store=shelf.own.folder, trained=shelf.shipped.folder)
    with opened_pages(monkeypatch) as opened:
        yield lambda config, **changes: opened(config.kind, **address(config) | changes)
