"""How much of a training's time goes into resume states, by a clock that only trained epochs and writes move."""

from types import SimpleNamespace

import pytest
import torch

from explorer.engine import checkpoint
from explorer.engine.checkpoint import Checkpointer
from explorer.engine.inline import InlineEngine
from explorer.engine.progress import Progress
from explorer.models.rbm import RBMConfig
from explorer.runs.run import Run
from explorer.runs.schedule import is_snapshot_epoch
from explorer.runs.tensors import read_tensors

CONFIG = RBMConfig(dataset="bars-and-stripes", hidden_units=4)


class Training:
    """Epochs of so many seconds, and resume states that take so many to be written."""

    def __init__(self, run, monkeypatch, epoch, write):
        self.now, self.written, self.lost = 0.0, [], []
        self._epoch, self._write, self._write_tensors = epoch, write, checkpoint.write_tensors
        monkeypatch.setattr(checkpoint, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(checkpoint, "write_tensors", self._count)
        self.run = run
        self.keeping = Checkpointer(run.paths, CONFIG.new_learner((4, 4), torch.Generator().manual_seed(0)))

    def _count(self, path, arrays, epoch, **_options):
        self._write_tensors(path, arrays, epoch)
        if path == self.run.paths.resume:
            self.lost.append(self.now - self.written[-1][1] if self.written else 0.0)
            self.now += self._write
            self.written.append((epoch, self.now))

    def train(self, epochs):
        for epoch in range(epochs + 1):
            self.now += self._epoch if epoch else 0.0
            self.keeping.keep(epoch, epochs, {"loss": float(epoch)})

    @property
    def epochs_written(self):
        return [epoch for epoch, _ in self.written]


@pytest.fixture
def training(library, monkeypatch):
    run = library.request(CONFIG)
    return lambda *, epoch, write: Training(Run(run.paths.folder), monkeypatch, epoch, write)


def test_quick_writes_come_at_snapshots_and_twice_a_second(training):
    toy = training(epoch=0.125, write=0.0)
    toy.train(29)
    flushed = {0, 1, 2, 3, 5, 8, 10, 15, 20, 29}
    assert flushed == {epoch for epoch in range(30) if is_snapshot_epoch(epoch)} | {29}
    assert toy.epochs_written == sorted(flushed | {25})  # 25: five epochs after 20, the next one after half a second


@pytest.mark.parametrize("epoch", [0.05, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("write", [0.02, 0.2, 1.0])
def test_writes_take_a_tenth_of_the_time_and_half_a_second(training, epoch, write):
    large = training(epoch=epoch, write=write)
    large.train(200)
    assert len(large.written) * write <= 0.1 * large.now + 0.5 + write
    assert max(large.lost) <= max(0.5, 10 * write) + epoch + 1e-9


def test_a_slow_disk_delays_the_resume_state_but_no_snapshot(training):
    large = training(epoch=0.5, write=1.0)
    large.train(5)
    assert large.epochs_written == [0]
    assert large.run.snapshots == [0, 1, 2, 3, 5]
    assert [row["epoch"] for row in large.run.light_rows()] == [0, 1, 2, 3, 4, 5]
    assert (large.keeping.kept, large.keeping.ahead) == (0, 5)


def test_the_end_is_always_written(training):
    large = training(epoch=0.5, write=1.0)
    large.train(4)
    large.keeping.close()
    assert read_tensors(large.run.paths.resume)[1] == large.keeping.kept == 4
    assert (large.epochs_written, large.keeping.ahead) == ([0, 4], 0)


def test_epochs_that_are_not_written_yet_count_as_progress(library, monkeypatch):
    monkeypatch.setattr(checkpoint, "FLUSH_SHARE", -1.0)  # nothing but the end is written
    monkeypatch.setattr(checkpoint, "FLUSH_SECONDS", -1.0)
    shares, watch = [], Progress.watch
    monkeypatch.setattr(Progress, "watch", lambda self, share: shares.append(share) or watch(self, share))
    run = InlineEngine(library).submit(CONFIG.model_copy(update={"epochs": 4}))
    assert shares == sorted(shares)
    assert {int(share) for share in shares} >= {0, 1, 2, 3}
    assert (run.epochs, run.status.share) == (4, 0.0)
