"""A store on a disk that is really full, or really read-only: a small file system in memory, mounted for the test."""

import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import StoreNotWritable, TrainingFailed
from explorer.models.rbm import RBMConfig
from explorer.runs.library import Library
from explorer.runs.status import State, Status, write_status
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors
from tests.engine.mounting import call

CONFIG = RBMConfig(dataset="mnist-5k", hidden_units=9, batch_size=1000, epochs=8)  # 31 kB a snapshot


@pytest.fixture
def library(disk, tmp_path):
    return Library(Store(disk / "runs"), Store(tmp_path / "shipped", shipped=True))


def test_on_a_disk_that_fills_up_training_goes_on_when_there_is_space(
    disk, library, tmp_path, new_library, assert_same_bits
):
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(450_000))
    engine = InlineEngine(library)
    with pytest.raises((StoreNotWritable, TrainingFailed), match="No space left on device") as caught:
        engine.submit(CONFIG)
    assert str(disk) in str(caught.value)

    run = library.find(CONFIG)
    kept = read_tensors(run.paths.resume)[1]
    assert run.epochs <= kept < CONFIG.epochs
    assert kept >= 1
    assert run.metrics().loc[kept, "pseudo_likelihood"] < 0
    for epoch in run.snapshots:
        assert run.model(epoch).W.isfinite().all()
    assert not list(run.paths.folder.rglob("*.tmp"))
    with pytest.raises((StoreNotWritable, TrainingFailed), match="No space left on device"):  # no loop, no wrong "done"
        engine.submit(CONFIG)
    assert run.epochs <= read_tensors(run.paths.resume)[1] < CONFIG.epochs

    ballast.unlink()
    assert engine.submit(CONFIG).status.state is State.DONE
    assert_same_bits(run, InlineEngine(new_library(tmp_path / "one-go")).submit(CONFIG))


def test_a_disk_that_turns_read_only_can_still_be_viewed(disk, library):
    engine = InlineEngine(library)
    short = CONFIG.model_copy(update={"epochs": 2})
    run = engine.submit(short)
    call("mount", "-o", "remount,ro", disk)
    assert engine.submit(short).model() is not None
    assert (run.status.state, run.epochs, len(run.metrics())) == (State.DONE, 2, 3)
    assert [r.id for r in library] == [run.id]
    refused = (
        lambda: engine.submit(CONFIG),
        lambda: engine.submit(CONFIG.model_copy(update={"seed": 1})),
        lambda: library.own.delete(run.id),
        lambda: library.own.request_stop(run.id),
        lambda: write_status(run.paths, Status(state=State.FAILED)),
    )
    for act in refused:
        with pytest.raises(StoreNotWritable, match="Read-only file system") as caught:
            act()
        assert str(disk) in str(caught.value)
    assert run.status.state is State.DONE
