"""All these DBNs, trained on few images, and their pages."""

from contextlib import contextmanager

import pytest

from tests.ui.dbn.dbns import DBNS, FINE_TUNED, quick
from tests.ui.shared_runs import trained_once


@contextmanager
def _quickly():
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with all the DBNs above and what they are built on."""
    return trained_once(tmp_path_factory, "dbn", (*DBNS.values(), *FINE_TUNED.values()), _quickly)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    quick(monkeypatch)
