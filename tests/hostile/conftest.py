"""A store to spoil, and the command line and pages that run on it."""

import pytest

from explorer.runs.store import Store
from tests.opening import forget, opened_pages


@pytest.fixture
def store(tmp_path, clean_settings):
    clean_settings(store=tmp_path / "store", trained=tmp_path / "none", device="cpu", threads=1, workers=1)
    return Store(tmp_path / "store")


@pytest.fixture
def open_page(store, monkeypatch):
    """Return a function that opens a page with parameters of its URL, of the store as it is then."""
    monkeypatch.setattr("explorer.ui.moving.LOOPBACK", ())  # nothing begins by itself
    with opened_pages(monkeypatch) as opened:

        def anew(name, **parameters):
            forget()
            return opened(name, **parameters)

        yield anew
