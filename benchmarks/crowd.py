"""A lecture hall: 200 browser sessions watch the RBM page of one run while it trains on the same machine.

    python -m benchmarks.crowd                # about two minutes, loopback only, ends by itself

Each session speaks Streamlit's own websocket protocol: it opens the page of a run in training, then polls its progress
whenever the page tells a browser to, and its page is drawn anew as the run grows. A poll is timed from the request to
the end of the script run that answers it. Goal: 95th percentile ≤ 200 ms, no error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.report import section

PROJECT = Path(__file__).resolve().parent.parent
GOAL_MS = 200
PAGE, QUERY = "rbm", "dataset={dataset}&epochs=10000&view=Weights"
START_SECONDS = 60  # for the server, and for each page, to be there
ANSWER_SECONDS = 10  # after which a poll is taken to have no answer of its own


@dataclass
class Findings:
    """What all sessions saw: seconds of each poll, pages drawn anew while watching, errors."""

    opened: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    redraws: int = 0
    merged: int = 0
    errors: list[str] = field(default_factory=list)


class Session:
    """One browser tab, as far as the server can tell."""

    def __init__(self, socket_: ClientConnection, query: str, findings: Findings) -> None:
        self._socket, self._query, self._findings = socket_, query, findings
        self._fragment, self._interval, self._page = "", 1.0, ""

    async def open(self) -> None:
        """Draw the page for the first time."""
        started = time.perf_counter()
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = PAGE
        await self._socket.send(message.SerializeToString())
        while await self._finish():  # the run may grow while its page is drawn
            pass
        self._findings.opened.append(time.perf_counter() - started)

    async def poll(self) -> None:
        """Wait as long as the page asks a browser to, then poll once."""
        await asyncio.sleep(self._interval * random.uniform(0.95, 1.05))  # noqa: S311  (not for secrets)
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.fragment_id = self._fragment
        message.rerun_script.is_auto_rerun = True
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        try:
            redrawn = await asyncio.wait_for(self._finish(), ANSWER_SECONDS)
        except TimeoutError:  # counted, not explained; a browser asks again at its next tick
            self._findings.merged += 1
            return
        self._findings.polls.append(time.perf_counter() - started)
        while redrawn:
            self._findings.redraws += 1
            redrawn = await self._finish()

    async def _finish(self) -> bool:
        """Read until a script run ends; return whether the server goes on with a run of the whole page."""
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self._socket.recv(), START_SECONDS))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                pages = message.new_session.app_pages
                self._page = next(page.page_script_hash for page in pages if page.url_pathname == PAGE)
            elif kind == "auto_rerun":
                self._fragment, self._interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                self._findings.errors.append(message.delta.new_element.exception.message)
            elif kind == "script_finished":
                return message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


async def watch(address: str, query: str, sessions: int, seconds: float) -> Findings:
    """Open all sessions one after the other, then let them poll for some seconds."""
    findings = Findings()
    until = float("inf")
    arrived: set[int] = set()  # those that could not open the page included, which are errors

    def arrive(number: int) -> None:
        """Start the measurement when everybody is there."""
        nonlocal until
        if number not in arrived and len(arrived) == sessions - 1:
            findings.polls.clear()
            findings.redraws = findings.merged = 0
            until = time.perf_counter() + seconds
        arrived.add(number)

    async def one(number: int) -> None:
        await asyncio.sleep(number * 0.15)  # a hall fills over half a minute
        flags = {"max_size": None, "compression": None, "open_timeout": START_SECONDS}
        try:
            async with connect(address, subprotocols=["streamlit"], **flags) as socket_:  # type: ignore[arg-type]
                session = Session(socket_, query, findings)
                await session.open()
                arrive(number)
                while time.perf_counter() < until:
                    await session.poll()
        except (OSError, TimeoutError, WebSocketException) as error:
            findings.errors.append(f"{type(error).__name__}: {error}")
            arrive(number)

    async with asyncio.timeout(2 * START_SECONDS + sessions * 0.3 + seconds):
        await asyncio.gather(*(one(number) for number in range(sessions)))
    return findings


@contextlib.contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command beside us and end it afterwards, with all its children."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=quiet, stderr=quiet) as running:
        try:
            yield running
        finally:
            family = [*psutil.Process(running.pid).children(recursive=True), running] if running.poll() is None else []
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.terminate()


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310  (loopback)
                return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.2)


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def report(findings: Findings, cpu_seconds: float, seconds: float, sessions: int) -> str:
    """Return what was found as a section of the paper."""
    ms = np.array(findings.polls) * 1000
    errors = f"{len(findings.errors)}" + (f": {'; '.join(findings.errors[:2])}" if findings.errors else "")
    rows = [
        ["", "", "goal"],
        ["polls", f"{len(ms)} in {seconds:.0f} s", ""],
        ["poll, median", f"{np.median(ms):.0f} ms", ""],
        ["**poll, 95th percentile**", f"{np.percentile(ms, 95):.0f} ms", f"≤ {GOAL_MS} ms"],
        ["poll, slowest", f"{ms.max():.0f} ms", ""],
        ["page opened, median", f"{np.median(findings.opened):.2f} s", ""],
        ["pages drawn anew as the run grew", f"{findings.redraws}", ""],
        ["polls without an answer of their own", f"{findings.merged}", ""],
        ["server CPU, all of it, per poll", f"{1000 * cpu_seconds / len(ms):.1f} ms", ""],
        ["errors", errors, "0"],
    ]
    text = (
        f"{sessions} browser sessions watch one run train on the same machine, and poll its progress as a browser does."
    )
    return section("crowd", "A lecture hall", text, rows)


def main() -> None:
    """Start a training and a server, send in the crowd, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sessions", type=int, default=200)
    options.add_argument("--seconds", type=float, default=40)
    options.add_argument("--dataset", default="mnist-5k")
    given = options.parse_args()
    port, query = free_port(), QUERY.format(dataset=given.dataset)
    with tempfile.TemporaryDirectory() as store:
        environment = os.environ | {"EXPLORER_STORE": store}
        training = ["-m", "explorer", "train", "rbm", "--dataset", given.dataset, "--epochs", "10000"]
        server = ["-m", "streamlit", "run", "Home.py", "--server.port", str(port), "--server.headless", "true"]
        with process([sys.executable, *training], environment), process([sys.executable, *server], environment) as app:
            wait_for(f"http://127.0.0.1:{port}")
            time.sleep(10)  # past the imports of both, and the first snapshots
            before = psutil.Process(app.pid).cpu_times()
            findings = asyncio.run(watch(f"ws://127.0.0.1:{port}/_stcore/stream", query, given.sessions, given.seconds))
            after = psutil.Process(app.pid).cpu_times()
    print(report(findings, after.user + after.system - before.user - before.system, given.seconds, given.sessions))


if __name__ == "__main__":
    main()
