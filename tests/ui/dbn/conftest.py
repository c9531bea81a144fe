"""All these DBNs, trained on few images, and their pages."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.pages import address
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

    def take(_scene, name, arrays, panels=None, labels=()):
        found[name] = (arrays(), panels() if panels else [], labels)

    for view in ("reconstructions", "generate", "units"):
        monkeypatch.setattr(f"explorer.ui.views.{view}.downloads", take)
    return found
