import os
import threading
import time

import pytest

from explorer.errors import BrokenFile, InvalidRunId, RunBusy, RunNotFound, StoreNotWritable
from explorer.runs import store as store_module
from explorer.runs.ids import run_id
from explorer.runs.status import State, Status, read_request, read_status, write_status
from explorer.runs.store import Store

MISSING = "rbm-0123456789ab"


def test_opening_a_store_creates_nothing(tmp_path):
    store = Store(tmp_path / "none")
    assert list(store) == []
    assert MISSING not in store
    assert not store.folder.exists()


@pytest.mark.parametrize(
    "text",
    ["", "..", "../x", "/etc", "rbm-..", "rbm-0123456789ab/", "rbm-0123456789ab\0", "x" * 5000, "рбм-0123456789ab"],
)
def test_a_text_that_is_no_id_is_refused_everywhere(store, run, text):
    victim = store.folder.parent / "x"
    victim.mkdir()
    (victim / "config.json").write_text("{}")
    for use in (store.paths, store.run, store.__contains__, store.delete, store.request_stop):
        with pytest.raises(InvalidRunId):
            use(text)
    with pytest.raises(InvalidRunId), store.training_lock(text):
        pass
    assert os.listdir(victim) == ["config.json"]
    assert [r.id for r in store] == [run.id]


def test_a_missing_run_is_named_everywhere(store, run):
    assert run.id in store
    assert MISSING not in store
    for use in (store.run, store.delete, store.request_stop):
        with pytest.raises(RunNotFound, match=MISSING):
            use(MISSING)
    assert os.listdir(store.folder) == [run.id]


def test_a_listing_ignores_what_is_no_run(store, run):
    for name in ("notes", ".deleted-0123", ".arriving-0123", MISSING, "rbm-..", "Ünïcode", "lost+found"):
        (store.folder / name).mkdir()
    (store.folder / "rbm-aaaaaaaaaaaa").write_text("a file")
    (store.folder / "rbm-bbbbbbbbbbbb" / "config.json").mkdir(parents=True)
    assert [r.id for r in store] == [run.id]


@pytest.mark.parametrize("content", [b'{"half": "writ', b"\0\0\0", b"null"])
def test_a_broken_run_does_not_hide_the_others(store, run, config, content):
    other = store.request(config.model_copy(update={"seed": 9}))
    run.paths.config.write_bytes(content)
    assert {r.id for r in store} == {run.id, other.id}
    assert store.run(other.id).config.seed == 9
    with pytest.raises(BrokenFile) as caught:
        _ = store.run(run.id).config
    assert caught.value.path == run.paths.config
    store.delete(run.id)  # the remedy
    assert [r.id for r in store] == [other.id]


def test_a_request_creates_the_run_and_waits(store, config):
    run = store.request(config)
    assert run.id == run_id(config)
    assert run.settings == config.model_dump(mode="json", exclude={"epochs"})
    assert run.status.state is State.QUEUED
    assert read_request(run.paths).epochs == config.epochs
    assert store.queue() == [run.id]
    assert not run.paths.status.exists()  # the worker's alone


def test_the_target_of_a_live_run_is_only_raised(store, config):
    for epochs, expected in ((5, 5), (3, 5), (9, 9), (1, 9)):
        run = store.request(config.model_copy(update={"epochs": epochs}))
        assert read_request(run.paths).epochs == expected


def test_the_target_of_a_run_that_has_ended_is_what_was_asked_last(store, config):
    run = store.request(config.model_copy(update={"epochs": 100}))
    settled = read_request(run.paths).submitted
    write_status(run.paths, Status(state=State.STOPPED, epoch=2, target=100, settled=settled))
    assert read_request(store.request(config.model_copy(update={"epochs": 9})).paths).epochs == 9


def test_of_two_requests_at_once_the_greater_is_kept(store, config, monkeypatch):
    read = store_module.read_request

    def slowly(paths):
        request = read(paths)
        time.sleep(0.15)
        return request

    store.request(config)
    monkeypatch.setattr(store_module, "read_request", slowly)
    both = [
        threading.Thread(target=store.request, args=(config.model_copy(update={"epochs": epochs}),))
        for epochs in (100, 50)
    ]
    for thread in both:
        thread.start()
        time.sleep(0.05)
    for thread in both:
        thread.join()
    assert read(store.paths(run_id(config))).epochs == 100


