"""Studies kept under a name, and taken along."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from explorer.errors import ImportRejected, InvalidName, StoreNotWritable
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.store import Store
from explorer.runs.studies import FOLDER, KeptStudy, export_study, forget, keep, kept, read_study

LINK = {"model": "rbm", "vary": "cd_k", "values": "1,2"}
TOY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=1)


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return file.getvalue()


def test_what_is_kept_is_listed_by_name_and_can_be_forgotten(tmp_path):
    for name in ("what does k do?", "β", "  A  "):
        keep(tmp_path, name, LINK)
    keep(tmp_path, "β", LINK | {"seeds": "3"})  # replaces the earlier one
    assert [study.name for study in kept(tmp_path)] == ["A", "what does k do?", "β"]
    assert kept(tmp_path)[2].parameters["seeds"] == "3"
    forget(tmp_path, "β")
    forget(tmp_path, "never there")
    assert len(kept(tmp_path)) == 2


def test_studies_in_a_store_are_no_runs(tmp_path):
    keep(tmp_path, "a", LINK)
    assert list(Store(tmp_path)) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "bell\a"])
def test_what_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(InvalidName, match="no name for a study"):
        keep(tmp_path, name, LINK)


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / FOLDER).write_text("a file in its place")
    with pytest.raises(StoreNotWritable):
        keep(tmp_path, "a", LINK)
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"name": "a"}',
        b'{"name": 3, "parameters": {}}',
        b'{"name": "a", "parameters": {"model": 3}}',
        b'{"name": "a", "parameters": ["model"]}',
        json.dumps({"name": "a", "parameters": {str(i): "" for i in range(201)}}).encode(),
        json.dumps({"name": "a", "parameters": {"model": "x" * 1001}}).encode(),
        b"[" * 100_000,
    ],
)
def test_damaged_files_are_left_out_and_refused_as_an_import(tmp_path, content):
    keep(tmp_path, "whole", LINK)
    (tmp_path / FOLDER / "damaged.json").write_bytes(content)
    assert [study.name for study in kept(tmp_path)] == ["whole"]
    with pytest.raises(ImportRejected, match="not a study that an explorer exported"):
        read_study(zipped(study_json=content))


@pytest.mark.parametrize("content", [b"", b"PK", zipped(other_json=b"{}"), zipped(study_json=b" " * 2_000_000)])
def test_what_is_no_study_is_refused(content):
    with pytest.raises(ImportRejected):
        read_study(content)


def test_an_export_is_read_back():
    study = KeptStudy("What does k do?", LINK)
    assert read_study(export_study(study, [TOY], "run,epoch\n")) == study


def test_the_script_of_an_export_trains_the_runs_and_prints_their_figures(tmp_path):
    configs = [TOY, TOY.model_copy(update={"cd_k": 2})]
    with zipfile.ZipFile(io.BytesIO(export_study(KeptStudy("a", LINK), configs, ""))) as archive:
        archive.extractall(tmp_path / "study")
    environment = os.environ | {"EXPLORER_STORE": str(tmp_path / "store"), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, str(tmp_path / "study" / "repeat.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [run_id(config) for config in configs]
    assert all("log_likelihood" in line for line in lines)
