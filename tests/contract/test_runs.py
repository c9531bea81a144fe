"""What every kind promises of its runs: trained by the engine, kept on disk, exported, shipped."""

import numpy as np
import pytest

from explorer.engine.inline import InlineEngine
from explorer.errors import TrainingFailed
from explorer.models.registry import KINDS
from explorer.runs.archive import export_run
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from explorer.runs.status import State
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors
from explorer.settings import settings
from explorer.training import loop
from tests.contract.again import assert_trained_again
from tests.contract.tiny import ENDS, tiny
from tests.same_bits import assert_same_bits

each_kind = pytest.mark.parametrize("kind", KINDS)
each_tiny = pytest.mark.parametrize("config", [tiny(kind) for kind in KINDS], ids=KINDS)
each_end = pytest.mark.parametrize("config", ENDS.values(), ids=ENDS)


def asking(config, epochs):
    return config.model_copy(update={"epochs": epochs})


def is_sound(model):
    return all(bool(tensor.isfinite().all()) for tensor in model.state().values())


@each_end
def test_training_that_goes_on_is_bit_for_bit_as_in_one_go(config, trained, library, shelf):
    in_one_go = trained(config)
    engine = InlineEngine(library)
    engine.submit(asking(config, 2))
    run = engine.submit(config)
    assert (run.status.attempt, in_one_go.status.attempt) == (2, 1)
    assert_same_bits(run, in_one_go)
    for parent in ancestors(config):
        assert_same_bits(library.find(parent), shelf.find(parent))
    assert {each.id for each in library.own} == {run_id(each) for each in (config, *ancestors(config))}


@each_tiny
def test_a_run_has_figures_of_its_epochs_and_pictures_of_its_snapshots(config, trained, shelf):
    run = trained(config)
    InlineEngine(shelf).measure(run)
    described = {metric.name for metric in KINDS[config.kind].load("measures").metrics}
    table = run.metrics()
    assert list(table.index) == [0, 1, 2, 3]
    assert set(table.columns) - {"seconds"} <= described
    assert table.drop(columns="seconds").notna().any(axis=None)
    assert all(run.paths.preview(epoch).exists() for epoch in run.snapshots)
    assert run.config == asking(config.trajectory(), 3)


@each_tiny
def test_a_training_that_diverges_keeps_the_last_sound_snapshot(config, library, trained, monkeypatch):
    """The first weights go to infinity after an epoch; what is kept of it is as if nothing had happened."""

    def poisoned(learner, data, **places):
        for record in loop.train_epochs(learner, data, **places):
            yield record
            next(iter(learner.model.state().values())).detach().fill_(float("inf"))

    with monkeypatch.context() as patch:
        patch.setattr("explorer.engine.job.train_epochs", poisoned)
        with pytest.raises(TrainingFailed, match=r"In epoch 2 at learning rate .* epoch 1 is kept; try a smaller"):
            InlineEngine(library).submit(config)
    run = library.find(config)
    assert (run.status.state, run.status.epoch, run.status.traceback) == (State.FAILED, 1, None)
    assert list(run.metrics().index) == [0, 1]
    assert is_sound(run.model(max(run.snapshots)))
    assert_same_bits(InlineEngine(library).submit(config), trained(config))


@each_tiny
def test_a_snapshot_in_half_precision_is_read_as_any_other(config, library):
    run = InlineEngine(library).submit(asking(config, 1))
    arrays, epoch = read_tensors(run.paths.snapshot(1))
    write_tensors(run.paths.snapshot(1), {name: x.astype(np.float16) for name, x in arrays.items()}, epoch)
    state = run.model(1).state()
    assert state.keys() == arrays.keys()
    for name, tensor in state.items():
        assert tensor.numpy().dtype == np.float32
        np.testing.assert_array_equal(tensor.numpy(), arrays[name].astype(np.float16).astype(np.float32))


@each_kind
def test_every_shipped_run_can_be_shown(kind):
    for run in [run for run in Store(settings().trained, shipped=True) if run.kind == kind]:
        assert run_id(run.config) == run.id
        assert run.metric_rows(), run.id
        assert all(is_sound(run.model(epoch)) for epoch in run.snapshots[-1:]), run.id  # some are figures only


@each_end
def test_the_exported_script_trains_the_run_again_in_a_fresh_process(config, trained, tmp_path, monkeypatch):
    original = trained(config)
    assert_trained_again(original, export_run(original), tmp_path, monkeypatch)
