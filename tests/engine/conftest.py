"""Libraries of empty stores, processes that are never left behind, and what it means that two runs are the same."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from explorer.engine import progress as progress_module
from explorer.engine.inline import InlineEngine
from explorer.engine.progress import Progress
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER, settings
from tests import same_bits
from tests.engine import gates
from tests.engine.mounting import call
from tests.forked import forked

ENVIRONMENT = {
    "EXPLORER_DEVICE": "cpu",
    "EXPLORER_THREADS": "1",
    "EXPLORER_WORKERS": "1",
    "PYTHONPATH": str(APP_FOLDER),
}
SIX = RBMConfig(dataset="bars-and-stripes", hidden_units=8, batch_size=70, epochs=6)


def _library(folder):
    return Library(Store(folder / "runs"), Store(folder / "shipped", shipped=True))


@pytest.fixture(autouse=True)
def _settings(clean_settings, monkeypatch):
    clean_settings(device="cpu", threads=1, workers=1)
    monkeypatch.setenv("PYTHONPATH", str(APP_FOLDER))


@pytest.fixture(scope="module")
def module_environment():
    """The same settings for what a module shares: processes that are started take them from the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture
def library(tmp_path):
    return _library(tmp_path)


@pytest.fixture(scope="session")
def new_library():
    """Return a library of two empty stores in a folder."""
    return _library


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """A file; while it is there, runs that are held in this process or another end no epoch."""
    monkeypatch.setattr(Progress, "watch", Progress.watch)  # which `hold` changes, until the test ends
    monkeypatch.setattr(progress_module, "HEARTBEAT_SECONDS", 0.05)
    file = tmp_path / "gate"
    file.touch()
    yield file
    file.unlink(missing_ok=True)


@pytest.fixture
def held(gate):
    """Hold a config's training in this process in mid-epoch, when it has kept so many epochs."""

    def hold(config, epoch):
        gates.hold(run_id(config), epoch, gate)

    return hold


@pytest.fixture
def worker(gate, monkeypatch):
    """Start a process that trains a run and is held there; a folder is where several wait for each other."""
    started = []

    def run(run, held, epoch, *meeting):
        place = (run.paths.folder.parent, run.id, run_id(held), epoch, gate, *meeting)
        started.append(forked(monkeypatch, gates.work, ENVIRONMENT, *place))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.join(60)


@pytest.fixture
def six():
    """A config of six epochs."""
    return SIX


@pytest.fixture(scope="session")
def six_in_one_go(tmp_path_factory):
    """The run of `six`, trained undisturbed."""
    return InlineEngine(_library(tmp_path_factory.mktemp("one-go"))).submit(SIX)


@pytest.fixture(scope="session")
def wait_until():
    """Wait for a condition, and fail when it does not come."""

    def wait(condition, seconds=120.0):
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            if time.monotonic() > deadline:
                pytest.fail(f"did not come within {seconds:g} s")
            time.sleep(0.02)
        return result

    return wait


@pytest.fixture(scope="session")
def assert_same_bits():
    """Hold a run against one that was trained in one go."""
    return same_bits.assert_same_bits


@pytest.fixture(scope="session")
def kill():
    """End a process at once, by its id."""

    def at_once(pid):
        os.kill(pid, signal.SIGKILL)

    return at_once


@pytest.fixture
def start():
    """Start a Python process with arguments; whatever is left of it and its children is killed after the test."""
    started = []

    def run(*arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            env=os.environ | ENVIRONMENT | environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        process.stderr.close()


@pytest.fixture
def disk(tmp_path):
    """The folder of a disk of 600 kB of its own."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        call("mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"mounting is not allowed here: {error}")
    yield folder
    call("umount", "--lazy", folder)
