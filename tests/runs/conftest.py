"""A library of two empty stores, and a run that was really trained."""

import shutil

import pytest

from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.library import Library
from explorer.runs.store import Store


@pytest.fixture(autouse=True)
def _settings(clean_settings):
    clean_settings(device="cpu")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "own")


@pytest.fixture
def shipped(tmp_path):
    return Store(tmp_path / "shipped", shipped=True)


@pytest.fixture
def library(store, shipped):
    return Library(store, shipped)


@pytest.fixture
def config():
    return RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory):
    """The folder of a run of `config`, trained for its two epochs."""
    base = tmp_path_factory.mktemp("trained")
    engine = InlineEngine(Library(Store(base / "own"), Store(base / "shipped", shipped=True)))
    return engine.submit(RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)).paths.folder


@pytest.fixture
def put(trained_folder):
    """Copy the trained run into a store and return it there."""

    def into(store):
        shutil.copytree(trained_folder, store.folder / trained_folder.name)
        return store.run(trained_folder.name)

    return into


@pytest.fixture
def run(put, store):
    return put(store)
