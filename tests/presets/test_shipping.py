"""What `trained/` holds is what stands beside the presets, no more and no less."""

import runpy
from collections import Counter

import numpy as np
import pytest
from safetensors.numpy import load_file

from explorer.engine.inline import InlineEngine
from explorer.models.registry import KINDS, PAGES, kind_of
from explorer.presets.shipping import BUDGETS_MB, BUILT_IN, Shipped
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER

TRAINED = Store(APP_FOLDER / "trained", shipped=True)
ENTRIES = [(kind, entry) for kind in KINDS for entry in kind_of(kind).load("shipped")]
PRESETS = [(kind, preset) for kind in KINDS for preset in kind_of(kind).load("presets")]
FULL = [
    (kind, preset.name, values)
    for kind, preset in PRESETS
    for values in (preset.settings, preset.pinned)
    if values is not None and values["dataset"] == "mnist"
]


def config_of(kind, values):
    return kind_of(kind).config_class().from_values(values)


def test_every_shipped_run_has_one_entry_and_every_entry_a_run():
    stated = Counter(run_id(config_of(kind, entry.settings)) for kind, entry in ENTRIES)
    assert stated == Counter(run.id for run in TRAINED)


@pytest.mark.parametrize(("kind", "entry"), ENTRIES, ids=[f"{kind} {dict(entry.settings)}" for kind, entry in ENTRIES])
def test_of_a_shipped_run_there_is_what_its_entry_says(kind, entry):
    config = config_of(kind, entry.settings)
    run = TRAINED.run(run_id(config))
    assert run.epochs == config.epochs == run.metric_rows()[-1]["epoch"]
    assert tuple(run.snapshots) == entry.snapshots
    assert run.can_go_on == entry.resume
    assert not set(entry.lacking) & set(entry.snapshots)
    assert all(0 <= epoch < config.epochs for epoch in entry.lacking)
    pictures = {run.paths.preview(epoch) for epoch in entry.snapshots} if entry.previews else set()
    assert set(run.paths.previews.glob("*")) == pictures
    assert run.paths.tensorboard.exists() == bool(entry.snapshots)


@pytest.mark.parametrize("run", list(TRAINED), ids=lambda run: run.id)
def test_shipped_weights_are_at_half_precision(run):
    for epoch in run.snapshots:
        assert {array.dtype for array in load_file(run.paths.snapshot(epoch)).values()} == {np.dtype(np.float16)}


@pytest.mark.parametrize(("kind", "name", "values"), FULL, ids=[f"{kind}: {name}" for kind, name, _ in FULL])
def test_presets_on_the_full_mnist_show_at_once(kind, name, values):
    config = config_of(kind, values)
    assert config.epochs in TRAINED.run(run_id(config)).snapshots
    for ancestor in ancestors(config):
        assert TRAINED.run(run_id(ancestor)).epochs >= ancestor.epochs


@pytest.mark.parametrize("kind", PAGES)
def test_without_the_full_mnist_a_page_opens_on_a_trained_model(kind):
    config = config_of(kind, BUILT_IN)
    assert config.epochs in TRAINED.run(run_id(config)).snapshots
    for ancestor in ancestors(config):
        assert TRAINED.run(run_id(ancestor)).epochs >= ancestor.epochs


def test_home_has_pictures_of_every_page():
    """Home shows a kind's defaults on the full MNIST."""
    faces = {run_id(config_of(kind, {"dataset": "mnist"})) for kind in PAGES}
    assert faces == {run.id for run in TRAINED if run.paths.previews.exists()}


@pytest.mark.parametrize("family", sorted({kind.family for kind in KINDS.values()}))
def test_shipped_runs_keep_within_their_budget(family):
    size = sum(run.size() for run in TRAINED if kind_of(run.kind).family == family)
    assert 0 < size <= BUDGETS_MB[family] * 1e6


def test_a_run_is_shipped_as_its_entry_says(tmp_path):
    script = runpy.run_path(str(APP_FOLDER / "scripts" / "build_trained.py"))
    entry = Shipped({"dataset": "bars-and-stripes", "epochs": 2}, snapshots=(0, 2), resume=True, previews=True)
    library = Library(Store(tmp_path / "own"), Store(tmp_path / "none", shipped=True))
    engine = InlineEngine(library)
    run = engine.submit(config_of("rbm", entry.settings))
    engine.measure(run)
    script["ship"](run, entry, tmp_path / "shipped")
    shipped = Store(tmp_path / "shipped", shipped=True).run(run.id)
    assert shipped.snapshots == [0, 2]
    assert shipped.can_go_on
    assert sorted(path.name for path in shipped.paths.previews.iterdir()) == ["epoch-00000.png", "epoch-00002.png"]
    assert shipped.metric_rows() == run.metric_rows() != run.light_rows()
    assert shipped.status.worker == ""
    assert [path.name for path in shipped.paths.tensorboard.iterdir()] == ["events.out.tfevents.0"]
    differences = shipped.model(2).W - run.model(2).W
    assert 0 < differences.abs().max() < 1e-2
