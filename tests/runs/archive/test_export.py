"""What an exported run holds."""

import io
import json
import runpy
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load_file

from explorer.errors import BrokenFile
from explorer.models.rbm import RBMConfig
from explorer.runs.archive import export_run, import_run
from explorer.runs.library import Library
from explorer.runs.status import State, Status, write_status
from explorer.runs.store import Store
from tests.runs.archive.archives import CONFIG, contents, files_of

# Export


def test_an_archive_unpacks_to_a_folder_with_all_that_is_needed(trained, archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = opened.namelist()
    snapshots = {f"snapshots/epoch-{epoch:05d}.safetensors" for epoch in range(4)}
    expected = {"config.json", "status.json", "metrics.jsonl", "resume.safetensors", "manifest.json"}
    for_readers = {"rebuild.py", "weights.txt"}
    assert {name.removeprefix(f"{trained.id}/") for name in names} == expected | for_readers | snapshots


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


def test_a_run_without_resume_state_is_exported_as_of_its_last_snapshot(trained, store, tmp_path):
    run = import_run(store, export_run(trained))
    run.paths.resume.unlink()
    run.paths.snapshot(3).unlink()
    assert import_run(Store(tmp_path / "other"), export_run(run)).epochs == 2


def test_a_run_that_was_only_asked_for_can_be_exported_and_imported(store, tmp_path):
    run = import_run(Store(tmp_path / "other"), export_run(store.request(CONFIG)))
    assert (run.status.state, run.epochs, run.snapshots) == (State.STOPPED, 0, [])


@pytest.mark.parametrize("name", ["resume.safetensors", "snapshots/epoch-00001.safetensors"])
def test_a_broken_file_is_named_at_export(name, trained, store):
    """Whoever exports a run and then deletes it would lose it."""
    run = import_run(store, export_run(trained))
    path = run.paths.folder / name
    for content in (b"nonsense", path.read_bytes()[:-1]):
        path.write_bytes(content)
        with pytest.raises(BrokenFile, match=name):
            export_run(run)


def test_of_damaged_metrics_what_is_whole_is_exported(trained, store, tmp_path):
    run = import_run(store, export_run(trained))
    run.paths.metrics.write_bytes(run.paths.metrics.read_bytes()[:-5])
    again = import_run(Store(tmp_path / "other"), export_run(run))
    assert again.metric_rows() == run.metric_rows() == trained.metric_rows()[:-1]
    assert not again.fault


# Import


def test_exporting_needs_no_torch():
    code = "import sys, explorer.runs.archive; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=180)
