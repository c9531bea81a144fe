"""Every kind trained small, on a few images."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER, settings
from explorer.ui import run_table
from explorer.ui.shelf import services
from explorer.ui.shelf.remembered import forget_everything
from tests.contract.few import cut
from tests.pages import NoEngine, address


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
    # at each run of a page Streamlit looks for components in every package: half of the time, and nothing found
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
    _forget()
    services._WARMING.set()  # no workers in the background of a test
    monkeypatch.setattr("explorer.ui.still_measured.engine", lambda: NoEngine)

    def opened(config, **changes):
        test = AppTest.from_file(APP_FOLDER / "Home.py", default_timeout=60)
        test.switch_page(f"pages/{config.kind}.py")
        parameters = address(config) | changes
        for name, value in parameters.items():
            test.query_params[name] = str(value)
        return test.run()

    yield opened
    _forget()


def _forget():
    settings.cache_clear()
    run_table.forget_table()
    forget_everything()
    st.cache_resource.clear()
