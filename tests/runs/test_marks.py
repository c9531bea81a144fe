"""Stars, tags and notes of one's own: beside the runs, also of shipped ones; read strictly, no part of a run's id."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.errors import BrokenFile, ImportRejected, InvalidMark, InvalidRunId, RunNotFound, StoreNotWritable
from explorer.runs.archive import export_run, import_run
from explorer.runs.ids import run_id
from explorer.runs.marks import MOST_TAGS, NOTE_LETTERS, TAG_LETTERS, Change, Marks, read_marks
from explorer.runs.room import LOOKED_AT_SECONDS, clean_up, room_of
from explorer.runs.store import Store
from tests.runs.archive.archives import files_of, pack

NOTE = "Montag: ⟨schön⟩ 😀\n<script>alert(1)</script> [x](y)"
ALL = Marks(star=True, tags=("exam", "für Montag"), note=NOTE)
MARKED = Change(star=True, tag=("für Montag", " exam "), note=f"  {NOTE}\r\n")
REFUSED = {
    "an empty tag": Change(tag=(" ",)),
    "a long tag": Change(tag=("x" * (TAG_LETTERS + 1),)),
    "two tags in one": Change(tag=("a,b",)),
    "a terminal's tag": Change(tag=("a\x1b[31m",)),
    "a turned tag": Change(tag=("a\u202eb",)),
    "half a letter": Change(tag=("\ud800",)),
    "many tags": Change(tag=tuple(f"t{number}" for number in range(MOST_TAGS + 1))),
    "a long note": Change(note="x" * (NOTE_LETTERS + 1)),
    "a terminal's note": Change(note="a\x1b[31m"),
    "nothing in a note": Change(note="a\0b"),
}
WHOLE = {"star": True, "tags": ["exam"], "note": "x"}
BROKEN = {
    "no JSON": b"star",
    "empty": b"",
    "a list": b"[]",
    "nested": b"[" * 100_000,
    "less": json.dumps({"star": True}).encode(),
    "more": json.dumps(WHOLE | {"of": 1}).encode(),
    "a star that is a number": json.dumps(WHOLE | {"star": 1}).encode(),
    "tags in a text": json.dumps(WHOLE | {"tags": "exam"}).encode(),
    "a tag that is a number": json.dumps(WHOLE | {"tags": [1]}).encode(),
    "a tag with room around it": json.dumps(WHOLE | {"tags": [" exam"]}).encode(),
    "a terminal's tag": json.dumps(WHOLE | {"tags": ["\x1b[31m"]}).encode(),
    "half a letter": b'{"star": true, "tags": ["\\ud800"], "note": ""}',
    "many tags": json.dumps(WHOLE | {"tags": [f"t{number}" for number in range(MOST_TAGS + 1)]}).encode(),
    "a note that is null": json.dumps(WHOLE | {"note": None}).encode(),
    "a long note": json.dumps(WHOLE | {"note": "x" * (NOTE_LETTERS + 1)}).encode(),
}


@pytest.fixture
def marks(store):
    return store.marks


def test_a_run_has_no_marks_until_it_is_given_some(library, marks, run, config):
    assert marks.of(run.id) == Marks()
    assert not marks.of(run.id)
    assert library.mark(run.id, MARKED) == marks.of(run.id) == ALL
    assert run_id(run.config) == run.id == run_id(config)
    assert [each.id for each in library] == [run.id]
    assert marks.ids() == {run.id}


def test_each_mark_is_changed_by_itself_and_nothing_is_left_of_none(library, marks, run):
    library.mark(run.id, MARKED)
    assert library.mark(run.id, Change(tag=("b",), untag=("exam", "never there"))).tags == ("b", "für Montag")
    assert library.mark(run.id, Change(star=False)) == Marks(False, ("b", "für Montag"), NOTE)
    assert library.mark(run.id, Change(note=" ")) == Marks(False, ("b", "für Montag"))
    assert library.mark(run.id, Change(untag=("b", " für  Montag "))) == Marks()
    assert marks.ids() == set()
    assert not marks.path(run.id).exists()


def test_marks_may_be_as_long_as_is_said(library, marks, run):
    tags = tuple(f"{number:0{TAG_LETTERS}d}" for number in range(MOST_TAGS))
    library.mark(run.id, Change(tag=tags, note="x" * NOTE_LETTERS))
    assert marks.of(run.id) == Marks(False, tags, "x" * NOTE_LETTERS)
    with pytest.raises(InvalidMark, match="20 tags at most, and these are 21"):
        library.mark(run.id, Change(tag=("more",)))


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_mark_is_refused_and_nothing_changes(library, marks, run, change):
    library.mark(run.id, MARKED)
    with pytest.raises(InvalidMark):
        library.mark(run.id, change)
    assert marks.of(run.id) == ALL


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_damaged_marks_are_named_and_nothing_else_is_lost(library, marks, run, content):
    marks.folder.mkdir(parents=True)
    marks.path(run.id).write_bytes(content)
    with pytest.raises(BrokenFile, match=f"{run.id}.json") as error:
        marks.of(run.id)
    assert "only the run's star, tags and note are lost" in str(error.value)
    with pytest.raises(BrokenFile):
        library.mark(run.id, Change(star=True))
    assert marks.path(run.id).read_bytes() == content  # kept, for whoever wants to mend it
    assert "marks.json" not in files_of(export_run(run, library))
    assert library.find(run.id).model(2)
    library.own.delete(run.id)
    assert marks.ids() == set()


def test_a_shipped_run_is_marked_in_the_users_store(library, shipped, marks, put):
    run = put(shipped)
    before = sorted(shipped.folder.rglob("*"))
    library.mark(run.id, MARKED)
    assert marks.of(run.id) == ALL
    assert sorted(shipped.folder.rglob("*")) == before
    assert list(library.own) == []
    library.adopt(run.config)
    assert marks.of(run.id) == ALL
    assert not library.find(run.id).shipped


def test_only_runs_that_exist_are_marked(library, marks):
    with pytest.raises(RunNotFound):
        library.mark("rbm-000000000000", MARKED)
    with pytest.raises(InvalidRunId):
        marks.path("../x")
    assert marks.ids() == set()


def test_a_folder_holds_marks_of_runs_alone(library, marks, run):
    library.mark(run.id, MARKED)
    for name in ("notes.json", f".{run.id}.json.0.tmp", "rbm-000000000000.txt", "rbm-00000000000g.json"):
        (marks.folder / name).write_text("x")
    assert marks.ids() == {run.id}


def test_deletion_takes_the_marks_along(store, library, marks, run):
    library.mark(run.id, MARKED)
    store.delete(run.id)
    assert marks.ids() == set()


def test_a_store_that_cannot_be_written_is_named(library, shipped, put, store):
    run = put(shipped)
    store.folder.parent.mkdir(exist_ok=True)
    store.folder.write_text("a file")
    with pytest.raises(StoreNotWritable, match=r"cannot be written: Not a directory"):
        library.mark(run.id, MARKED)


def test_a_store_that_may_only_be_read_shows_marks_and_takes_none(library, marks, run, monkeypatch):
    library.mark(run.id, MARKED)

    def forbidden(_lock, **_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("explorer.runs.locks.FileLock.acquire", forbidden)
    with pytest.raises(StoreNotWritable, match="Read-only file system"):
        library.mark(run.id, Change(star=False))
    assert marks.of(run.id) == ALL


def test_a_disk_that_refuses_leaves_the_marks_as_they_were(library, marks, run, monkeypatch):
    library.mark(run.id, MARKED)

    def full(_source, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("explorer.runs.files.replace", full)
    with pytest.raises(StoreNotWritable, match="No space left"):
        library.mark(run.id, Change(star=False))
    assert marks.of(run.id) == ALL
    assert sorted(path.name for path in marks.folder.glob("*.json")) == [f"{run.id}.json"]


def test_threads_that_mark_the_same_run_lose_nothing(library, marks, run):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: library.mark(run.id, Change(tag=(f"t{number}",))), range(MOST_TAGS)))
    assert len(marks.of(run.id).tags) == MOST_TAGS


def test_processes_that_mark_the_same_run_lose_nothing(library, marks, run, store):
    code = (
        "import sys; from pathlib import Path; from explorer.runs.marks import Change, MarkFolder\n"
        "store, id_, letter = sys.argv[1:]\n"
        "for number in range(5): MarkFolder(Path(store)).change(id_, Change(tag=(letter + str(number),)))"
    )
    command = [sys.executable, "-c", code, str(store.folder), run.id]
    writers = [subprocess.Popen([*command, letter]) for letter in "abc"]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    assert len(marks.of(run.id).tags) == 15


# archives


def test_an_export_takes_the_marks_along(store, library, marks, run):
    unmarked = export_run(run, library)
    assert "marks.json" not in files_of(unmarked)
    library.mark(run.id, MARKED)
    archive = export_run(run, library)
    assert files_of(export_run(run))["marks.json"] == files_of(archive)["marks.json"]
    store.delete(run.id)
    imported = import_run(store, archive)
    assert marks.of(imported.id) == ALL
    assert not (imported.paths.folder / "marks.json").exists()
    store.delete(run.id)
    assert marks.of(import_run(store, unmarked).id) == Marks()


def test_marks_of_a_shipped_run_are_exported_and_ones_own_are_kept(store, library, shipped, marks, put, tmp_path):
    run = put(shipped)
    library.mark(run.id, MARKED)
    archive = export_run(run, library)
    elsewhere = Store(tmp_path / "elsewhere")
    assert elsewhere.marks.of(import_run(elsewhere, archive).id) == ALL
    library.mark(run.id, Change(star=False))
    import_run(store, archive)
    assert marks.of(run.id) == Marks(False, ALL.tags, NOTE)


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_an_archive_with_damaged_marks_is_refused(store, run, content):
    files = files_of(export_run(run)) | {"marks.json": content}
    store.delete(run.id)
    with pytest.raises(ImportRejected, match=r"marks\.json is not what a run is marked with"):
        import_run(store, pack(run.id, files))
    assert list(store) == []
    assert store.marks.ids() == set()


def test_what_is_written_is_what_is_read():
    for marks in (Marks(), ALL, Marks(note="a\nb"), Marks(tags=("ü",))):
        assert read_marks(marks.as_json()) == marks


# clean-up


def automatic(store, config, seed):
    run = store.request(config.model_copy(update={"seed": seed}), automatic=True)
    store.request_stop(run.id)
    long_ago = run.paths.config.stat().st_mtime - 2 * LOOKED_AT_SECONDS
    for path in (run.paths.config, run.paths.request):
        if path.exists():
            os.utime(path, (long_ago, long_ago))
    return run


@pytest.mark.parametrize("change", [Change(star=True), Change(tag=("exam",)), Change(note="look")])
def test_a_marked_run_is_never_cleaned_up(store, library, config, change):
    marked, other = automatic(store, config, 11), automatic(store, config, 12)
    library.mark(marked.id, change)
    assert room_of(store).n_automatic == 1
    assert clean_up(store, 0) == [other.id]
    assert [run.id for run in store] == [marked.id]


def test_nor_is_one_that_was_marked_before_it_began_or_has_damaged_marks(store, config):
    marked, damaged, other = (automatic(store, config, seed) for seed in (11, 12, 13))
    store.marks.change(marked.id, Change(star=True))  # as a shipped run of this id was
    store.marks.path(damaged.id).write_text("nonsense")
    assert marked.automatic
    assert clean_up(store, 0) == [other.id]
    assert {run.id for run in store} == {marked.id, damaged.id}


def test_one_marked_while_others_are_deleted_stays(store, library, config, monkeypatch):
    runs = sorted((automatic(store, config, seed) for seed in (11, 12)), key=lambda run: run.id)
    delete = store.delete

    def delete_and_mark(id_):
        delete(id_)
        store.marks.change(runs[1].id, Change(star=True))

    monkeypatch.setattr(store, "delete", delete_and_mark)
    monkeypatch.setattr("explorer.runs.room._asked_for", lambda _run: 0.0)
    assert clean_up(store, 0) == [runs[0].id]
    assert [run.id for run in store] == [runs[1].id]
