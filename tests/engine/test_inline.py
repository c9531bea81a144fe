import json
import threading
import time

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from explorer.analysis.rbm_measures import MEASURES
from explorer.engine.inline import InlineEngine
from explorer.engine.progress import STOP_CHECK_SECONDS
from explorer.errors import RunBusy, TrainingFailed
from explorer.models.rbm import RBMConfig
from explorer.runs.library import Library
from explorer.runs.status import State
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors
from explorer.training.device import threads

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=3)
WITH_MEMORY = RBMConfig(
    dataset="bars-and-stripes", hidden_units=4, persistent=True, momentum=0.5, batch_size=70, decay_epochs=9, epochs=3
)
DIVERGING = RBMConfig(dataset="bars-and-stripes", hidden_units=4, learning_rate=10, weight_decay=1, epochs=20)


def asking(config, epochs):
    return config.model_copy(update={"epochs": epochs})


def events(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "images": 0})
    accumulator.Reload()
    return accumulator


@pytest.fixture
def in_thread():
    """Submit in another thread; a run that fails there is seen by its status."""
    started = []

    def submit(engine, config):
        thread = threading.Thread(target=engine.submit, args=(config,), daemon=True)
        started.append(thread)
        thread.start()
        return thread

    yield submit
    for thread in started:
        thread.join(30)
        assert not thread.is_alive()


def test_threads_are_as_many_as_set_while_it_trains(library, clean_settings):
    clean_settings(device="cpu", threads=3)
    assert InlineEngine(library).submit(TINY).status.device == "CPU, 3 threads"
    assert torch.get_num_threads() == 1


def test_threads_stay_as_they_are_where_none_are_set(library, clean_settings, monkeypatch):
    monkeypatch.delenv("EXPLORER_THREADS")
    clean_settings(device="cpu")
    with threads(2):
        assert InlineEngine(library).submit(TINY).status.device == "CPU, 2 threads"


def test_a_run_leaves_all_its_files(library):
    seen = []
    run = InlineEngine(library, seen.append).submit(asking(TINY, 12))
    status = run.status
    assert (status.state, status.epoch, status.target, status.attempt) == (State.DONE, 12, 12, 1)
    assert (status.error, status.traceback, status.share) == (None, None, 0.0)
    assert status.device == "CPU, 1 thread"
    assert 0 < status.seconds_per_epoch < status.training_seconds
    assert 0 < status.figures_seconds < status.training_seconds
    assert status.seconds_left == 0
    assert json.loads(run.paths.config.read_bytes())["config"]["hidden_units"] == 4
    assert run.snapshots == [0, 1, 2, 3, 5, 8, 10, 12]
    assert [record.epoch for record in seen] == list(range(1, 13))
    table = run.metrics()
    assert list(table.index) == list(range(13))
    assert table["reconstruction_error"].notna().all()
    arrays, epoch = read_tensors(run.paths.resume)
    assert epoch == 12
    np.testing.assert_array_equal(arrays["W"], run.model(12).W.numpy())
    assert not run.paths.stop.exists()
    assert not list(run.paths.folder.rglob("*.tmp"))


def test_tensorboard_reads_the_figures_of_each_epoch(library):
    run = InlineEngine(library).submit(asking(TINY, 6))
    read = events(run.paths.tensorboard)
    assert set(read.Tags()["scalars"]) == set(run.metrics().columns) - {"seconds"}
    errors = read.Scalars("reconstruction_error")
    assert [event.step for event in errors] == list(range(7))
    np.testing.assert_allclose([event.value for event in errors], run.metrics()["reconstruction_error"], rtol=1e-6)


def test_tensorboard_reads_heavy_figures_distributions_and_pictures(library):
    engine = InlineEngine(library)
    run = engine.submit(asking(TINY, 6))
    engine.measure(run)
    read = events(run.paths.figure_events)
    tags = read.Tags()
    heavy = {name for each in MEASURES.heavy(TINY) for name in each.metrics}
    assert set(tags["scalars"]) == heavy & set(run.metrics().columns) > {"log_likelihood", "dead_units"}
    assert {e.step: pytest.approx(e.value) for e in read.Scalars("log_likelihood")} == dict(
        run.metrics()["log_likelihood"].dropna()
    )
    assert set(tags["histograms"]) == {"W", "a", "b", "hidden_probability"}
    assert tags["images"] == ["weights"]
    assert sorted(event.step for event in read.Histograms("W")) == run.snapshots
    assert read.Histograms("W")[-1].histogram_value.num == 16 * 4
    assert sorted(event.step for event in read.Images("weights")) == run.snapshots
    assert read.Images("weights")[-1].encoded_image_string.startswith(b"\x89PNG")


