"""Several students at once: browser sessions that each train as they move, on the workers of one machine.

    python -m benchmarks.movers               # two minutes, loopback only, ends by itself

Each session speaks Streamlit's own websocket protocol, as in `benchmarks.crowd`: it opens the RBM's page, moves a
slider now and then to a setting that nobody has trained, and polls as the page tells a browser to. A move is timed from
its request to the end of the script run that answers it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from streamlit.proto.Element_pb2 import Element
from websockets.asyncio.client import ClientConnection

from benchmarks.app import App, Tab, app
from benchmarks.report import counted, section
from explorer.runs.status import State
from explorer.runs.store import Store

PAGE, SLIDER = "rbm", "Learning rate"
GOAL_SECONDS = 1.0
REST = (2.0, 8.0)  # seconds between two moves


@dataclass
class Findings:
    """What all sessions saw: seconds of each move, and errors."""

    moves: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Mover(Tab):
    """One browser tab whose user moves a slider."""

    def __init__(self, connection: ClientConnection, seed: int, findings: Findings) -> None:
        super().__init__(connection, PAGE, f"dataset=mnist-5k&epochs=30&seed={seed}")
        self.errors, self._moves = findings.errors, findings.moves
        self._slider = ""
        self._stops: list[str] = []

    async def use(self, until: float) -> None:
        """Move now and then until a time, and poll meanwhile."""
        for stop in self._places():
            moved = time.perf_counter() + random.uniform(*REST)  # noqa: S311  (not for secrets)
            while (now := time.perf_counter()) < moved:
                part, (due, _) = min(self.due.items(), key=lambda item: item[1], default=("", (moved, 0.0)))
                await asyncio.sleep(max(0.0, min(due, moved) - now))
                if due < moved:
                    await self.draw(part=part)
            if time.perf_counter() > until:
                return
            started = time.perf_counter()
            await self.draw((self._slider, stop))
            self._moves.append(time.perf_counter() - started)

    def _places(self) -> Iterator[str]:
        while True:
            yield from random.sample(self._stops, len(self._stops))

    def look_at(self, element: Element) -> None:
        """Note the slider, too, and where it can be moved."""
        if element.WhichOneof("type") == "slider" and element.slider.label == SLIDER:
            self._slider, self._stops = element.slider.id, list(element.slider.options)
        super().look_at(element)


async def move(served: App, sessions: int, seconds: float) -> Findings:
    """Let all sessions move for some seconds."""
    findings = Findings()

    async def one(number: int) -> None:
        try:
            async with served.session() as connection:
                mover = Mover(connection, 100 + number, findings)
                await mover.draw()
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
    with app() as served:
        asyncio.run(move(served, 1, 20))  # until all is loaded
        findings = asyncio.run(move(served, given.sessions, given.seconds))
        states = [run.status.state for run in Store(served.store)]
    ms = np.array(findings.moves) * 1000
    rows = [
        ["", "", "goal"],
        ["moves", f"{len(ms)} in {given.seconds:.0f} s", ""],
        ["a move to the page, median", f"{np.median(ms):.0f} ms", ""],
        ["**a move to the page, slowest**", f"{ms.max():.0f} ms", f"≤ {1000 * GOAL_SECONDS:.0f} ms"],
        ["trainings begun, trained to the end", f"{len(states)}, {states.count(State.DONE)}", ""],
        ["errors", counted(findings.errors), "0"],
    ]
    text = f"{given.sessions} browser sessions train as they move, 30 epochs of RBMs on the built-in digits."
    print(section("movers", "A room of students", text, rows))


if __name__ == "__main__":
    main()
