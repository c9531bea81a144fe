"""All these DBNs, trained on few images, and their pages."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.ui.dbn.dbns import DBNS, FINE_TUNED, quick


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with all the DBNs above and what they are built on."""
    folder = tmp_path_factory.mktemp("trained-dbn")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        for config in (*DBNS.values(), *FINE_TUNED.values()):
            engine.submit(config)
    return folder


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    quick(monkeypatch)
