"""Names of one's own for runs: kept beside the run, read strictly, no part of what a run is."""

import json
import os

import pytest

from explorer.errors import ImportRejected, InvalidName, RunNotFound, StoreNotWritable
from explorer.runs.archive import export_run, import_run
from explorer.runs.ids import run_id
from explorer.runs.known import at_this_moment
from explorer.runs.reading import MOST_LETTERS
from explorer.runs.room import LOOKED_AT_SECONDS, clean_up
from tests.runs.archive.archives import files_of, pack

NAME = "Montag, die mit 4 Einheiten ⟨schön⟩ 😀"
REFUSED = {"long": "x" * (MOST_LETTERS + 1), "a terminal's": "a\x1b[31mb", "turned": "a\u202eb", "nothing": "a\0b"}
BROKEN = {
    "no JSON": b"Monday",
    "empty": b"",
    "a list": b'["Monday"]',
    "a number": b'{"name": 7}',
    "more than a name": b'{"name": "Monday", "of": 1}',
    "nested": b"[" * 100_000,
    "long": json.dumps({"name": "x" * 81}).encode(),
    "a terminal's": json.dumps({"name": "\x1b[31m"}).encode(),
    "blank": b'{"name": " "}',
}


def test_a_run_has_no_name_until_it_is_given_one(store, run, config):
    assert run.name == ""
    store.give_name(run.id, f"  {NAME}\n")
    assert run.name == NAME
    assert run_id(run.config) == run.id == run_id(config)
    store.give_name(run.id, "another")
    assert run.name == "another"
    store.give_name(run.id, " ")
    assert run.name == ""
    assert not run.paths.name.exists()


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_name_is_refused_in_words(store, run, name):
    store.give_name(run.id, NAME)
    with pytest.raises(InvalidName, match="cannot be the name of a run: it has"):
        store.give_name(run.id, name)
    assert run.name == NAME


def test_a_name_may_be_as_long_as_is_said(store, run):
    store.give_name(run.id, "x" * MOST_LETTERS)
    assert len(run.name) == MOST_LETTERS


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_damaged_name_is_none(run, content):
    run.paths.name.write_bytes(content)
    assert run.name == ""
    assert export_run(run)


def test_only_own_runs_that_exist_are_named(store, shipped, put):
    run = put(shipped)
    with pytest.raises(StoreNotWritable, match="shipped run and cannot be named"):
        shipped.give_name(run.id, NAME)
    with pytest.raises(RunNotFound):
        store.give_name(run.id, NAME)


def test_a_page_is_drawn_of_one_name(library, store, run):
    known = at_this_moment(library).find(run.id)
    store.give_name(run.id, NAME)
    assert known.name == NAME
    store.give_name(run.id, "another")
    assert known.name == NAME
    assert known.anew().name == "another"


def test_an_export_takes_the_name_along(store, run):
    nameless = export_run(run)
    assert "name.json" not in files_of(nameless)
    store.give_name(run.id, NAME)
    archive = export_run(run)
    store.delete(run.id)
    assert import_run(store, archive).name == NAME
    store.delete(run.id)
    assert import_run(store, nameless).name == ""


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_an_archive_with_a_damaged_name_is_refused(store, run, content):
    files = files_of(export_run(run)) | {"name.json": content}
    store.delete(run.id)
    with pytest.raises(ImportRejected, match=r"name\.json is not the name of a run"):
        import_run(store, pack(run.id, files))
    assert list(store) == []


def automatic(store, config, seed):
    run = store.request(config.model_copy(update={"seed": seed}), automatic=True)
    store.request_stop(run.id)
    long_ago = run.paths.config.stat().st_mtime - 2 * LOOKED_AT_SECONDS
    for path in (run.paths.config, run.paths.request):
        if path.exists():
            os.utime(path, (long_ago, long_ago))
    return run


def test_a_named_run_is_never_cleaned_up_nor_when_the_name_is_taken_away(store, config):
    named, once_named, other = (automatic(store, config, seed) for seed in (11, 12, 13))
    store.give_name(named.id, NAME)
    store.give_name(once_named.id, NAME)
    store.give_name(once_named.id, "")
    assert not named.automatic
    assert clean_up(store, 0) == [other.id]
    assert {run.id for run in store} == {named.id, once_named.id}


def test_one_named_while_others_are_deleted_stays(store, config, monkeypatch):
    runs = sorted((automatic(store, config, seed) for seed in (11, 12)), key=lambda run: run.id)
    delete = store.delete

    def delete_and_name(id_):
        delete(id_)
        store.give_name(runs[1].id, NAME)

    monkeypatch.setattr(store, "delete", delete_and_name)
    monkeypatch.setattr("explorer.runs.room._asked_for", lambda _run: 0.0)
    assert clean_up(store, 0) == [runs[0].id]
    assert [run.name for run in store] == [NAME]
