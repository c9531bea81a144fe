"""Chains of models trained undisturbed, and trainings in other threads."""

import threading

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import TrainingFailed
from explorer.runs import status as status_module
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from tests.engine.parents.chains import DEEP, SHORT


@pytest.fixture(scope="session")
def in_one_go(tmp_path_factory, new_library):
    """A library in which the models were trained one by one, each after what it is built on."""
    library = new_library(tmp_path_factory.mktemp("chains"))
    for config in (*ancestors(DEEP), DEEP, *ancestors(SHORT), SHORT):
        InlineEngine(library).submit(config)
    return library


@pytest.fixture
def assert_same_chain(in_one_go, assert_same_bits):
    """Hold a model and all that it is built on against those trained undisturbed."""

    def compare(library, config):
        for each in (*ancestors(config), config):
            assert_same_bits(library.find(each), in_one_go.find(each))

    return compare


@pytest.fixture
def training(wait_until):
    """Train in another thread; what failed is seen by its status. A training that hangs fails the test."""
    started = []

    def submit(library, config):
        def work():
            try:
                InlineEngine(library).submit(config)
            except TrainingFailed as error:
                thread.error = error

        thread = threading.Thread(target=work, daemon=True)
        thread.error = None
        started.append((thread, library, config))
        thread.start()
        return thread

    def finish(thread, seconds=120):
        thread.join(seconds)
        assert not thread.is_alive()
        return thread.error

    submit.finish = finish
    yield submit
    for thread, library, config in started:
        if thread.is_alive() and config in library:
            library.own.request_stop(run_id(config))
        thread.join(60)


@pytest.fixture
def soon_stale(monkeypatch):
    monkeypatch.setattr(status_module, "STALE_AFTER_SECONDS", 0.3)
