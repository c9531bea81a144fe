import os
import time
from pathlib import Path

import pytest
import torch

from explorer.engine.checkpoint import Checkpointer
from explorer.engine.inline import InlineEngine
from explorer.engine.job import train_job
from explorer.engine.measuring import Measuring
from explorer.engine.progress import Progress
from explorer.errors import InvalidRunId, RunBusy, RunNotFound, TrainingFailed
from explorer.models.rbm import RBMConfig
from explorer.models.rbm_learner import RBMLearner
from explorer.runs import status as status_module
from explorer.runs.status import State, read_request
from tests.few_images import few_images

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, persistent=True, momentum=0.5, epochs=3)


def asking(config, epochs):
    return config.model_copy(update={"epochs": epochs})


def is_readable(run):
    return (
        run.status.epoch <= max([0, *run.snapshots])
        and len(run.metric_rows()) >= 0
        and all(run.model(epoch).W.isfinite().all() for epoch in run.snapshots)
        and run.config is not None
    )


@pytest.fixture
def soon_stale(monkeypatch):
    monkeypatch.setattr(status_module, "STALE_AFTER_SECONDS", 0.3)


def test_a_worker_killed_in_mid_epoch_leaves_a_run_that_goes_on(
    library, six, six_in_one_go, worker, gate, kill, wait_until, soon_stale, assert_same_bits
):
    run = library.request(six)
    process = worker(run, six, 2)
    wait_until(lambda: 2 in run.snapshots and run.status.share > 0)
    with pytest.raises(RunBusy):
        library.own.delete(run.id)
    kill(process.pid)
    process.join(60)
    gate.unlink()
    wait_until(lambda: run.status.state is State.INTERRUPTED)
    assert run.epochs == 2
    assert run.snapshots == [0, 1, 2]
    assert run.model().W.isfinite().all()
    assert run.metrics()["reconstruction_error"].notna().all()
    assert InlineEngine(library).submit(six).status.attempt == 2
    assert run.status.state is State.DONE
    assert_same_bits(run, six_in_one_go)


@pytest.mark.parametrize("renamed", [False, True], ids=["before the rename", "after the rename"])
def test_a_death_at_any_write_leaves_a_run_that_goes_on(
    tmp_path, new_library, monkeypatch, soon_stale, assert_same_bits, renamed
):
    class Death(BaseException):
        """Ends the process: nothing written afterwards reaches the disk."""

    rename = Path.replace
    monkeypatch.setattr("explorer.engine.job.load", few_images)
    reference = InlineEngine(new_library(tmp_path / "one-go")).submit(TINY)
    survived = False
    deadly = 0
    while not survived:
        deadly += 1
        writes = 0

        def replace(source, target):
            nonlocal writes
            writes += 1
            if writes < deadly or (renamed and writes == deadly):  # noqa: B023  (called within this round only)
                rename(source, target)
            if writes >= deadly:  # noqa: B023
                raise Death

        library = new_library(tmp_path / str(deadly))
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            try:
                InlineEngine(library).submit(TINY)
                survived = True
            except Death:
                pass
        if TINY in library:
            assert is_readable(library.find(TINY))
        assert_same_bits(InlineEngine(library).submit(TINY), reference)
    assert deadly > 12  # config, request, status, and three files at each of four epochs


def test_of_two_processes_that_start_one_run_at_once_one_trains_it(
    library, six, six_in_one_go, worker, gate, wait_until, tmp_path, assert_same_bits
):
    run = library.request(six)
    both = [worker(run, six, 2, tmp_path) for _ in range(2)]
    wait_until(lambda: len(list(tmp_path.glob("ready-*"))) == 2)
    (tmp_path / "go").touch()
    wait_until(lambda: any(process.exitcode is not None for process in both))
    assert run.status.state is State.RUNNING  # the other has only returned
    gate.unlink()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert (run.status.state, run.status.attempt) == (State.DONE, 1)
    assert_same_bits(run, six_in_one_go)


def test_a_target_raised_while_it_trains_is_honoured(library, tmp_path, new_library, assert_same_bits):
    def more(record):
        if record.epoch == 2:
            library.request(asking(TINY, 6))

    run = InlineEngine(library, more).submit(TINY)
    assert (run.status.state, run.status.epoch, run.status.target, run.status.attempt) == (State.DONE, 6, 6, 1)
    assert_same_bits(run, InlineEngine(new_library(tmp_path / "one-go")).submit(asking(TINY, 6)))


def test_a_target_raised_at_the_last_moment_is_honoured(library, monkeypatch):
    leave = Progress.__exit__

    def more(self, *error):
        monkeypatch.undo()
        library.request(asking(TINY, 6))  # the engine's job for this request would find the run busy
        return leave(self, *error)

    monkeypatch.setattr(Progress, "__exit__", more)
    run = InlineEngine(library).submit(TINY)
    assert (run.status.state, run.status.epoch, run.status.attempt) == (State.DONE, 6, 2)


def test_a_stop_is_not_undone_by_a_second_job_that_waits_for_the_same_run(library):
    def stop(record):
        if record.epoch == 2:
            library.own.request_stop(library.find(TINY).id)
            time.sleep(0.25)  # the flag is looked for five times a second

    run = InlineEngine(library, stop).submit(asking(TINY, 500))
    assert run.status.state is State.STOPPED
    kept = run.epochs
    train_job(str(library.own.folder), run.id)  # two people had asked for it
    assert (run.status.state, run.epochs, run.status.attempt) == (State.STOPPED, kept, 1)
    assert InlineEngine(library).submit(asking(TINY, kept + 2)).epochs == kept + 2  # asked for anew