def test_a_stop_is_withdrawn_by_the_next_request(store, run, config):
    write_status(run.paths, Status(state=State.RUNNING, epoch=2, target=5))
    store.request_stop(run.id)
    assert run.paths.stop.exists()
    store.request(config.model_copy(update={"epochs": 5}))
    assert not run.paths.stop.exists()


def test_a_stop_takes_a_new_run_out_of_the_queue(store, config):
    run = store.request(config)
    store.request_stop(run.id)
    assert (run.status.state, run.epochs) == (State.STOPPED, 0)
    assert store.queue() == []
    assert store.request(config).status.state is State.QUEUED


def test_a_stop_takes_more_epochs_of_a_run_out_of_the_queue(store, run, config):
    store.request(config.model_copy(update={"epochs": 5}))
    assert run.status.state is State.QUEUED
    store.request_stop(run.id)
    assert (run.status.state, run.epochs) == (State.DONE, 2)


def test_the_queue_is_in_the_order_of_the_requests(store, config, run):
    ids = [store.request(config.model_copy(update={"seed": seed})).id for seed in (3, 1, 2)]
    assert store.queue() == ids


def test_a_deleted_run_is_gone_without_a_trace(store, run):
    store.delete(run.id)
    assert run.id not in store
    assert os.listdir(store.folder) == []


def test_a_run_in_training_is_not_deleted(store, run):
    size = run.size()
    with store.training_lock(run.id):
        with pytest.raises(RunBusy, match=run.id):
            store.delete(run.id)
        with pytest.raises(RunBusy), store.training_lock(run.id):
            pytest.fail("two hold the lock")
    assert run.size() == size
    store.delete(run.id)


def test_an_error_under_the_lock_is_passed_on_and_releases_it(store, run):
    for error in (TimeoutError("within"), OSError(5, "within"), KeyboardInterrupt()):
        with pytest.raises(type(error)), store.training_lock(run.id):
            raise error
    with store.training_lock(run.id):
        pass


def test_a_disk_that_keeps_no_locks_is_refused_in_words(store, run, config, monkeypatch):
    monkeypatch.setattr("fcntl.flock", lambda *_: None)  # grants everything, as where there are none
    with pytest.raises(StoreNotWritable, match="does not keep locks") as caught:
        store.request(config.model_copy(update={"epochs": 9}))
    assert str(store.folder) in str(caught.value)
    with pytest.raises(StoreNotWritable, match="does not keep locks"), store.training_lock(run.id):
        pytest.fail("it was taken for locked")
    monkeypatch.undo()
    with store.training_lock(run.id):
        pass


def test_locking_a_run_that_is_gone_does_not_bring_its_folder_back(store):
    with pytest.raises(RunNotFound, match=MISSING), store.training_lock(MISSING):
        pass
    assert not store.folder.exists()


def test_the_shipped_store_is_never_written_to(shipped, put, config):
    run = put(shipped)
    paths = sorted(shipped.folder.rglob("*"))
    before = [(path, path.stat().st_mtime_ns) for path in (shipped.folder, *paths)]
    with pytest.raises(StoreNotWritable, match="shipped"):
        shipped.request(config.model_copy(update={"epochs": 9}))
    with pytest.raises(StoreNotWritable, match="shipped"):
        shipped.delete(run.id)
    with pytest.raises(StoreNotWritable, match="shipped"):
        shipped.request_stop(run.id)
    assert shipped.run(run.id).model() is not None
    assert [(path, path.stat().st_mtime_ns) for path in (shipped.folder, *sorted(shipped.folder.rglob("*")))] == before


def test_a_store_below_a_file_is_not_writable_and_empty(tmp_path, config):
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "runs")
    assert list(store) == []
    assert config.kind not in [r.kind for r in store]
    assert run_id(config) not in store
    with pytest.raises(RunNotFound):
        store.run(run_id(config))
    with pytest.raises(StoreNotWritable, match=str(store.folder)):
        store.request(config)
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_status_that_cannot_be_written_stays_as_it_was(store, run, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    before = read_status(run.paths)
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(StoreNotWritable, match=r"status\.json.*No space left on device"):
        write_status(run.paths, Status(state=State.FAILED))
    with pytest.raises(StoreNotWritable, match=r"request\.json"):
        store.request(run.config)
    assert read_status(run.paths) == before
    assert not list(run.paths.folder.rglob("*.tmp"))
