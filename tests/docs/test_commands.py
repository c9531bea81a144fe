"""Code blocks of the papers are executed as they stand.

A command that opens the app gets flags behind it (a free port, no browser, loopback) and is stopped once it answers.
Not executed are: what installs, what runs the tests, and what measures for minutes; of these, the files they name are
looked for.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.browser import free_port
from tests.docs.papers import ROOT, blocks, checks, clone, environment, installs, measures, starts_server, words_of

BASH, PYTHON = blocks("bash"), blocks("python")
CLUSTERS = [block for block in BASH if "dask scheduler" in block.text]
COMMANDS = [(block, command) for block in BASH if block not in CLUSTERS for command in block.commands()]
SERVERS = [(block, command) for block, command in COMMANDS if starts_server(command)]
LEFT_OUT = [
    (block, command) for block, command in COMMANDS if installs(command) or checks(command) or measures(command)
]
EXECUTED = [
    block for block in BASH if not any(block == other for other, _ in [*SERVERS, *LEFT_OUT]) and block not in CLUSTERS
]
SECONDS = 600  # for a machine that does much else
TOY = ["--dataset", "bars-and-stripes", "--hidden-units", "4", "--epochs", "1"]


def named(pairs):
    return [f"{block}: {command}" for block, command in pairs]


@pytest.fixture
def folder(tmp_path):
    return clone(tmp_path / "clone")


@pytest.fixture
def variables(tmp_path):
    return environment(tmp_path)


def test_there_is_something_to_execute():
    assert EXECUTED
    assert SERVERS
    assert CLUSTERS
    assert PYTHON


@pytest.mark.parametrize("block", EXECUTED, ids=str)
def test_a_block_of_commands_runs_to_its_end(block, folder, variables):
    script = f"set -euo pipefail\n{block.text}"
    run(["/bin/bash", "-c", script], folder, variables)


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_a_block_of_python_runs_to_its_end(block, folder, variables):
    run([sys.executable, "-c", block.text], folder, variables)


def run(command, folder, variables):
    """Run a command to its end and return what it prints."""
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("block", "command"), SERVERS, ids=named(SERVERS))
def test_a_command_that_opens_the_app_does(block, command, folder, variables):
    with answering(command, folder, variables):
        pass


@pytest.mark.parametrize(("block", "command"), LEFT_OUT, ids=named(LEFT_OUT))
def test_a_command_that_is_not_executed_names_what_is_there(block, command):
    words = [word for word in words_of(command)[1:] if not word.startswith("-") and word != "install"]
    if measures(command) and "-m" in words_of(command):
        module, _, name = words[0].partition(".")
        assert (ROOT / module / f"{name or '__main__'}.py").is_file()
    elif installs(command) and words_of(command)[0] == "apt-get":
        assert words == ["chromium"]
    else:
        assert [word for word in words if not (ROOT / word.partition("::")[0]).exists()] == []
    program = words_of(command)[0]
    assert program in ("pip", "apt-get", "pytest", "python") or (ROOT / program).is_file()


@pytest.mark.parametrize("block", CLUSTERS, ids=str)
def test_the_commands_for_a_cluster_make_one_that_trains(block, folder, variables):
    """But for the port, which may be in use here, all is as it stands."""
    port = str(free_port())
    assert block.text.count("8786") >= 3
    with answering(block.text.strip().replace("8786", port), folder, variables):
        listening(port)
        there = variables | {"EXPLORER_SCHEDULER": f"tcp://127.0.0.1:{port}"}
        run([sys.executable, "-m", "explorer", "sweep", "rbm", "--seed", "0,1", *TOY], folder, there)
    states = [status.read_text("utf-8") for status in Path(variables["EXPLORER_STORE"]).glob("*/status.json")]
    assert len(states) == 2
    assert all('"state": "done"' in state for state in states)


@contextmanager
def answering(script, folder, variables):
    """Run a script whose last command opens the app, until the app answers; at last end all that it has started."""
    port = free_port()
    flags = f"--server.port {port} --server.headless true --server.address 127.0.0.1"
    log = folder.parent / "log"
    with log.open("w") as file:
        server = subprocess.Popen(
            ["/bin/bash", "-c", f"set -euo pipefail\n{script} {flags}"],
            cwd=folder,
            env=variables,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        limit = time.monotonic() + SECONDS
        while not healthy(port):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < limit, log.read_text()
            time.sleep(0.2)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
    limit = time.monotonic() + 30
    while left := started_by(server.pid):
        assert time.monotonic() < limit, left
        time.sleep(0.2)


def started_by(pid):
    """What a script in a session of its own has left behind."""
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                left.append(process.name())
    return left


def listening(port):
    """Wait until something listens: on a busy machine the app may be there before the scheduler is."""
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        with suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=2):
            return
        time.sleep(0.2)
    pytest.fail(f"nothing listens on port {port}")


def healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
            return answer.read() == b"ok"
    except OSError:
        return False
