"""The command that opens the app."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.web.cli import main_run

from explorer import __version__
from explorer.settings import APP_FOLDER
from tests.cli.commands import explorer


@pytest.fixture
def opened(monkeypatch):
    """What Streamlit was asked to serve, instead of serving it."""
    asked: dict[str, object] = {}
    monkeypatch.setattr(main_run, "callback", lambda **given: asked.update(given))
    return asked


@pytest.mark.parametrize("command", [(), ("open",)])
def test_the_app_opens_without_a_command_too(command, opened):
    assert explorer(*command).exit_code == 0
    assert opened["target"] == str(APP_FOLDER / "Home.py")
    assert Path(str(opened["target"])).is_file()
    assert opened["server_port"] is None


def test_options_without_a_command_are_the_apps_and_streamlits(opened):
    assert explorer("--port", 8502, "--server.headless", "true").exit_code == 0
    assert (opened["server_port"], opened["server_headless"]) == (8502, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", 0], "not in the range"),
        (["--server.prot", 8502], "--server.port"),
        (["--prot", 8502], "Did you mean '--port'?"),
        (["open", "Other.py"], "unexpected extra argument (Other.py)"),
        (["opne"], "No such command"),
    ],
)
def test_the_app_does_not_open_on_what_nobody_understands(arguments, message, opened):
    result = explorer(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not opened


def test_the_version_is_told():
    assert explorer("--version").stdout == f"generative-explorer {__version__}\n"
    own = subprocess.run([sys.executable, "-m", "explorer", "--version"], capture_output=True, text=True, check=True)
    assert own.stdout == f"generative-explorer {__version__}\n"


def test_an_empty_list_says_how_to_begin():
    assert "generative-explorer train rbm --epochs 5" in explorer("list").stdout


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://no port"])
def test_a_worker_needs_a_scheduler(address, monkeypatch):
    monkeypatch.setattr("explorer.engine.dask.outside.PATIENCE", 0)
    result = explorer("worker", address)
    assert result.exit_code == 1
    assert f"No scheduler answers at {address}" in result.output
