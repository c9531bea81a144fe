"""A store to spoil, and the command line and pages that run on it."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.runs.store import Store
from explorer.settings import APP_FOLDER
from explorer.ui import run_table
from explorer.ui.shelf import services
from explorer.ui.shelf.remembered import forget_everything
from tests.pages import NoEngine


@pytest.fixture
def store(tmp_path, clean_settings):
    clean_settings(store=tmp_path / "store", trained=tmp_path / "none", device="cpu", threads=1, workers=1)
    return Store(tmp_path / "store")


@pytest.fixture
def open_page(store, monkeypatch):
    """Return a function that opens a page with parameters of its URL."""
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
    services._WARMING.set()  # no workers in the background of a test
    monkeypatch.setattr("explorer.ui.still_measured.engine", lambda: NoEngine)
    monkeypatch.setattr("explorer.ui.moving.LOOPBACK", ())  # nothing begins by itself

    def opened(name, **parameters):
        _forget()
        test = AppTest.from_file(APP_FOLDER / "Home.py", default_timeout=60)
        test.switch_page(f"pages/{name}.py")
        for each, value in parameters.items():
            test.query_params[each] = str(value)
        return test.run()

    yield opened
    _forget()


def _forget():
    run_table.forget_table()
    forget_everything()
    st.cache_resource.clear()
