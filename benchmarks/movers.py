"""Several students at once: browser sessions that each train as they move, on the workers of one machine.

    python -m benchmarks.movers               # two minutes, loopback only, ends by itself

Each session speaks Streamlit's own websocket protocol, as in `benchmarks.crowd`: it opens the RBM's page, moves a
slider now and then to a setting that nobody has trained, and polls as the page tells a browser to. A move is timed from
its request to the end of the script run that answers it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.crowd import free_port, process, wait_for
from benchmarks.report import section
from explorer.runs.status import State
from explorer.runs.store import Store

PAGE, SLIDER = "rbm", "Learning rate"
GOAL_SECONDS = 1.0
REST = (2.0, 8.0)  # seconds between two moves
ANSWER_SECONDS = 60


@dataclass
class Findings:
    """What all sessions saw: seconds of each move, and errors."""

    moves: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Mover:
    """One browser tab whose user moves a slider."""

    def __init__(self, socket: ClientConnection, seed: int, findings: Findings) -> None:
        self._socket, self._findings = socket, findings
        self._query = f"dataset=mnist-5k&epochs=30&seed={seed}"
        self._page, self._slider = "", ""
        self._due: dict[str, tuple[float, float]] = {}  # by part of the page that polls: when, and its interval
        self._stops: list[str] = []

    async def open(self) -> None:
        """Draw the page."""
        await self._ask()

    async def use(self, until: float) -> None:
        """Move now and then until a time, and poll meanwhile."""
        for stop in self._places():
            moved = time.perf_counter() + random.uniform(*REST)  # noqa: S311  (not for secrets)
            while (now := time.perf_counter()) < moved:
                part, (due, _) = min(self._due.items(), key=lambda item: item[1], default=("", (moved, 0.0)))
                await asyncio.sleep(max(0.0, min(due, moved) - now))
                if due < moved:
                    await self._ask(part=part)
            if time.perf_counter() > until:
                return
            started = time.perf_counter()
            await self._ask(stop)
            self._findings.moves.append(time.perf_counter() - started)

    def _places(self) -> Iterator[str]:
        while True:
            yield from random.sample(self._stops, len(self._stops))

    async def _ask(self, stop: str | None = None, *, part: str = "") -> None:
        """Have the page, or a part that polls, drawn anew, with the slider at one of its stops."""
        message = BackMsg()
        request = message.rerun_script
        request.query_string = self._query
        if not part:
            self._due.clear()  # the page says what polls from now on
        else:
            request.fragment_id, request.is_auto_rerun = part, True
            interval = self._due[part][1]
            self._due[part] = time.perf_counter() + interval, interval
        if self._page:
            request.page_script_hash = self._page
        else:
            request.page_name = PAGE
        if stop is not None:
            widget = request.widget_states.widgets.add()
            widget.id = self._slider
            widget.string_array_value.data.append(stop)
        await self._socket.send(message.SerializeToString())
        while await self._finish():
            self._due.clear()

    async def _finish(self) -> bool:
        """Read until a script run ends; return whether the server goes on with a run of the whole page."""
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self._socket.recv(), ANSWER_SECONDS))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                pages = message.new_session.app_pages
                self._page = next(page.page_script_hash for page in pages if page.url_pathname == PAGE)
            elif kind == "auto_rerun":
                interval = message.auto_rerun.interval
                self._due[message.auto_rerun.fragment_id] = time.perf_counter() + interval, interval
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta":
                self._look_at(message)
            elif kind == "script_finished":
                return message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def _look_at(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "slider" if element.slider.label == SLIDER:
                self._slider, self._stops = element.slider.id, list(element.slider.options)
            case "exception":
                self._findings.errors.append(element.exception.message)
            case "alert" if element.alert.icon == ":material/error:":
                self._findings.errors.append(element.alert.body)


async def move(address: str, sessions: int, seconds: float) -> Findings:
    """Let all sessions move for some seconds."""
    findings = Findings()

    async def one(number: int) -> None:
        try:
            async with connect(address, subprotocols=["streamlit"], max_size=None, compression=None) as socket:  # type: ignore[list-item]
                mover = Mover(socket, 100 + number, findings)
                await mover.open()
                await mover.use(time.perf_counter() + seconds)
        except (OSError, TimeoutError) as error:
            findings.errors.append(f"{type(error).__name__}: {error}")

    await asyncio.gather(*(one(number) for number in range(sessions)))
    return findings


def main() -> None:
    """Start a server, let all move, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sessions", type=int, default=5)
    options.add_argument("--seconds", type=float, default=60)
    given = options.parse_args()
    port = free_port()
    server = ["-m", "streamlit", "run", "Home.py", "--server.port", str(port), "--server.address", "127.0.0.1"]
    server += ["--server.headless", "true"]
    with tempfile.TemporaryDirectory() as folder:
        with process([sys.executable, *server], os.environ | {"EXPLORER_STORE": folder}):
            wait_for(f"http://127.0.0.1:{port}")
            address = f"ws://127.0.0.1:{port}/_stcore/stream"
            asyncio.run(move(address, 1, 20))  # until all is loaded
            findings = asyncio.run(move(address, given.sessions, given.seconds))
        states = [run.status.state for run in Store(Path(folder))]
    ms = np.array(findings.moves) * 1000
    errors = f"{len(findings.errors)}" + (f": {'; '.join(findings.errors[:2])}" if findings.errors else "")
    rows = [
        ["", "", "goal"],
        ["moves", f"{len(ms)} in {given.seconds:.0f} s", ""],
        ["a move to the page, median", f"{np.median(ms):.0f} ms", ""],
        ["**a move to the page, slowest**", f"{ms.max():.0f} ms", f"≤ {1000 * GOAL_SECONDS:.0f} ms"],
        ["trainings begun, trained to the end", f"{len(states)}, {states.count(State.DONE)}", ""],
        ["errors", errors, "0"],
    ]
    text = f"{given.sessions} browser sessions train as they move, 30 epochs of RBMs on the built-in digits."
    print(section("movers", "A room of students", text, rows))


if __name__ == "__main__":
    main()