def test_tensorboard_has_each_epoch_once_after_continuing(library):
    engine = InlineEngine(library)
    engine.submit(asking(TINY, 3))
    time.sleep(1.1)  # the names of the files hold the second, and are read in this order
    run = engine.submit(asking(TINY, 6))
    time.sleep(1.1)
    run.paths.resume.unlink()  # the remedy for a broken one: train it again
    run.paths.status.unlink()
    run = engine.submit(asking(TINY, 6))
    read = events(run.paths.tensorboard)
    assert [event.step for event in read.Scalars("reconstruction_error")] == list(range(7))


def test_asking_for_fewer_epochs_is_a_read(library):
    engine = InlineEngine(library)
    run = engine.submit(asking(TINY, 8))
    before = {path: path.stat().st_mtime_ns for path in run.paths.folder.rglob("*")}
    status = run.status
    for epochs in (8, 5, 1):
        assert engine.submit(asking(TINY, epochs)).paths == run.paths
    assert run.status == status
    assert {path: path.stat().st_mtime_ns for path in run.paths.folder.rglob("*")} == before


@pytest.mark.parametrize("config", [TINY, WITH_MEMORY], ids=["cd", "pcd, momentum, decay, ragged batch"])
def test_three_then_six_epochs_are_six_in_one_go(tmp_path, new_library, assert_same_bits, config):
    at_once = InlineEngine(new_library(tmp_path / "a")).submit(asking(config, 6))
    engine = InlineEngine(new_library(tmp_path / "b"))
    engine.submit(asking(config, 3))
    continued = engine.submit(asking(config, 6))
    assert (continued.status.attempt, at_once.status.attempt) == (2, 1)
    assert_same_bits(continued, at_once)
    assert continued.snapshots == at_once.snapshots
    names = set(read_tensors(continued.paths.resume)[0])
    assert names == {"W", "a", "b"} | (
        {"chains", "velocity.W", "velocity.a", "velocity.b"} if config.momentum else set()
    )


@pytest.mark.parametrize("kept", [True, False], ids=["with its state", "without its state"])
def test_a_shipped_run_trained_further_is_the_same_run(tmp_path, library, new_library, assert_same_bits, kept):
    InlineEngine(Library(Store(library.shipped.folder), Store(tmp_path / "none", shipped=True))).submit(WITH_MEMORY)
    shipped = library.find(WITH_MEMORY)
    assert shipped.shipped
    if not kept:
        shipped.paths.resume.unlink()
    assert shipped.can_go_on is kept
    further = InlineEngine(library).submit(asking(WITH_MEMORY, 6))
    assert not further.shipped
    assert_same_bits(further, InlineEngine(new_library(tmp_path / "one-go")).submit(asking(WITH_MEMORY, 6)))
    assert shipped.epochs == 3


def test_another_seed_is_another_run(library):
    engine = InlineEngine(library)
    runs = [engine.submit(TINY), engine.submit(TINY.model_copy(update={"seed": 1}))]
    assert runs[0].id != runs[1].id
    assert not np.array_equal(runs[0].model().W, runs[1].model().W)


def test_a_run_that_diverges_says_what_to_do_and_keeps_the_last_good_model(library):
    engine = InlineEngine(library)
    with pytest.raises(TrainingFailed, match="learning rate 10"):
        engine.submit(DIVERGING)
    run = library.find(DIVERGING)
    status = run.status
    assert status.state is State.FAILED
    assert f"epoch {status.epoch + 1}" in status.error
    assert "smaller learning rate" in status.error
    assert status.traceback is None
    assert status.epoch == run.snapshots[-1] >= 1
    assert run.model().W.isfinite().all()
    assert list(run.metrics().index) == list(range(status.epoch + 1))
    with pytest.raises(TrainingFailed, match=f"epoch {status.epoch + 1}"):  # and again, with the same outcome
        engine.submit(DIVERGING)
    assert (run.status.attempt, run.status.epoch) == (2, status.epoch)


