"""Archives of models that are built on others."""

import json
import runpy

import pytest
from safetensors.numpy import save

from explorer.engine.inline import InlineEngine
from explorer.errors import ImportRejected
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.archive import export_run, import_run
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.run import Run
from explorer.runs.store import Store
from tests.runs.archive.archives import contents, files_of, leftovers, pack

DBN = DBNConfig(
    first=RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2),
    hidden_units=(6, 5),
    persistent=True,
    momentum=0.5,
    lower_epochs=2,
    epochs=3,
)
FINE_TUNED = FineTunedDBNConfig(base=DBN, learning_rate=0.02, epochs=2)


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("family")
    library = Library(Store(folder / "own"), Store(folder / "shipped", shipped=True))
    InlineEngine(library).submit(FINE_TUNED)
    return library


@pytest.fixture(params=[DBN, FINE_TUNED], ids=["DBN", "fine-tuned"])
def child(request: pytest.FixtureRequest, family: Library) -> Run:
    return family.find(request.param)


def test_a_model_built_on_others_arrives_whole_and_alone(child, store):
    run = import_run(store, export_run(child))
    assert contents(run) == contents(child)
    assert leftovers(store) == [child.id]
    assert run.config == child.config
    for epoch in child.snapshots:
        mine, theirs = run.model(epoch).state(), child.model(epoch).state()
        assert all(mine[name].equal(x) for name, x in theirs.items())


def test_an_imported_model_goes_on_without_what_it_is_built_on(child, store, tmp_path):
    run = import_run(store, export_run(child))
    longer = child.config.model_copy(update={"epochs": 5})
    InlineEngine(Library(store, Store(tmp_path / "shipped", shipped=True))).submit(longer)
    assert leftovers(store) == [child.id]
    at_once = InlineEngine(Library(Store(tmp_path / "fresh"), Store(tmp_path / "shipped", shipped=True))).submit(longer)
    assert contents(run)["resume.safetensors"] == contents(at_once)["resume.safetensors"]


def test_for_an_imported_model_without_state_its_parents_are_trained(child, store, tmp_path):
    run = import_run(store, export_run(child))
    run.paths.resume.unlink()
    longer = child.config.model_copy(update={"epochs": 5})
    InlineEngine(Library(store, Store(tmp_path / "shipped", shipped=True))).submit(longer)
    assert len(leftovers(store)) == len(ancestors(longer)) + 1
    snapshot = "snapshots/epoch-00002.safetensors"
    assert contents(run)[snapshot] == contents(child)[snapshot]


def test_the_script_of_a_model_built_on_others_trains_them_all_again(child, family, tmp_path, monkeypatch, capsys):
    from explorer.settings import settings

    monkeypatch.setenv("EXPLORER_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("EXPLORER_TRAINED", str(tmp_path / "none"))
    settings.cache_clear()
    script = tmp_path / "rebuild.py"
    script.write_bytes(files_of(export_run(child))["rebuild.py"])
    try:
        runpy.run_path(str(script), run_name="__main__")
        rebuilt = Library.open().own
        chain = [*ancestors(child.config), child.config]
        for config in chain:
            original = family.find(config)
            mine, theirs = contents(rebuilt.run(original.id)), contents(original)
            assert mine["config.json"] == theirs["config.json"]
            assert mine["resume.safetensors"] == theirs["resume.safetensors"]
        assert len(list(rebuilt)) == len(chain)
    finally:
        settings.cache_clear()
    assert capsys.readouterr().out == f"<Run {child.id}, {child.epochs} epochs>\n"


def test_the_script_states_every_value_of_every_model(family):
    script = files_of(export_run(family.find(FINE_TUNED)))["rebuild.py"].decode()
    assert "from explorer import DBNConfig, FineTunedDBNConfig, RBMConfig, train\n" in script
    for indent, config in ((12, FINE_TUNED), (16, DBN), (20, DBN.first)):
        for name in type(config).model_fields.keys() - {"first", "base"}:
            assert f"\n{' ' * indent}{name}={getattr(config, name)!r},\n" in script
    assert max(map(len, script.splitlines())) <= 120
    compile(script, "rebuild.py", "exec")


CHILD_CHANGES = {
    "another parent": (lambda x: x["config"]["base"]["first"].update(cd_k=2), "is of the run"),
    "a parent's value": (lambda x: x["config"]["base"]["first"].update(cd_k=99), r"base\.first\.cd_k = 99"),
    "a parent's epochs": (lambda x: x["config"]["base"]["first"].pop("epochs"), "is not what this version"),
    "no parent": (lambda x: x["config"].pop("base"), "is not what this version"),
    "a parent that is none": (lambda x: x["config"].update(base=[]), r"base = \[\] is not valid"),
    "flat names": (lambda x: x["config"].update({"base.cd_k": 2}), "is not what this version"),
    "another data set": (lambda x: x["config"]["base"]["first"].update(dataset="mnist"), "as dataset says"),
    "a text for layers": (lambda x: x["config"]["base"].update(hidden_units="6-5"), "is not what this version"),
    "other layers": (lambda x: x["config"]["base"].update(hidden_units=[6, 5, 4]), "is of the run"),
    "too many layers": (lambda x: x["config"]["base"].update(hidden_units=[9] * 4), r"base\.hidden_units"),
}


@pytest.mark.parametrize("case", CHILD_CHANGES.values(), ids=CHILD_CHANGES)
def test_a_config_whose_parents_were_altered_is_refused(case, family, store):
    change, message = case
    run = family.find(FINE_TUNED)
    files = files_of(export_run(run))
    config = json.loads(files["config.json"])
    change(config)
    files["config.json"] = json.dumps(config).encode()
    with pytest.raises(ImportRejected, match=message):
        import_run(store, pack(run.id, files))
    assert leftovers(store) == []


def test_a_config_nested_without_end_is_refused(family, store):
    run = family.find(FINE_TUNED)
    for depth in (100, 700, 950):
        files = files_of(export_run(run))
        deep = '{"base":' * depth + "{}" + "}" * depth
        files["config.json"] = files["config.json"].replace(
            b'"config": {', b'"config": {"first": ' + deep.encode() + b","
        )
        with pytest.raises(ImportRejected, match=r"config\.json"):
            import_run(store, pack(run.id, files))


@pytest.mark.parametrize("name", ["1.G", "top.chains"])
def test_tensors_that_a_model_has_not_are_refused(name, family, store):
    run = family.find(DBN)
    files = files_of(export_run(run))
    state = run.model(1).state()
    path = "snapshots/epoch-00001.safetensors"
    files[path] = save({key: x.numpy() for key, x in (state | {name: state["1.W"]}).items()}, metadata={"epoch": "1"})
    with pytest.raises(ImportRejected, match=f"no tensor {name}"):
        import_run(store, pack(run.id, files))
