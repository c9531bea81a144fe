"""A disk without room for another file, or without the run's folder, as any user can have it: in words, and kept."""

import contextlib
import errno
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from explorer.engine.inline import InlineEngine
from explorer.engine.tensorboard import EventWriter
from explorer.errors import BrokenFile, StoreNotWritable, TrainingFailed
from explorer.models.rbm import RBMConfig
from explorer.runs.status import State, Status, read_request, write_outcome, write_status

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=3)

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc or writes to /dev/full")


def asking(epochs):
    return TINY.model_copy(update={"epochs": epochs})


@pytest.fixture
def fill(monkeypatch):
    """Let no file be begun whose name begins as one of some do, or any; what has room keeps it."""
    opened = Path.open

    def full(*names):
        def refusing(path, mode="r", *args, **options):
            if "w" in mode and path.name.startswith(names or ("",)):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return opened(path, mode, *args, **options)

        monkeypatch.setattr(Path, "open", refusing)

    return full


@pytest.fixture
def full_at(library, fill):
    """Fill the disk when so many epochs are trained, of how many are asked for."""

    def train(epoch, target):
        return InlineEngine(library, lambda record: record.epoch == epoch and fill()).submit(asking(target))

    return train


def test_the_reason_stays_with_the_run_though_no_new_file_has_room(library, full_at, capfd):
    with pytest.raises(TrainingFailed, match=r"No space left on device\. Free some space"):
        full_at(5, 300)
    status = library.find(TINY).status
    assert status.state is State.FAILED
    assert status.epoch <= 5
    assert "No space left on device. Free some space or choose another folder with EXPLORER_STORE." in status.error
    assert "Traceback" not in "".join(capfd.readouterr())


def test_what_is_asked_for_after_that_is_not_raised_to_the_former(library, full_at, monkeypatch):
    with pytest.raises(TrainingFailed):
        full_at(5, 300)
    monkeypatch.undo()
    run = InlineEngine(library).submit(asking(6))
    assert (run.status.state, run.epochs, run.status.target) == (State.DONE, 6, 6)


def test_a_training_that_cannot_even_begin_says_why(library, fill):
    run = InlineEngine(library).submit(TINY)
    fill(".status.json")
    with pytest.raises(TrainingFailed, match=r"status\.json cannot be written: No space left"):
        InlineEngine(library).submit(asking(9))
    assert (run.status.state, run.epochs) == (State.FAILED, 3)
    assert "No space left on device" in run.status.error


@on_linux
def test_figures_weights_and_the_outcome_wait_for_the_disk(library, monkeypatch):
    fsync, waited = os.fsync, []

    def noting(descriptor):
        waited.append(Path(f"/proc/self/fd/{descriptor}").readlink().name.split(".")[1])
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr("explorer.engine.progress.HEARTBEAT_SECONDS", 0.01)
    InlineEngine(library).submit(TINY)
    assert {"config", "metrics", "resume", "epoch-00003"} <= set(waited)
    assert waited.count("status") == 1


def test_a_long_error_finds_room_where_the_status_was(library, fill):
    run = InlineEngine(library).submit(TINY)
    room = run.paths.status.stat().st_blksize
    fill()
    write_outcome(run.paths, Status(state=State.FAILED, error="x" * 9_000, traceback="y" * 9_000))
    assert run.paths.status.stat().st_size < room
    written = json.loads(run.paths.status.read_bytes())
    assert (written["state"], written["error"], written["traceback"]) == ("failed", "x" * 500, None)


def test_a_rename_that_is_refused_for_a_moment_ends_no_training(library, monkeypatch):
    renamed, refusals = Path.replace, []

    def refusing(source, target):
        if len(refusals) < 3 and target.name == "metrics.jsonl":
            refusals.append(target)
            raise PermissionError(errno.EACCES, "Permission denied")
        return renamed(source, target)

    monkeypatch.setattr(Path, "replace", refusing)
    assert InlineEngine(library).submit(TINY).status.state is State.DONE
    assert len(refusals) == 3


def test_a_worker_that_died_a_moment_ago_does_not_raise_what_is_asked_for(library):
    run = library.request(asking(300))
    write_status(run.paths, Status(state=State.RUNNING, epoch=0, target=300))  # and holds no lock
    assert read_request(library.request(asking(60)).paths).epochs == 60
    with library.own.training_lock(run.id):
        library.request(asking(300))
        assert read_request(library.request(asking(60)).paths).epochs == 300


@pytest.mark.parametrize("left", [[], ["status.json"], ["status.json", "resume.safetensors"]], ids=len)
def test_a_run_whose_folder_is_removed_while_it_is_trained_stays_away(library, left):
    folder = library.own.paths(library.request(TINY).id).folder

    def remove(record):
        if record.epoch == 2:
            time.sleep(0.6)  # so that what follows is written
            kept = {name: (folder / name).read_bytes() for name in left if (folder / name).exists()}
            shutil.rmtree(folder)
            for name, content in kept.items():
                folder.mkdir(exist_ok=True)
                (folder / name).write_bytes(content)

    with contextlib.suppress(StoreNotWritable) if left else pytest.raises(StoreNotWritable, match="deleted meanwhile"):
        InlineEngine(library, remove).submit(asking(2_000))
    if not left:
        assert not folder.exists()
        return
    (run,) = library.own  # what is left is listed, and can be deleted
    with pytest.raises(BrokenFile, match=r"config\.json cannot be read \(No such file or directory\)"):
        _ = run.config
    library.own.delete(run.id)
    assert list(library.own.folder.glob("rbm-*")) == []


@on_linux
def test_events_on_a_full_disk_are_an_error_in_words_and_no_thread(tmp_path, monkeypatch):
    opened, threads = Path.open, threading.active_count()
    monkeypatch.setattr(Path, "open", lambda _path, *args, **options: opened(Path("/dev/full"), *args, **options))
    with pytest.raises(StoreNotWritable, match=r"tensorboard cannot be written: No space left on device\. Free some"):
        EventWriter(tmp_path / "tensorboard").scalars(1, {"error": 0.5})
    assert threading.active_count() == threads
