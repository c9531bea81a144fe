"""Archives with bytes flipped, cut, doubled and dropped: some cases here, as many as you like by --cases 1000."""

import random

import pytest

from explorer.errors import ImportRejected
from explorer.runs.archive import import_run
from tests.runs.archive.archives import CONFIG, contents, damaged, files_of, leftovers, pack


@pytest.fixture
def cases(pytestconfig):
    return range(pytestconfig.getoption("cases") or 60)


def test_a_damaged_archive_is_refused_or_does_no_harm(trained, archive, store, cases):
    chance, expected = random.Random(0), contents(trained)  # noqa: S311  (no secret)
    outcomes = {"refused": 0, "imported": 0}
    for _ in cases:
        try:
            run = import_run(store, damaged(archive, chance))
        except ImportRejected:
            outcomes["refused"] += 1
        else:
            outcomes["imported"] += 1
            assert contents(run) == expected
            store.delete(run.id)
        assert leftovers(store) == []
    assert min(outcomes.values()) > 0  # both were met


def test_a_forged_archive_is_refused_or_gives_a_run_that_works(trained, archive, store, cases):
    chance = random.Random(0)  # noqa: S311  (no secret)
    refused = 0
    for _ in cases:
        files = files_of(archive)
        name = chance.choice([name for name in files if name != "rebuild.py"])
        files[name] = damaged(files[name], chance)
        try:
            run = import_run(store, pack(trained.id, files))
        except ImportRejected:
            refused += 1
        else:
            assert run.config.model_copy(update={"epochs": 3}) == CONFIG
            assert all(run.model(epoch) for epoch in run.snapshots)
            assert len(run.metrics()) == len(run.metric_rows())
            store.delete(run.id)
        assert leftovers(store) == []
    assert 0 < refused < len(cases)  # both were met
