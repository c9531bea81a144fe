import io
import json
import random
import runpy
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from explorer.engine.inline import InlineEngine
from explorer.errors import BrokenFile, ImportRejected, StoreNotWritable
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.archive import export_run, import_run, reader
from explorer.runs.archive.format import sha256
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.run import Run
from explorer.runs.status import State, Status, write_status
from explorer.runs.store import Store

CONFIG = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=3, momentum=0.5, persistent=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("trained")
    return InlineEngine(Library(Store(folder / "own"), Store(folder / "shipped", shipped=True))).submit(CONFIG)


@pytest.fixture(scope="module")
def archive(trained: Run) -> bytes:
    return export_run(trained)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def leftovers(store: Store) -> list[str]:
    return [path.name for path in store.folder.iterdir()] if store.folder.exists() else []


def contents(run: Run) -> dict[str, bytes]:
    paths = run.paths
    kept = [paths.config, paths.metrics, paths.resume, *map(paths.snapshot, run.snapshots)]
    return {path.relative_to(paths.folder).as_posix(): path.read_bytes() for path in kept}


def files_of(archive: bytes) -> dict[str, bytes]:
    """The files of an archive by name, without folder and manifest."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}
    del files["manifest.json"]
    return files


def pack(folder: str, files: dict[str, bytes], /, **manifest: object) -> bytes:
    """An archive whose manifest fits its files, whatever they are."""
    described = {"format": "explorer-run", "version": 1, "run": folder}
    described["files"] = {name: sha256(content) for name, content in files.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in {**files, "manifest.json": json.dumps(described | manifest).encode()}.items():
            opened.writestr(f"{folder}/{name}", content)
    return buffer.getvalue()


def changed_json(content: bytes, **changes: object) -> bytes:
    return json.dumps(json.loads(content) | changes).encode()


def safetensors(dtype: str, shape: list[int], size: int, metadata: object) -> bytes:
    """A file whose header says what no library would write."""
    header = {"W": {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}, "__metadata__": metadata}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


# Export


def test_an_archive_unpacks_to_a_folder_with_all_that_is_needed(trained, archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = opened.namelist()
    snapshots = {f"snapshots/epoch-{epoch:05d}.safetensors" for epoch in range(4)}
    expected = {"config.json", "status.json", "metrics.jsonl", "resume.safetensors", "rebuild.py", "manifest.json"}
    assert {name.removeprefix(f"{trained.id}/") for name in names} == expected | snapshots


def test_the_same_run_gives_the_same_bytes(trained, archive):
    assert export_run(trained) == archive


def test_weights_are_readable_without_the_explorer(trained, archive, tmp_path):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(tmp_path)
    weights = load_file(tmp_path / trained.id / "snapshots" / "epoch-00003.safetensors")
    np.testing.assert_array_equal(weights["W"], trained.model(3).W.numpy())


def test_the_script_trains_the_run_again(trained, archive, tmp_path, monkeypatch, capsys):
    from explorer.settings import settings

    monkeypatch.setenv("EXPLORER_STORE", str(tmp_path / "store"))
    settings.cache_clear()
    script = tmp_path / "rebuild.py"
    script.write_bytes(files_of(archive)["rebuild.py"])
    try:
        runpy.run_path(str(script), run_name="__main__")
        rebuilt = Library.open().own.run(trained.id)
    finally:
        settings.cache_clear()
    assert capsys.readouterr().out == f"<Run {trained.id}, 3 epochs>\n"
    assert contents(rebuilt)["resume.safetensors"] == contents(trained)["resume.safetensors"]


def test_the_script_states_every_value(archive):
    script = files_of(archive)["rebuild.py"].decode()
    assert all(f" {name}={getattr(CONFIG, name)!r},\n" in script for name in RBMConfig.model_fields)


def test_a_run_in_training_is_exported_as_of_its_last_whole_epoch(trained, store):
    run = import_run(store, export_run(trained))
    write_status(run.paths, Status(state=State.RUNNING, epoch=2, target=9, worker="host:1", traceback="/home/x"))
    run.paths.snapshot(4).write_bytes(run.paths.snapshot(3).read_bytes())
    with run.paths.metrics.open("a") as file:
        file.write('{"epoch": 4}\n')
    files = files_of(export_run(run))
    status = json.loads(files["status.json"])
    assert (status["state"], status["epoch"], status["worker"], status["traceback"]) == ("stopped", 3, "", None)
    assert "snapshots/epoch-00004.safetensors" not in files
    assert files["metrics.jsonl"].count(b"\n") == 4


def test_a_run_without_its_resume_state_is_exported_as_of_its_last_snapshot(trained, store, tmp_path):
    run = import_run(store, export_run(trained))
    run.paths.resume.unlink()
    run.paths.snapshot(3).unlink()
    assert import_run(Store(tmp_path / "other"), export_run(run)).epochs == 2


def test_a_run_that_was_only_asked_for_can_be_exported_and_imported(store, tmp_path):
    run = import_run(Store(tmp_path / "other"), export_run(store.request(CONFIG)))
    assert (run.status.state, run.epochs, run.snapshots) == (State.STOPPED, 0, [])


@pytest.mark.parametrize("name", ["resume.safetensors", "metrics.jsonl"])
def test_a_broken_file_is_named_at_export(name, trained, store):
    run = import_run(store, export_run(trained))
    (run.paths.folder / name).write_bytes(b"nonsense")
    with pytest.raises(BrokenFile, match=name):
        export_run(run)


# Import


def test_an_imported_run_is_the_exported_one(trained, archive, store):
    run = import_run(store, archive)
    assert contents(run) == contents(trained)
    assert run.status == trained.status.model_copy(update={"worker": ""})
    assert leftovers(store) == [trained.id]
    assert not (run.paths.folder / "rebuild.py").exists()


def test_an_imported_run_can_be_trained_on(archive, store, tmp_path):
    imported = import_run(store, archive)
    shipped = Store(tmp_path / "shipped", shipped=True)
    longer = CONFIG.model_copy(update={"epochs": 5})
    InlineEngine(Library(store, shipped)).submit(longer)
    at_once = InlineEngine(Library(Store(tmp_path / "fresh"), shipped)).submit(longer)
    assert contents(imported)["resume.safetensors"] == contents(at_once)["resume.safetensors"]


def test_nothing_is_overwritten(archive, store):
    run = import_run(store, archive)
    run.paths.metrics.write_text("mine")
    with pytest.raises(ImportRejected, match=f"{run.id} is already there"):
        import_run(store, archive)
    assert run.paths.metrics.read_text() == "mine"
    assert leftovers(store) == [run.id]


def test_another_import_of_the_same_run_may_be_faster(archive, store, monkeypatch):
    def import_first(path: Path, target: Path) -> Path:
        monkeypatch.undo()
        import_run(store, archive)
        return path.rename(target)

    monkeypatch.setattr(Path, "rename", import_first)
    with pytest.raises(ImportRejected, match="already there"):
        import_run(store, archive)
    assert len(leftovers(store)) == 1


def test_a_shipped_store_takes_no_import(archive, tmp_path):
    with pytest.raises(StoreNotWritable):
        import_run(Store(tmp_path, shipped=True), archive)


def test_a_store_that_cannot_be_written_is_named(archive, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreNotWritable, match="cannot be written"):
        import_run(Store(tmp_path / "file" / "store"), archive)


@pytest.mark.parametrize("state", ["running", "queued", "interrupted"])
def test_what_was_being_trained_elsewhere_arrives_stopped(state, trained, archive, store):
    files = files_of(archive)
    files["status.json"] = changed_json(files["status.json"], state=state, heartbeat=1e300, traceback="x")
    status = import_run(store, pack(trained.id, files)).status
    assert (status.state, status.traceback) == (State.STOPPED, None)
    assert status.heartbeat < 1e12


ID = "rbm-0123456789ab"
FILE_CHANGES = {
    "config: value": ("config.json", lambda x: x.replace(b'"cd_k": 1', b'"cd_k": 99'), "cd_k = 99"),
    "config: another run": ("config.json", lambda x: x.replace(b'"cd_k": 1', b'"cd_k": 2'), "is of the run"),
    "config: field": ("config.json", lambda x: x.replace(b'"cd_k"', b'"cd_j"'), "cd_j"),
    "config: text": ("config.json", lambda x: x.replace(b'"cd_k": 1', b'"cd_k": "1"'), "is not what this version"),
    "config: algorithm": ("config.json", lambda x: changed_json(x, algorithm=0), "is not what this version"),
    "config: kind": ("config.json", lambda x: changed_json(x, kind="../rbm"), "kind = '../rbm'"),
    "config: kind is a list": ("config.json", lambda x: changed_json(x, kind=[]), "not a config"),
    "config: config is a list": ("config.json", lambda x: changed_json(x, config=[1]), "not a config"),
    "config: not JSON": ("config.json", lambda _: b"{", "not a config"),
    "config: not an object": ("config.json", lambda _: b"[]", "not a config"),
    "config: nested": ("config.json", lambda _: b"[" * 100_000, "not a config"),
    "status: empty": ("status.json", lambda _: b"", "not a status"),
    "status: state": ("status.json", lambda x: changed_json(x, state="magic"), "not a status"),
    "status: infinite": ("status.json", lambda x: x.replace(b'"share": 0.0', b'"share": NaN'), "not a status"),
    "status: negative": ("status.json", lambda x: changed_json(x, epoch=-1), "not a status"),
    "status: too far": ("status.json", lambda x: changed_json(x, epoch=20_000), "epochs = 20000"),
    "status: ahead": ("status.json", lambda x: changed_json(x, epoch=5), "epoch 3 instead of 5"),
    "status: behind": ("status.json", lambda x: changed_json(x, epoch=1), "after 1, of 1"),
    "metrics: text": ("metrics.jsonl", lambda x: x + b'{"epoch": 3, "a": "b"}\n', "a is not a number"),
    "metrics: truth": ("metrics.jsonl", lambda x: x + b'{"epoch": 3, "a": true}\n', "a is not a number"),
    "metrics: huge": ("metrics.jsonl", lambda _: b'{"epoch": 0, "a": 1' + b"0" * 400 + b"}", "too large"),
    "metrics: order": ("metrics.jsonl", lambda x: x * 2, "epoch 0 after 3"),
    "metrics: no epoch": ("metrics.jsonl", lambda _: b"{}", "no epoch"),
    "metrics: nested": ("metrics.jsonl", lambda _: b"[" * 100_000, "recursion"),
    "metrics: bytes": ("metrics.jsonl", lambda _: b"\xff", "decode"),
    "snapshot: nonsense": ("snapshots/epoch-00001.safetensors", lambda _: b"nonsense", "not a snapshot"),
    "snapshot: cut": ("snapshots/epoch-00001.safetensors", lambda x: x[:-1], "not a snapshot"),
    "snapshot: pickle": ("snapshots/epoch-00001.safetensors", lambda _: b"\x80\x04.", "not a snapshot"),
    "snapshot: of another epoch": ("snapshots/epoch-00001.safetensors", lambda _: tensors(epoch="2"), "epoch 2"),
    "snapshot: no epoch": ("snapshots/epoch-00001.safetensors", lambda _: save({}), "not a snapshot"),
    "snapshot: shape": ("snapshots/epoch-00001.safetensors", lambda _: tensors(W=(16, 5)), "shape"),
    "snapshot: missing tensor": ("snapshots/epoch-00001.safetensors", lambda _: tensors(W=None), "missing"),
    "snapshot: more tensors": ("snapshots/epoch-00001.safetensors", lambda _: tensors(X=(1,)), "no tensor X"),
    "snapshot: not finite": ("snapshots/epoch-00001.safetensors", lambda _: tensors(fill=np.nan), "finite"),
    "snapshot: complex": (
        "snapshots/epoch-00001.safetensors",
        lambda _: safetensors("C64", [2], 16, {"epoch": "1"}),
        "finite",
    ),
    "snapshot: bfloat16": (
        "snapshots/epoch-00001.safetensors",
        lambda _: safetensors("BF16", [2], 4, {"epoch": "1"}),
        "BF16",
    ),
    "snapshot: metadata": (
        "snapshots/epoch-00001.safetensors",
        lambda _: safetensors("F32", [1], 4, {"epoch": "1" * 5000}),
        "not a snapshot",
    ),
    "resume: nonsense": ("resume.safetensors", lambda _: b"nonsense", "resume.safetensors does not fit"),
    "resume: shape": ("resume.safetensors", lambda _: tensors(epoch="3", b=(9,)), "resume.safetensors does not fit"),
}


def tensors(epoch: str = "1", fill: float = 0.0, **shapes: tuple[int, ...] | None) -> bytes:
    wanted = {"W": (16, 4), "a": (16,), "b": (4,)} | shapes
    return save(
        {name: np.full(shape, fill, np.float32) for name, shape in wanted.items() if shape is not None},
        metadata={"epoch": epoch},
    )


@pytest.mark.parametrize("case", FILE_CHANGES.values(), ids=FILE_CHANGES)
def test_a_file_that_is_not_valid_is_named(case, trained, archive, store):
    name, change, message = case
    files = files_of(archive)
    files[name] = change(files[name])
    with pytest.raises(ImportRejected, match=message):
        import_run(store, pack(trained.id, files))
    assert leftovers(store) == []


@pytest.mark.parametrize("name", ["config.json", "status.json", "metrics.jsonl"])
def test_a_missing_file_is_named(name, trained, archive, store):
    files = files_of(archive)
    del files[name]
    with pytest.raises(ImportRejected, match=f"{name} is missing"):
        import_run(store, pack(trained.id, files))


def test_a_run_cannot_claim_epochs_of_which_there_is_nothing(trained, archive, store):
    files = files_of(archive)
    del files["resume.safetensors"], files["snapshots/epoch-00003.safetensors"]
    with pytest.raises(ImportRejected, match="nothing in it is of epoch 3"):
        import_run(store, pack(trained.id, files))


def test_a_snapshot_cannot_be_of_a_later_epoch(trained, archive, store):
    files = files_of(archive) | {"snapshots/epoch-00008.safetensors": tensors(epoch="8")}
    with pytest.raises(ImportRejected, match="later epoch"):
        import_run(store, pack(trained.id, files))


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "../../evil",
        "snapshots/../../evil",
        "/etc/passwd",
        "snapshots\\epoch-00001.safetensors",
        "C:\\evil",
        "evil.txt",
        "snapshots/",
        "snapshots/epoch-1.safetensors",
        "snapshots/epoch-00001.safetensors.pkl",
        "snapshots/epoch-" + "1" * 5000 + ".safetensors",
        "snapshots/epoch-٠٠٠٠١.safetensors",
        "snapshots//epoch-00007.safetensors",
        "./config.json",
        "Config.json",
        "request.json",
        "stop",
        "lock",
        "",
    ],
)
def test_names_that_do_not_belong_are_refused(name, trained, archive, store, tmp_path):
    files = files_of(archive) | {name: b"x"}
    with pytest.raises(ImportRejected, match="does not belong"):
        import_run(store, pack(trained.id, files))
    assert leftovers(store) == []
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("folder", ["..", "", "/etc", "rbm", "rbm-0123456789AB", "rbm-0123456789ab\\x"])
def test_the_folder_is_a_run_id(folder, archive, store):
    with pytest.raises(ImportRejected, match="does not begin with a folder"):
        import_run(store, pack(folder, files_of(archive)))


def test_the_folder_is_the_runs_own(archive, store):
    with pytest.raises(ImportRejected, match=f"not of {ID}"):
        import_run(store, pack(ID, files_of(archive)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "version: Input should be 1"),
        ({"format": "zip"}, "format: Input should be 'explorer-run'"),
        ({"run": ID}, f"manifest.json is of '{ID}'"),
        ({"files": {}}, "not listed"),
        ({"files": 3}, "files: Input should be"),
        ({"more": 3}, "more: Extra inputs"),
    ],
)
def test_the_manifest_is_checked(changes, message, trained, archive, store):
    with pytest.raises(ImportRejected, match=message):
        import_run(store, pack(trained.id, files_of(archive), **changes))


def test_an_altered_file_is_named(trained, archive, store):
    hashes = {name: sha256(content) for name, content in files_of(archive).items()}
    files = files_of(archive) | {"rebuild.py": b"import os"}
    with pytest.raises(ImportRejected, match=r"rebuild.py was altered"):
        import_run(store, pack(trained.id, files, files=hashes))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_is_there_once(trained, archive, store):
    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a") as opened:
        opened.writestr(f"{trained.id}/config.json", b"{}")
    with pytest.raises(ImportRejected, match=r"config.json is in it twice"):
        import_run(store, buffer.getvalue())


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
def test_only_plain_files_are_taken(kind, trained, store):
    info = zipfile.ZipInfo(f"{trained.id}/config.json")
    info.external_attr = (kind | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr(info, b"/etc/passwd")
    with pytest.raises(ImportRejected, match="not a plain file"):
        import_run(store, buffer.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(method, trained, store):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as opened:
        opened.writestr(f"{trained.id}/config.json", b"{}")
    with pytest.raises(ImportRejected, match="compressed in an unusual way"):
        import_run(store, buffer.getvalue())


def test_a_zip_bomb_is_not_unpacked(trained, archive, store):
    files = files_of(archive) | {"metrics.jsonl": bytes(20_000_000)}
    bomb = pack(trained.id, files)
    assert len(bomb) < 100_000
    with pytest.raises(ImportRejected, match=r"metrics.jsonl is larger than"):
        import_run(store, bomb)


def test_a_size_in_the_header_is_not_believed(trained, archive, store):
    bomb = bytearray(pack(trained.id, files_of(archive) | {"metrics.jsonl": bytes(20_000_000)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.find(signature)
        while bomb[at + (30 if signature[2] == 3 else 46) :][: len(trained.id) + 8] != f"{trained.id}/metrics".encode():
            at = bomb.find(signature, at + 4)
        bomb[at + offset : at + offset + 4] = struct.pack("<I", 100)
    with pytest.raises(ImportRejected, match=r"metrics.jsonl is damaged"):
        import_run(store, bytes(bomb))


def test_all_files_together_are_bounded(archive, store, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 2_000)
    with pytest.raises(ImportRejected, match="larger than 2,000 bytes together"):
        import_run(store, archive)


def test_the_number_of_files_is_bounded(store):
    with pytest.raises(ImportRejected, match="more than 2000 files"):
        import_run(store, b"PK\x01\x02" * 3_000)


@pytest.mark.parametrize("content", [b"", b"PK", b"nonsense" * 100, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(content, store):
    with pytest.raises(ImportRejected):
        import_run(store, content)


def damaged(archive: bytes, chance: random.Random) -> bytes:
    """Flip, cut, double or drop some bytes, half of the time in the directory at the end."""
    content = bytearray(archive)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        first = len(content) - 1_500 if chance.random() < 0.5 else 0
        at = chance.randrange(max(0, first), len(content))
        length = chance.randrange(1, 40)
        match chance.randrange(5):
            case 0 | 1:
                content[at] ^= 1 << chance.randrange(8)
            case 2:
                content[at] = chance.randrange(256)
            case 3:
                del content[at : at + length]
            case _:
                content[at:at] = content[at : at + length]
    return bytes(content[: chance.randrange(len(content))] if chance.random() < 0.1 else content)


def test_a_damaged_archive_is_refused_or_does_no_harm(trained, archive, store):
    chance, expected = random.Random(0), contents(trained)  # noqa: S311  (no secret)
    outcomes = {"refused": 0, "imported": 0}
    for _ in range(600):
        try:
            run = import_run(store, damaged(archive, chance))
        except ImportRejected:
            outcomes["refused"] += 1
        else:
            outcomes["imported"] += 1
            assert contents(run) == expected
            store.delete(run.id)
        assert leftovers(store) == []
    assert min(outcomes.values()) > 0  # both were met


def test_a_forged_archive_is_refused_or_gives_a_run_that_works(trained, archive, store):
    chance = random.Random(0)  # noqa: S311  (no secret)
    refused = 0
    for _ in range(400):
        files = files_of(archive)
        name = chance.choice([name for name in files if name != "rebuild.py"])
        files[name] = damaged(files[name], chance)
        try:
            run = import_run(store, pack(trained.id, files))
        except ImportRejected:
            refused += 1
        else:
            assert run.config.model_copy(update={"epochs": 3}) == CONFIG
            assert all(run.model(epoch) for epoch in run.snapshots)
            assert len(run.metrics()) == len(run.metric_rows())
            store.delete(run.id)
        assert leftovers(store) == []
    assert 0 < refused < 400  # both were met


def test_exporting_needs_no_torch():
    code = "import sys, explorer.runs.archive; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# Models built on others

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


def test_an_imported_model_without_its_state_has_what_it_is_built_on_trained(child, store, tmp_path):
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
