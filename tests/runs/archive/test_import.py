"""What is imported, and what is refused."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from explorer.engine.inline import InlineEngine
from explorer.errors import ImportRejected, LimitReached, StoreNotWritable
from explorer.runs.archive import import_run
from explorer.runs.archive.format import sha256
from explorer.runs.library import Library
from explorer.runs.status import State
from explorer.runs.store import Store
from tests.runs.archive.archives import (
    CONFIG,
    ID,
    changed_json,
    contents,
    files_of,
    leftovers,
    pack,
    safetensors,
    tensors,
)


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
    "status: behind": ("status.json", lambda x: changed_json(x, epoch=1), "epoch 3, of 1"),
    "metrics: text": ("metrics.jsonl", lambda x: x + b'{"epoch": 4, "a": "b"}\n', "a is not a number"),
    "metrics: truth": ("metrics.jsonl", lambda x: x + b'{"epoch": 4, "a": true}\n', "a is not a number"),
    "metrics: huge": ("metrics.jsonl", lambda _: b'{"epoch": 0, "a": 1' + b"0" * 400 + b"}", "too large"),
    "metrics: order": ("metrics.jsonl", lambda x: x * 2, "epoch 0 after 3"),
    "metrics: no epoch": ("metrics.jsonl", lambda _: b"{}", "not the metrics of an epoch"),
    "metrics: nested": ("metrics.jsonl", lambda _: b"[" * 100_000, "nested too deeply"),
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


def test_an_archive_is_bounded_packed_and_unpacked(trained, archive, store, clean_settings):
    clean_settings(import_mb=1)
    packed = pack(trained.id, files_of(archive) | {"rebuild.py": os.urandom(2_000_000)})
    bomb = pack(trained.id, files_of(archive) | {"rebuild.py": bytes(2_000_000)})
    assert len(bomb) < 100_000
    for content, size in ((packed, "2.0 MB"), (bomb, "2.0 MB of files")):
        with pytest.raises(LimitReached) as refusal:
            import_run(store, content)
        assert str(refusal.value) == (f"An archive of {size}: at most 1 MB (EXPLORER_IMPORT_MB). It is not imported.")
    assert not store.folder.exists()
    clean_settings(import_mb=3)
    assert import_run(store, bomb).id == trained.id


def test_an_archive_that_has_no_room_is_not_imported(trained, archive, store, clean_settings):
    clean_settings(store_mb=1)
    held = pack(trained.id, files_of(archive) | {"rebuild.py": bytes(1_000_000)})
    with pytest.raises(LimitReached, match=r"MB of runs: at most 1 MB \(EXPLORER_STORE_MB\)"):
        import_run(store, held)
    assert not store.folder.exists()
    assert import_run(store, archive).id == trained.id


def test_the_number_of_files_is_bounded(store):
    with pytest.raises(ImportRejected, match="more than 20000 files"):
        import_run(store, b"PK\x01\x02" * 30_000)
    files = {f"snapshots/epoch-{epoch:05d}.safetensors": b"" for epoch in range(2_001)}
    with pytest.raises(ImportRejected, match=f"more than 2000 files of {ID}"):
        import_run(store, pack(ID, files))


@pytest.mark.parametrize("content", [b"", b"PK", b"nonsense" * 100, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(content, store):
    with pytest.raises(ImportRejected):
        import_run(store, content)