def test_a_stop_ends_the_run_within_a_second_with_its_last_whole_epoch(library, six, six_in_one_go, assert_same_bits):
    asked = []

    def stop(record):
        if record.epoch == 4:
            asked.append(time.process_time())
            library.own.request_stop(library.find(six).id)
            time.sleep(STOP_CHECK_SECONDS)  # until it is looked for again: else a quick epoch more may end

    run = InlineEngine(library, stop).submit(six)
    assert time.process_time() - asked[0] < 1.0  # however busy the machine is
    assert (run.status.state, run.epochs) == (State.STOPPED, 4)
    assert run.snapshots == [0, 1, 2, 3, 4]
    assert read_tensors(run.paths.resume)[1] == run.metrics().index[-1] == 4
    assert not run.paths.stop.exists()
    assert InlineEngine(library).submit(six).status.state is State.DONE
    assert_same_bits(run, six_in_one_go)


def test_a_worker_shows_that_it_is_alive_within_an_epoch(library, in_thread, wait_until, monkeypatch):
    monkeypatch.setattr("explorer.engine.progress.HEARTBEAT_SECONDS", 0.02)
    long = RBMConfig(dataset="bars-and-stripes", hidden_units=4, batch_size=1, cd_k=50)
    in_thread(InlineEngine(library), long)
    run = wait_until(lambda: long in library and library.find(long))
    first = wait_until(lambda: run.status.share > 0 and run.status)
    later = wait_until(lambda: run.status.share > first.share and run.status)
    library.own.request_stop(run.id)
    assert (first.state, first.epoch, later.epoch) == (State.RUNNING, 0, 0)
    assert first.heartbeat < later.heartbeat
    wait_until(lambda: run.status.state is State.STOPPED)
    assert (run.epochs, run.snapshots) == (0, [0])


def test_a_run_that_another_trains_is_not_trained_again(library, six, held, in_thread, wait_until):
    held(six, 0)
    in_thread(InlineEngine(library), six)
    run = wait_until(lambda: six in library and library.find(six))
    wait_until(lambda: run.snapshots)
    with pytest.raises(RunBusy, match=run.id):
        InlineEngine(library).submit(six)
    library.own.request_stop(run.id)


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_with_half_a_resume_file_training_begins_again_to_the_same_bits(library, new_library, tmp_path, damage):
    engine = InlineEngine(library)
    run = engine.submit(TINY)
    whole = run.paths.resume.read_bytes()
    run.paths.resume.write_bytes(whole[: len(whole) // 2] if damage == "truncated" else b"garbage" * 50)
    again = engine.submit(asking(TINY, 6))
    straight = InlineEngine(new_library(tmp_path / "straight")).submit(asking(TINY, 6))
    assert again.paths.resume.read_bytes() == straight.paths.resume.read_bytes()
    assert set(straight.snapshots) <= set(again.snapshots)
    assert list(again.metrics().index) == list(range(7))


def test_a_resume_file_that_does_not_fit_is_named(library):
    engine = InlineEngine(library)
    run = engine.submit(TINY)
    arrays, epoch = read_tensors(run.paths.resume)
    write_tensors(run.paths.resume, arrays | {"W": arrays["W"].T}, epoch)
    with pytest.raises(TrainingFailed, match=str(run.paths.resume)):
        engine.submit(asking(TINY, 6))
    assert run.status.state is State.FAILED
    assert str(run.paths.resume) in run.status.error
    assert run.model(2).n_hidden == 4
    run.paths.resume.unlink()  # as the message says
    assert engine.submit(asking(TINY, 6)).snapshots == [0, 1, 2, 3, 5, 6]


def test_a_run_with_damaged_files_goes_on_and_has_them_whole_again(library):
    engine = InlineEngine(library)
    run = engine.submit(TINY)
    rows = run.metric_rows()
    run.paths.metrics.write_bytes(run.paths.metrics.read_bytes()[:-9])
    run.paths.status.write_bytes(b"")
    run.paths.request.write_bytes(b"{")
    assert run.fault
    assert (run.status.state, run.epochs) == (State.INTERRUPTED, run.snapshots[-1])
    again = engine.submit(asking(TINY, 6))
    assert (again.status.state, again.epochs, again.fault) == (State.DONE, 6, "")
    assert again.metric_rows()[: len(rows) - 1] == rows[:-1]


def test_a_defect_of_the_program_is_an_outcome_with_its_traceback(library, monkeypatch):
    def defect(*_args):
        raise ZeroDivisionError("here")

    monkeypatch.setattr("explorer.analysis.rbm_measures.RBMMeasures.each_epoch", defect)
    with pytest.raises(TrainingFailed, match="ZeroDivisionError: here"):
        InlineEngine(library).submit(TINY)
    status = library.find(TINY).status
    assert status.state is State.FAILED
    assert "in defect" in status.traceback
