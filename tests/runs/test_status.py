import json
import os
import time

import pytest

from explorer.runs.files import write_atomically
from explorer.runs.paths import RunPaths
from explorer.runs.status import (
    STALE_AFTER_SECONDS,
    Request,
    State,
    Status,
    is_outstanding,
    read_request,
    read_status,
    write_status,
)

LONG_AGO = STALE_AFTER_SECONDS + 1


@pytest.fixture
def paths(tmp_path):
    paths = RunPaths(tmp_path / "rbm-0123456789ab")
    paths.folder.mkdir()
    return paths


def ask(paths, epochs, *, touched=0.0):
    """Write a request that was last touched so many seconds ago."""
    request = Request(epochs=epochs, submitted=time.time() - touched)
    write_atomically(paths.request, request.model_dump_json().encode())
    os.utime(paths.request, times=(time.time() - touched, time.time() - touched))
    return request


def worker_wrote(paths, *, ago=0.0, **fields):
    status = Status(**fields)
    write_atomically(
        paths.status, status.model_copy(update={"heartbeat": time.time() - ago}).model_dump_json().encode()
    )


def test_what_a_worker_writes_is_read(paths):
    before = time.time()
    written = Status(state=State.DONE, epoch=7, target=7, seconds_per_epoch=0.5, device="CPU", attempt=2)
    write_status(paths, written)
    read = read_status(paths)
    assert before <= read.heartbeat <= time.time()
    assert read == written.model_copy(update={"heartbeat": read.heartbeat})


@pytest.mark.parametrize(("ago", "state"), [(0.0, State.RUNNING), (LONG_AGO, State.INTERRUPTED)])
def test_a_stale_heartbeat_means_interrupted(paths, ago, state):
    worker_wrote(paths, state=State.RUNNING, epoch=3, share=0.5, ago=ago)
    status = read_status(paths)
    assert (status.state, status.epoch) == (state, 3)
    assert status.share == (0.5 if state is State.RUNNING else 0.0)


def test_the_outcome_of_a_run_does_not_grow_stale(paths):
    for state in (State.DONE, State.STOPPED, State.FAILED):
        worker_wrote(paths, state=state, ago=1e6)
        assert read_status(paths).state is state


@pytest.mark.parametrize(("touched", "state"), [(0.0, State.QUEUED), (LONG_AGO, State.INTERRUPTED)])
def test_a_request_waits_for_as_long_as_somebody_touches_it(paths, touched, state):
    ask(paths, 5, touched=touched)
    status = read_status(paths)
    assert (status.state, status.epoch, status.target) == (state, 0, 5)


@pytest.mark.parametrize("outcome", [State.DONE, State.STOPPED, State.FAILED])
def test_more_epochs_wait_behind_an_earlier_outcome(paths, outcome):
    worker_wrote(paths, state=outcome, epoch=3, target=3, error="once", ago=5.0)
    ask(paths, 5)
    status = read_status(paths)
    assert (status.state, status.epoch, status.target, status.error) == (State.QUEUED, 3, 5, None)


def test_a_request_for_fewer_epochs_than_are_kept_changes_nothing(paths):
    worker_wrote(paths, state=State.DONE, epoch=8, target=8)
    ask(paths, 5)
    assert read_status(paths).state is State.DONE


@pytest.mark.parametrize("outcome", [State.STOPPED, State.FAILED])
def test_a_request_that_ended_in_a_stop_or_an_error_waits_no_more(paths, outcome):
    request = ask(paths, 5)
    worker_wrote(paths, state=outcome, epoch=3, target=5, error="why", settled=request.submitted)
    assert read_status(paths).state is outcome
    assert read_status(paths).error == "why"
    ask(paths, 5)  # asked again
    assert read_status(paths).state is State.QUEUED


def test_a_worker_whose_clock_is_ahead_does_not_hide_a_request(paths):
    worker_wrote(paths, state=State.DONE, epoch=3, target=3, ago=-3600.0)
    request = ask(paths, 5)
    assert read_status(paths).state is State.QUEUED
    assert is_outstanding(request, read_status(paths))


def test_a_run_without_status_or_request_is_interrupted(paths):
    assert read_status(paths).state is State.INTERRUPTED
    assert read_request(paths) is None


def test_only_queued_and_running_are_live():
    assert {state for state in State if state.live} == {State.QUEUED, State.RUNNING}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0\0",
        b"\xff\xfe",
        b'{"state": "runn',
        b"[]",
        b"null",
        b"{}",
        b'{"state": "asleep"}',
        b'{"state": "done", "epoch": "many"}',
        b'{"state": "done", "epoch": 1.5}',
        b'{"state": "done"} {"state": "done"}',
        b'{"state": "done", "epoch": -5}',
        b'{"state": "done", "epoch": 10000000}',
        b'{"state": "done", "smaller_batch": -7}',
        b'{"state": "done", "share": NaN}',
        b'{"state": "done", "seconds_per_epoch": -1}',
        b"[" * 100_000,
    ],
)
def test_a_broken_status_is_that_of_a_run_interrupted_at_its_last_snapshot(paths, content):
    write_atomically(paths.status, content)
    write_atomically(paths.snapshot(0), b"")
    write_atomically(paths.snapshot(7), b"")
    status = read_status(paths)
    assert (status.state, status.epoch) == (State.INTERRUPTED, 7)
    assert status.error == "status.json is damaged: times are lost."


@pytest.mark.parametrize("content", [b"", b'{"epochs": 5', b'{"epochs": 5}', b'{"epochs": null, "submitted": 0}'])
def test_a_broken_request_is_none(paths, content):
    write_atomically(paths.request, content)
    assert read_request(paths) is None
    assert read_status(paths).state is State.INTERRUPTED


def test_texts_of_a_status_are_short_printable_and_ids(paths):
    odd = {"device": "\x1b[31mGPU\0", "error": "x" * 10**6, "parent": "../../x", "worker": "a\nb"}
    write_atomically(paths.status, json.dumps({"state": "failed"} | odd).encode())
    status = read_status(paths)
    assert (status.device, status.parent, status.worker) == ("\ufffd[31mGPU\ufffd", "", "a\nb")
    assert len(status.error) == 20_000


def test_a_heartbeat_or_a_request_of_the_future_is_not_alive(paths):
    later = time.time() + 7_200
    write_atomically(paths.status, Status(state=State.RUNNING, heartbeat=later).model_dump_json().encode())
    assert read_status(paths).state is State.INTERRUPTED
    write_atomically(paths.request, Request(epochs=5, submitted=later).model_dump_json().encode())
    os.utime(paths.request, (later, later))
    assert read_status(paths).state is State.INTERRUPTED
    os.utime(paths.request)
    assert read_status(paths).state is State.QUEUED


def test_a_status_of_a_later_version_is_read(paths):
    write_atomically(paths.status, b'{"state": "done", "epoch": 4, "invented": [1, 2]}')
    assert read_status(paths).epoch == 4