def test_a_failure_is_not_repeated_by_a_second_job(library):
    diverging = RBMConfig(
        dataset="bars-and-stripes", hidden_units=4, learning_rate=10, weight_decay=1, binarize="threshold", epochs=9
    )
    with pytest.raises(TrainingFailed):
        InlineEngine(library).submit(diverging)
    run = library.find(diverging)
    train_job(str(library.own.folder), run.id)
    assert (run.status.state, run.status.attempt) == (State.FAILED, 1)


def test_a_request_made_while_a_stop_takes_effect_is_honoured(library, monkeypatch):
    close = Checkpointer.close

    def asked_again(self):
        close(self)
        monkeypatch.undo()
        library.request(asking(TINY, 40))  # the engine's job for this request would find the run busy

    def stop(record):
        if record.epoch == 2:
            monkeypatch.setattr(Checkpointer, "close", asked_again)
            library.own.request_stop(library.find(TINY).id)
            time.sleep(0.25)

    run = InlineEngine(library, stop).submit(asking(TINY, 30))
    assert (run.status.state, run.epochs, run.status.attempt) == (State.DONE, 40, 2)
    assert not run.paths.stop.exists()


def test_a_request_withdrawn_while_a_worker_takes_it_up_stops_it(library):
    run = library.request(asking(TINY, 500))

    def withdraw(record):
        if record.epoch == 2:
            run.paths.request.unlink()

    train_job(str(library.own.folder), run.id, on_epoch=withdraw)
    assert (run.status.state, run.epochs) == (State.STOPPED, 2)


def test_the_epoch_in_the_status_is_never_ahead_of_what_is_kept(library, monkeypatch):
    monkeypatch.setattr("explorer.engine.checkpoint.FLUSH_SECONDS", 60.0)
    monkeypatch.setattr("explorer.engine.progress.HEARTBEAT_SECONDS", 0.005)
    seen = []

    def compare(record):
        time.sleep(0.02)  # some heartbeats
        run = library.find(TINY)
        reached = int(run.metrics().index[-1])
        seen.append((record.epoch, run.epochs <= reached))

    InlineEngine(library, compare).submit(asking(TINY, 20))
    assert [epoch for epoch, _ in seen] == list(range(1, 21))
    assert all(fine for _, fine in seen)


def test_a_disk_that_fails_in_mid_run_is_named_and_what_was_kept_is_told(library, monkeypatch):
    rename = Path.replace

    def full(source, target):
        if source.name.startswith((".metrics", ".resume", ".epoch")):
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr("explorer.engine.checkpoint.FLUSH_SECONDS", 60.0)

    def fill(record):
        if record.epoch == 9:
            monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(TrainingFailed, match="No space left on device"):
        InlineEngine(library, fill).submit(asking(TINY, 30))
    run = library.find(TINY)
    assert (run.status.state, run.epochs) == (State.FAILED, 8)  # not 9, which was trained but not kept
    monkeypatch.undo()
    assert InlineEngine(library).submit(asking(TINY, 30)).epochs == 30


def test_a_worker_that_cannot_see_the_run_says_where_it_looked(tmp_path, library):
    run = library.request(TINY)
    elsewhere = tmp_path / "not-shared"
    with pytest.raises(RunNotFound, match=run.id) as caught:
        train_job(str(elsewhere), run.id)
    assert str(elsewhere) in str(caught.value)
    assert not elsewhere.exists()
    with pytest.raises(InvalidRunId):
        train_job(str(library.own.folder), "../x")


def test_a_job_without_a_request_does_nothing(library):
    run = InlineEngine(library).submit(TINY)
    run.paths.request.unlink()
    before = run.status
    train_job(str(library.own.folder), run.id)
    assert run.status == before
    assert read_request(run.paths) is None
    assert os.path.exists(run.paths.resume)  # noqa: PTH110


@pytest.mark.parametrize("place", ["new_learner", "train_batch", "each_epoch"])
@pytest.mark.parametrize(("batch_size", "half"), [(100, 50), (1, None)])
def test_a_gpu_without_memory_is_told_with_a_batch_size_that_may_fit(library, monkeypatch, place, batch_size, half):
    def full(*_):
        raise torch.OutOfMemoryError("tried to allocate 20 GiB")

    monkeypatch.setattr("explorer.engine.job.load", few_images)
    owners = {"new_learner": RBMConfig, "train_batch": RBMLearner, "each_epoch": Measuring}
    config = TINY.model_copy(update={"batch_size": batch_size})
    words = f"at batch size {batch_size}. Try {half}," if half else "choose a smaller model"
    with monkeypatch.context() as patch:
        patch.setattr(owners[place], place, full)
        with pytest.raises(TrainingFailed, match=words) as caught:
            InlineEngine(library).submit(config)
    assert "tried to allocate 20 GiB" in str(caught.value)
    assert library.find(config).status.smaller_batch == half
    again = InlineEngine(library).submit(config)  # when there is room again
    assert again.status.state is State.DONE
    assert again.status.smaller_batch is None
