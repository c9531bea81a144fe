"""A store of its own for each command."""

import shutil

import pytest

from explorer.runs.store import Store
from explorer.settings import settings
from tests.cli.commands import TOY, explorer


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """An empty store; the shipped runs are those in `tmp_path/shipped`."""
    monkeypatch.setenv("EXPLORER_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("EXPLORER_TRAINED", str(tmp_path / "shipped"))
    monkeypatch.delenv("EXPLORER_SCHEDULER", raising=False)
    settings.cache_clear()
    yield Store(tmp_path / "store")
    settings.cache_clear()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A store with the run ID, trained once for all tests."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_STORE", str(folder))
        settings.cache_clear()
        assert explorer("train", "rbm", *TOY, "--epochs", 2).exit_code == 0
    settings.cache_clear()
    return folder


@pytest.fixture
def with_run(trained, store):
    shutil.copytree(trained, store.folder)
    return store
