"""The page of all runs with more runs than anybody reads: each is read from disk once, however often it is listed."""

import json
import os

import pytest

from explorer.models.rbm import RBMConfig
from explorer.runs import run
from explorer.runs.ids import identity, run_id
from explorer.runs.store import FORMAT
from explorer.ui import run_actions, run_table
from explorer.ui.wording import FEW
from tests.pages import button, select
from tests.ui.listed import selected
from tests.ui.rbms import TOY

MANY = 1_100  # with the shipped ones more than a list of 1,000


@pytest.fixture
def many(library):
    """Leave so many runs in the user's store, done, each of a seed of its own."""
    for seed in range(MANY):
        config = RBMConfig(**TOY | {"seed": seed + 10})
        folder = library.own.folder / run_id(config)
        folder.mkdir(parents=True)
        written = {"format": FORMAT, "kind": config.kind, "algorithm": config.algorithm, "config": identity(config)}
        (folder / "config.json").write_text(json.dumps(written))
        (folder / "status.json").write_text('{"state": "done", "epoch": 3, "target": 3}')
        os.utime(folder, (1e9, 1e9))
    return library


@pytest.fixture
def counted(monkeypatch):
    """Count the files of runs that are parsed, the folders that are walked, and the searches through all runs."""
    counts = {"files": 0, "folders": 0, "searches": 0}

    def count(name, module, function):
        def counting(*args, **kwargs):
            counts[name] += 1
            return kept(*args, **kwargs)

        kept = getattr(module, function)
        monkeypatch.setattr(module, function, counting)

    count("files", run, "read_json")
    count("files", run, "read_metrics")
    count("folders", os, "walk")
    count("searches", run_actions, "starting_with")
    return counts


def test_runs_that_stay_as_they_are_are_read_once(many, counted):
    assert len(run_table.listing().table) == MANY + 3
    assert min(counted["files"], counted["folders"]) >= MANY
    counted.update(files=0, folders=0)
    run_table.forget_table()
    assert len(run_table.listing().table) == MANY + 3
    assert (counted["files"], counted["folders"]) == (0, 0)


def test_all_runs_at_once_can_be_selected_and_are_not_looked_up_one_by_one(page, many, counted):
    test = select(page("pages/runs.py"), *range(MANY))
    assert "and 1,095 more" in selected(test)
    assert not button(test, "Yes, delete").disabled
    assert counted["searches"] == FEW
    assert len(test.dataframe[0].value) == MANY + 3
