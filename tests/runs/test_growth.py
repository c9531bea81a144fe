"""Runs keep their ids when their kind gets a field more."""

import json

import pytest
from pydantic import create_model

from explorer.errors import BrokenFile, ImportRejected
from explorer.models.config import LayerSizes, default_values, hyperparameters, is_added, layer_sizes, parent
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.archive import export_run, import_run
from explorer.runs.ids import identity, run_id
from explorer.runs.lineage import ancestors
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER
from tests.growing import NOVEL, grown, make_later

START = {"start": "anew"}
ADDED: dict[str, dict[str, object]] = {
    **{kind: START for kind in KINDS if kind not in ("deep-autoencoder", "deep-classifier")},  # whose start is older
    **{kind: START | {"centred": False} for kind in ("rbm", "gaussian-rbm", "dbn", "pretraining")},
}  # kind → field → default of each `added` field: a changed default would be another run under an old id


@pytest.fixture
def later(monkeypatch):
    make_later(monkeypatch)


def test_the_defaults_of_fields_added_later_are_what_they_were():
    found = {}
    for kind in KINDS.values():
        for name, info in kind.config_class().model_fields.items():
            if is_added(info):
                found.setdefault(kind.name, {})[name] = info.get_default(call_default_factory=True, validated_data={})
    assert found == ADDED


def places(config_class):
    """The names of the added field, in the class and in the models that it is built on."""
    return [h.name for h in hyperparameters(config_class) if h.name.split(".")[-1] == NOVEL]


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_added_later_makes_another_run_only_off_its_default(kind):
    old = KINDS[kind].config_class()
    new, dataset = grown(old), {"dataset": "mnist-5k"}
    before, after = old(**dataset), new(**dataset)
    assert identity(after) == identity(before)
    assert run_id(after) == run_id(before)
    assert [run_id(config) for config in ancestors(after)] == [run_id(config) for config in ancestors(before)]
    others = [new.from_values(dataset | {name: True}) for name in places(new)]
    assert others
    ids = [run_id(config) for config in others if config.trajectory() != after]
    assert len({run_id(before), *ids}) == 1 + len(ids)
    assert run_id(after.model_copy(update={NOVEL: True})) in ids  # of the kind itself it always has an effect


@pytest.mark.parametrize("name", ["base.novel", "base.first.novel"])
def test_a_field_added_to_a_parent_makes_other_runs_of_its_children(name):
    fine = grown(KINDS["fine-tuned-dbn"].config_class())
    assert places(fine) == [NOVEL, "base.novel", "base.first.novel"]
    changed = fine.from_values({"dataset": "bars-and-stripes", name: True})
    usual = fine(dataset="bars-and-stripes")
    assert run_id(changed) != run_id(usual)
    of_changed, of_usual = (list(map(run_id, ancestors(config))) for config in (changed, usual))
    assert (of_changed[0] != of_usual[0]) is (name == "base.first.novel")
    assert of_changed[1] != of_usual[1]


def test_shipped_runs_keep_their_ids_in_a_later_version():
    runs = list(Store(APP_FOLDER / "trained", shipped=True))
    assert len(runs) >= 95
    again = {run.id: run_id(grown(type(run.config)).from_values(run.written)) for run in runs}
    assert [id_ for id_, found in again.items() if found != id_] == []


def test_fields_added_later_are_no_part_of_layers_and_parents_ids():
    teacher = parent(DBNConfig, "Teacher", "A model to learn from.", added=True)
    layers = layer_sizes((8, 6), "Layers", "More of them.", stops=((8, 6),), ge=1, le=9, most=3, added=True)
    new = create_model("RBMConfig", __base__=RBMConfig, teacher=(DBNConfig, teacher), layers=(LayerSizes, layers))
    for dataset in ("bars-and-stripes", "mnist-5k"):
        before = run_id(RBMConfig(dataset=dataset))
        assert run_id(new(dataset=dataset)) == before
        changes = ({"layers": (8,)}, {"teacher.epochs": 7}, {"teacher.first.seed": 1}, {"teacher.hidden_units": "9"})
        ids = {run_id(new.from_values({"dataset": dataset} | change)) for change in changes}
        assert len({before, *ids}) == 5


# Files of older and newer versions


def test_a_run_at_the_default_has_the_file_that_an_older_version_writes(store, shipped, config, tmp_path):
    new = grown(RBMConfig)(**config.model_dump())
    older, newer = store.request(config), Store(tmp_path / "new").request(new)
    assert newer.id == older.id
    assert newer.paths.config.read_bytes() == older.paths.config.read_bytes()
    off = Store(tmp_path / "new").request(new.model_copy(update={NOVEL: True}))
    assert json.loads(off.paths.config.read_bytes())["config"][NOVEL] is True


def test_an_older_run_has_the_default_of_a_field_added_later(run, later):
    assert NOVEL not in run.written
    assert run.settings[NOVEL] is False
    assert run.config == grown(RBMConfig)(**run.settings, epochs=run.epochs)
    assert run.settings.keys() == default_values(grown(RBMConfig)).keys() - {"epochs"}
    assert run_id(run.config) == run.id


def test_a_newer_run_is_refused_with_its_field_and_what_to_do(store, config):
    new = store.request(grown(RBMConfig)(**config.model_dump() | {NOVEL: True}))
    with pytest.raises(BrokenFile, match=r"novel = True .* no such field.*Update the explorer"):
        _ = Run(new.paths.folder).settings


def test_an_export_of_an_older_version_is_imported(run, tmp_path, later):
    arrived = import_run(Store(tmp_path / "later"), export_run(run))
    assert arrived.settings[NOVEL] is False
    assert arrived.paths.config.read_bytes() == run.paths.config.read_bytes()


def test_an_older_version_imports_an_export_at_the_default_and_no_other(run, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        make_later(patch)
        usual = export_run(run)
        content = json.loads(run.paths.config.read_bytes())
        content["config"][NOVEL] = True
        off = run.config.model_copy(update={NOVEL: True})
        folder = run.paths.folder.rename(run.paths.folder.with_name(run_id(off)))
        (folder / "config.json").write_text(json.dumps(content))
        other = export_run(Run(folder))
        assert import_run(Store(tmp_path / "later"), other).settings[NOVEL] is True
    assert import_run(Store(tmp_path / "older"), usual).id == run.id
    with pytest.raises(ImportRejected, match="novel = True is not valid: rbm has no such field"):
        import_run(Store(tmp_path / "older"), other)
