"""Several runs in one archive: each in a folder of its own, each imported or refused by itself."""

import io
import zipfile

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import ImportRejected, LimitReached, StoreNotWritable
from explorer.runs.archive import export_run, export_runs, import_run, import_runs
from explorer.runs.library import Library
from explorer.runs.marks import Change
from explorer.runs.store import Store
from tests.runs.archive.archives import CONFIG, ID, contents, damaged, files_of, pack


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library with three trained runs, the first of them marked and named."""
    folder = tmp_path_factory.mktemp("three")
    library = Library(Store(folder / "own"), Store(folder / "shipped", shipped=True))
    for seed in (1, 2, 3):
        InlineEngine(library).submit(CONFIG.model_copy(update={"seed": seed}))
    first = next(iter(library)).id
    library.mark(first, Change(star=True, tag=("exam",)))
    library.own.give_name(first, "Monday")
    return library


@pytest.fixture(scope="module")
def runs(library):
    return list(library)


@pytest.fixture(scope="module")
def together(library, runs):
    return export_runs(runs, library)


def joined(*archives: bytes) -> bytes:
    """All files of several archives in one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for archive in archives:
            with zipfile.ZipFile(io.BytesIO(archive)) as source:
                for name in source.namelist():
                    target.writestr(name, source.read(name))
    return buffer.getvalue()


def test_several_runs_arrive_as_they_were(library, runs, together, store):
    outcomes = import_runs(store, together)
    assert [(each.id, each.refused) for each in outcomes] == [(run.id, "") for run in runs]
    assert [contents(each.run) for each in outcomes] == [contents(run) for run in runs]
    assert store.run(runs[0].id).name == "Monday"
    assert {run.id: store.marks.of(run.id) for run in runs} == {run.id: library.own.marks.of(run.id) for run in runs}


def test_each_folder_is_what_the_run_alone_is_exported_as(library, runs, together, store):
    alone = [export_run(run, library) for run in runs]
    assert joined(*alone) != b""
    with zipfile.ZipFile(io.BytesIO(together)) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    for run, archive in zip(runs, alone, strict=True):
        assert {f"{run.id}/{name}": content for name, content in files_of(archive).items()}.items() <= held.items()
    assert [each.id for each in import_runs(store, joined(*alone))] == [run.id for run in runs]


def test_the_same_runs_give_the_same_bytes(library, runs, together):
    assert export_runs(runs, library) == together


def test_what_is_refused_of_one_does_not_keep_the_others_out(library, runs, store):
    files = files_of(export_run(runs[1])) | {"metrics.jsonl": b"nonsense"}
    import_run(store, export_run(runs[2], library))
    outcomes = import_runs(store, joined(*(export_run(run, library) for run in runs[::2]), pack(runs[1].id, files)))
    assert [each.id for each in outcomes] == [runs[0].id, runs[2].id, runs[1].id]
    assert [each.run and each.run.id for each in outcomes] == [runs[0].id, None, None]
    assert "is already there" in outcomes[1].refused
    assert "metrics.jsonl has an invalid line" in outcomes[2].refused
    assert {run.id for run in store} == {runs[0].id, runs[2].id}


def test_what_does_not_belong_is_refused_with_all(runs, library, together, store):
    with pytest.raises(ImportRejected, match=r"'x/evil' does not belong"):
        import_runs(store, joined(together, pack("x", {"evil": b""})))
    assert not store.folder.exists()


def test_a_run_of_another_id_is_refused_by_itself(runs, together, store):
    outcomes = import_runs(store, joined(together, pack(ID, files_of(export_run(runs[0])))))
    assert [each.run is None for each in outcomes] == [False, False, False, True]
    assert f"not of {ID}" in outcomes[3].refused


def test_one_run_is_asked_for_where_there_are_several(together, store):
    with pytest.raises(ImportRejected, match="it holds 3 runs"):
        import_run(store, together)
    assert not store.folder.exists()


def test_an_archive_of_one_run_has_one_outcome(runs, store):
    (outcome,) = import_runs(store, export_run(runs[0]))
    assert outcome.run is not None
    (again,) = import_runs(store, export_run(runs[0]))
    assert "already there" in again.refused


def test_runs_are_exported_together_up_to_what_is_imported(library, runs, monkeypatch, clean_settings):
    clean_settings(import_mb=1)
    monkeypatch.setattr("explorer.runs.run.Run.size", lambda _run: 400_000)
    with pytest.raises(LimitReached, match=r"An archive of 3 runs with 1 MB: at most 1 MB \(EXPLORER_IMPORT_MB\)"):
        export_runs(runs, library)
    assert export_runs(runs[:2], library)
    monkeypatch.setattr("explorer.runs.run.Run.size", lambda _run: 2_000_000)
    assert export_runs(runs[:1], library) == export_run(runs[0], library)


def test_runs_have_room_together_or_the_last_have_none(together, runs, store, monkeypatch):
    held = []

    def check_room(_store, _more):
        held.append(len(list(store)))
        if held[-1] == 2:
            raise LimitReached("no room")

    monkeypatch.setattr("explorer.runs.archive.importing.check_room", check_room)
    assert [each.refused for each in import_runs(store, together)] == ["", "", "no room"]
    assert held == [0, 1, 2]


def test_a_shipped_store_takes_none(together, tmp_path):
    with pytest.raises(StoreNotWritable):
        import_runs(Store(tmp_path, shipped=True), together)


def test_a_damaged_archive_is_refused_or_does_no_harm(runs, together, tmp_path, pytestconfig):
    import random

    chance = random.Random(0)  # noqa: S311  (no secret)
    expected = {run.id: contents(run) for run in runs}
    counts = {"refused": 0, "one refused": 0, "imported": 0}
    for case in range(pytestconfig.getoption("cases") or 40):
        store = Store(tmp_path / str(case))
        try:
            outcomes = import_runs(store, damaged(together, chance))
        except ImportRejected:
            counts["refused"] += 1
            outcomes = []
        counts["one refused"] += any(each.run is None for each in outcomes)
        counts["imported"] += any(each.run for each in outcomes)
        assert all(contents(each.run) == expected[each.id] for each in outcomes if each.run)
        assert {run.id for run in store} == {each.id for each in outcomes if each.run}
    assert min(counts.values()) > 0
