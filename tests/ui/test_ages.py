"""A run that is older than a hyperparameter, beside one that is newer: both are told by its value."""

import json

import pytest
from click.testing import CliRunner

from explorer.cli import main
from explorer.engine.inline import InlineEngine
from explorer.models.config import default_values
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.ui.differences import from_asked_for
from explorer.ui.run_table import listing
from explorer.ui.shelf.pictured import pictured_runs, pictured_values
from explorer.ui.state.page import PageState
from explorer.ui.state.subject import subjects
from tests.growing import NOVEL, grown, make_later
from tests.ui.rbms import SMALL

LATER = grown(RBMConfig)
OLDER = run_id(RBMConfig(**SMALL))


@pytest.fixture
def newer(library, monkeypatch):
    """Make this a later version, and return the run of it that differs from OLDER in its new field alone."""
    make_later(monkeypatch)
    return InlineEngine(library).submit(LATER(**SMALL, novel=True))


def state_of(**values):
    return PageState(LATER, default_values(LATER) | SMALL | values)


def test_a_pair_is_labelled_with_the_value_of_each(library, newer):
    state = state_of(novel=True)
    state.pin = OLDER
    assert [s.label for s in subjects(state, newer)] == ["Novel no", "Novel yes"]
    state = state_of()
    state.pin = newer.id
    assert [s.label for s in subjects(state, library.find(OLDER))] == ["Novel yes", "Novel no"]


def test_what_is_shown_instead_is_told_by_the_value(library, newer):
    older = library.find(OLDER)
    assert from_asked_for(LATER, older.settings, state_of(novel=True).values) == "Novel **no** instead of yes"
    assert from_asked_for(LATER, newer.settings, state_of().values) == "Novel **yes** instead of no"


def test_trained_values_are_those_of_both(newer):
    assert pictured_values("rbm", state_of().values)[NOVEL] == [False, True]
    assert dict(pictured_runs("rbm"))[OLDER][NOVEL] is False


def test_the_table_of_runs_names_only_what_is_off_the_default(newer):
    told = listing().table.set_index("id")["settings"]
    assert told[newer.id] == f"{told[OLDER]}, Novel yes"


def command(*arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_line_tells_both_by_the_value(newer):
    listed = {run["id"]: run["settings"] for run in json.loads(command("list", "--json"))}
    assert (listed[OLDER][NOVEL], listed[newer.id][NOVEL]) == (False, True)
    lines = {line.split()[0]: line for line in command("list").splitlines() if line.startswith("rbm-")}
    assert "novel=true" in lines[newer.id]
    assert NOVEL not in lines[OLDER]
    for id_, value in ((OLDER, False), (newer.id, True)):
        assert json.loads(command("show", id_, "--json"))["settings"][NOVEL] is value


def test_a_run_of_a_later_version_is_named_as_broken_with_its_field(library):
    with pytest.MonkeyPatch.context() as patch:
        make_later(patch)
        run = InlineEngine(library).submit(LATER(**SMALL, novel=True))
    listed = {each["id"]: each for each in json.loads(command("list", "--json"))}
    assert listed[run.id]["state"] == "broken"
    assert "novel = True is not valid: rbm has no such field" in listed[run.id]["error"]
    assert listed[OLDER]["state"] == "done"
    assert "no such field" in listing().broken[run.id]
    assert run.id not in dict(pictured_runs("rbm"))
