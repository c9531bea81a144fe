"""The wheel: built, installed beside the libraries that are there, and used from an empty folder."""

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from playwright.sync_api import expect

import explorer
from explorer.models.registry import PAGES
from tests.browser import ROOT, chromium, free_port, serving, visited

LARGEST = 100e6  # bytes that PyPI takes
TOY = ["--dataset", "bars-and-stripes", "--hidden-units", "4", "--epochs", "1"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [file] = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the command of the installed wheel, an empty folder to be in, and an environment without this project."""
    base = tmp_path_factory.mktemp("installed")
    venv.create(base / "venv")
    python = base / "venv" / "bin" / "python"
    here = sysconfig.get_path("purelib", vars={"base": str(base / "venv")})
    (Path(here) / "beside.pth").write_text(sysconfig.get_path("purelib"))  # torch and all the others
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=120)
    empty = base / "empty"
    empty.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("EXPLORER_", "PYTHON"))}
    own |= {"EXPLORER_STORE": str(base / "store"), "EXPLORER_DEVICE": "cpu", "EXPLORER_THREADS": "1"}
    own |= {"EXPLORER_WORKERS": "1"}
    yield python.with_name("generative-explorer"), empty, own
    assert list(empty.iterdir()) == []


def run(installed, *arguments):
    command, folder, environment = installed
    result = subprocess.run(
        [command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def files_below(folder):
    found = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_pages_texts_components_and_shipped_runs(wheel, capsys):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    inside = {"Home.py", ".streamlit/config.toml", *files_below("pages"), *files_below("trained")}
    assert held == files_below("explorer") | {f"explorer/app/{name}" for name in inside}
    assert {f"explorer/app/pages/{kind}.py" for kind in PAGES} < held
    size = wheel.stat().st_size
    with capsys.disabled():
        print(f" {wheel.name}: {size / 1e6:.1f} MB ", end="")
    assert size < LARGEST


def test_what_the_wheel_needs_is_what_the_requirements_say(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = BytesParser().parsebytes(archive.read(name))
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    assert {Requirement(text) for text in metadata.get_all("Requires-Dist")} == {Requirement(x) for x in lines if x}
    assert metadata["Version"] == explorer.__version__


def test_the_changelog_tells_of_this_version():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE)
    assert explorer.__version__ in headings[:2]
    assert headings[0] in ("Unreleased", explorer.__version__)


def test_the_installed_command_knows_the_shipped_runs_and_trains(installed):
    assert run(installed, "--version") == f"generative-explorer {explorer.__version__}\n"
    shipped = {run["id"] for run in json.loads(run(installed, "list", "--json")) if run["shipped"]}
    assert shipped == {path.parent.name for path in (ROOT / "trained").glob("*/config.json")}
    assert "1 epochs" in run(installed, "train", "rbm", *TOY, "--engine", "dask")  # in a process of its own


@pytest.mark.browser
def test_the_installed_app_opens_on_loopback_only(installed, tmp_path):
    port = free_port()
    command, folder, environment = installed
    options = ["--port", str(port), "--server.headless", "true"]
    with serving([str(command), *options], port, tmp_path / "log", folder, environment) as address:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)  # answers if all addresses are listened on
        with chromium() as browser, visited(browser, address) as page:
            expect(page.get_by_role("img", name=re.compile("has learned, epoch by epoch"))).to_have_count(len(PAGES))
            page.get_by_role("link", name="Open the page").first.click()
            expect(page.get_by_role("heading", name=PAGES["rbm"].title)).to_be_visible(timeout=60_000)
            expect(page.get_by_text(re.compile(r"Trained, \d+ epochs"))).to_be_visible(timeout=60_000)
