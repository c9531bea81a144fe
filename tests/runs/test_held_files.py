"""Runs on a disk that is like Windows': nothing that is open can be replaced, removed or renamed."""

import errno
import sys
import threading
import time
from pathlib import Path

import pytest

from explorer import disk
from explorer.errors import StoreNotWritable
from explorer.runs.archive import export_run, import_run
from explorer.runs.files import write_atomically
from explorer.runs.status import State, Status, read_status, write_status
from tests.held import refuse_what_is_open

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="open files are looked up in /proc")


@pytest.fixture
def refused(monkeypatch):
    """What was refused so far."""
    return refuse_what_is_open(monkeypatch)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(disk, "PATIENCE", 0.1)


def close_soon(file):
    threading.Timer(0.15, file.close).start()


def test_a_run_is_deleted_though_its_lock_is_an_open_file_in_its_folder(store, run, refused):
    folder = run.paths.folder
    store.delete(run.id)
    assert refused == [folder]  # or nothing was simulated
    assert run.id not in store
    assert list(store) == []
    assert not folder.exists()


def test_a_run_is_deleted_while_somebody_reads_a_file_of_it(store, run, refused):
    with run.paths.snapshot(2).open("rb"):
        store.delete(run.id)
    assert run.paths.snapshot(2) in refused
    assert run.id not in store
    assert list(store) == []
    assert run.paths.snapshot(2).exists()
    assert not run.paths.snapshot(1).exists()


def test_what_was_deleted_while_it_was_read_is_begun_anew(store, run, config, refused):
    with run.paths.snapshot(2).open("rb"):
        store.delete(run.id)
    again = store.request(config)
    assert (again.status.state, again.epochs) == (State.QUEUED, 0)
    assert refused


def test_a_run_in_use_is_not_deleted(store, run, refused, impatient):
    with run.paths.config.open("rb"), pytest.raises(StoreNotWritable, match=r"cannot be deleted: Permission denied"):
        store.delete(run.id)
    assert run.id in store
    assert run.model(2).W.isfinite().all()
    assert refused


def test_a_file_that_is_read_for_a_moment_is_written_after_that(run, refused):
    reader = run.paths.status.open("rb")
    close_soon(reader)
    write_status(run.paths, Status(state=State.STOPPED, epoch=1))
    assert refused
    assert read_status(run.paths).epoch == 1


def test_a_file_that_is_held_for_long_is_named_with_what_to_do(run, refused, impatient):
    with run.paths.metrics.open("rb"), pytest.raises(StoreNotWritable) as caught:
        write_atomically(run.paths.metrics, b"")
    assert f"{run.paths.metrics} cannot be written: Permission denied. Close what has it open" in str(caught.value)
    assert "Free some space" not in str(caught.value)
    assert not list(run.paths.folder.rglob("*.tmp"))
    assert refused


def test_a_stop_that_is_read_for_a_moment_is_withdrawn_after_that(store, run, config, refused):
    write_status(run.paths, Status(state=State.RUNNING, epoch=2, target=5))
    store.request_stop(run.id)
    close_soon(run.paths.stop.open("rb"))
    store.request(config.model_copy(update={"epochs": 5}))
    assert run.paths.stop in refused
    assert not run.paths.stop.exists()


def test_a_run_arrives_though_a_file_of_it_is_looked_at_meanwhile(store, run, refused, monkeypatch):
    """As a virus scanner does with all that is new."""
    archive = export_run(run)
    store.delete(run.id)
    seen = []

    def scanned(source, target):
        if not seen:
            seen.append((source / "config.json").open("rb"))
            close_soon(seen[0])
        move(source, target)

    move = disk.move
    monkeypatch.setattr("explorer.runs.archive.importing.move", scanned)
    del refused[:]
    assert import_run(store, archive).epochs == 2
    assert refused


def test_on_windows_a_status_that_is_being_replaced_is_read_after_that(run, monkeypatch):
    read, before = Path.read_bytes, read_status(run.paths)
    attempts = []

    def refused_at_first(path):
        attempts.append(path)
        if len(attempts) < 3:
            raise PermissionError(errno.EACCES, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused_at_first)
    monkeypatch.setattr(disk, "WINDOWS", True)
    assert read_status(run.paths) == before


def test_patience_ends(monkeypatch):
    began = time.monotonic()

    def refuse():
        raise PermissionError(13, "Permission denied")

    with pytest.raises(PermissionError):
        disk.patiently(refuse)
    assert disk.PATIENCE <= time.monotonic() - began < disk.PATIENCE + 2


def test_what_is_not_momentary_is_refused_at_once():
    calls = []

    def refuse():
        calls.append(0)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        disk.patiently(refuse)
    assert len(calls) == 1
