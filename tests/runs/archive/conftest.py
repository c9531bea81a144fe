"""A trained run and its archive, and an empty store."""

from pathlib import Path

import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.archive import export_run
from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.runs.store import Store
from tests.runs.archive.archives import CONFIG


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("trained")
    return InlineEngine(Library(Store(folder / "own"), Store(folder / "shipped", shipped=True))).submit(CONFIG)


@pytest.fixture(scope="module")
def archive(trained: Run) -> bytes:
    return export_run(trained)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")
