"""A small library of trained runs, and pages that run on it without a browser."""

import importlib
import pkgutil
from contextlib import nullcontext

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.library import Library
from explorer.settings import APP_FOLDER, settings
from explorer.ui import run_table, views
from explorer.ui.shelf import services
from explorer.ui.shelf.remembered import forget_everything
from tests.browser import ROOT, served
from tests.pages import NoEngine, address
from tests.ui.rbms import SMALL, TOY
from tests.ui.shared_runs import trained_once


@pytest.fixture(scope="session", autouse=True)
def _no_components_elsewhere():
    """At each run of a page Streamlit looks for components in every package: most of the time, and nothing found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with three runs: two that differ in CD-k, and one on bars and stripes."""
    configs = [RBMConfig(**values) for values in (SMALL, SMALL | {"cd_k": 2}, TOY)]
    return trained_once(tmp_path_factory, "RBMs", configs, nullcontext)


@pytest.fixture
def library(trained, tmp_path, monkeypatch):
    """Make pages use an empty store of their own, with the trained runs as shipped ones; return the library."""
    monkeypatch.setenv("EXPLORER_STORE", str(tmp_path / "own"))
    monkeypatch.setenv("EXPLORER_TRAINED", str(trained))
    monkeypatch.setattr("explorer.runs.status.STALE_AFTER_SECONDS", 3600)  # a state that a test wrote stays
    _forget()
    services._WARMING.set()  # no workers in the background of a test
    monkeypatch.setattr("explorer.ui.still_measured.engine", lambda: NoEngine)
    monkeypatch.setattr("explorer.ui.effects.panel.engine", lambda: NoEngine)
    monkeypatch.setattr("explorer.ui.moving.LOOPBACK", ())  # tests train what they say
    monkeypatch.setattr("explorer.ui.expected.on_cpu_here", lambda: False)  # what a run takes is what its status says
    yield Library.open()
    _forget()


@pytest.fixture(scope="module")
def shipped_app(tmp_path_factory):
    """Serve the app with the shipped runs and an empty store of its own, and give its address."""
    folder = tmp_path_factory.mktemp("app")
    with served(ROOT / "Home.py", folder / "server.log", EXPLORER_STORE=str(folder / "own")) as address:
        yield address


@pytest.fixture
def nothing_trained(library, monkeypatch, tmp_path):
    """Take the shipped runs away, too."""
    monkeypatch.setenv("EXPLORER_TRAINED", str(tmp_path / "nothing"))
    _forget()


def _forget():
    settings.cache_clear()
    run_table.forget_table()
    run_table._settings.cache_clear()  # a test may change the version of an algorithm
    forget_everything()
    st.cache_resource.clear()


@pytest.fixture
def page(library):
    """Return a function that opens a page, optionally with URL parameters, and runs it."""

    def open_page(path, **parameters):
        test = AppTest.from_file(APP_FOLDER / "Home.py", default_timeout=120)
        if path != "Home.py":
            test.switch_page(path)
        for name, value in parameters.items():
            test.query_params[name] = str(value)
        return test.run()

    return open_page


@pytest.fixture
def open_page(page):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""

    def opened(config, **changes):
        return page(f"pages/{config.kind}.py", **address(config) | changes)

    return opened


@pytest.fixture
def offered(monkeypatch):
    """The arrays and panels that a view offers for download, by name, as of the last run."""
    found = {}

    def take(scene, name, numbers, panels=None, labels=(), per_row=None):
        found[name] = (numbers(scene.current), panels() if panels else [], labels)

    for each in pkgutil.walk_packages(views.__path__, f"{views.__name__}."):
        if hasattr(module := importlib.import_module(each.name), "downloads"):
            monkeypatch.setattr(module, "downloads", take)
    return found


@pytest.fixture
def inline(monkeypatch, library):
    """Make pages train in this process, at once."""
    engine = InlineEngine(library)
    monkeypatch.setattr("explorer.ui.asking.engine", lambda: engine)
    monkeypatch.setattr("explorer.ui.run_actions.engine", lambda: engine)
    return engine
