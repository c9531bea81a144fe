"""Each view of each page, opened once a round, for three rounds: its seconds, and the memory of the server.

    python -m benchmarks.memory               # about five quiet minutes, loopback only, ends by itself

A browser session, by Streamlit's own websocket protocol, opens a page and goes through its views; each page has a
session of its own. After each round the server's resident memory is read. Its workers are processes of their own and
are not counted. Goals: growth from the second to the third round < 10 %, and < 900 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psutil

from benchmarks.app import PROJECT, App, Tab, app
from benchmarks.report import counted, section
from explorer.ui.shelf.heap import PAUSE

GOAL_GROWTH, GOAL_MB = 0.10, 900
GOAL_FIRST, GOAL_AGAIN = 1.5, 0.5  # seconds to draw a view
ANSWER_SECONDS = 600  # some views compute for minutes on a busy machine when they are opened first


@dataclass
class Round:
    """What a round of all views cost, and the server's resident memory after it, in MB; `files` of it are libraries."""

    seconds: float = 0.0
    resident: float = 0.0
    files: float = 0.0
    views: dict[str, float] = field(default_factory=dict)  # the seconds of each
    errors: list[str] = field(default_factory=list)


def views_of(page: Path) -> list[str]:
    """Return the names of a page's tabs; a page without any has one view, without a name."""
    spec = importlib.util.spec_from_file_location(page.stem.replace("-", "_"), page)
    if spec is None or spec.loader is None:
        raise ImportError(page)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(getattr(module, "VIEWS", {"": None}))


async def draw(tab: Tab, page: str, view: str, found: Round) -> None:
    """Ask for a view and read until it is drawn to its end."""
    started, tab.errors = time.perf_counter(), []
    tab.query = urlencode({"view": view}) if view else ""
    await tab.draw()
    found.views[f"{page}: {view}"] = time.perf_counter() - started
    found.errors += [f"{page}, {view}: {error}" for error in tab.errors]


async def go_through(served: App, pages: dict[str, list[str]]) -> Round:
    """Open every view of every page once."""
    found, started = Round(), time.perf_counter()
    for page, views in pages.items():
        async with served.session() as connection:
            tab = Tab(connection, page, patience=ANSWER_SECONDS)
            for view in views:
                await draw(tab, page, view, found)
    found.seconds = time.perf_counter() - started
    await asyncio.sleep(2 * PAUSE)  # until what was freed has been given back
    memory = psutil.Process(served.pid).memory_info()
    found.resident, found.files = memory.rss / 2**20, memory.shared / 2**20
    return found


def report(rounds: Sequence[Round], shown: Sequence[str]) -> str:
    """Return what was found on some pages, or on all, as a section of the paper."""
    second, third = rounds[-2:]
    growth = third.resident / second.resident - 1
    errors = [error for each in rounds for error in each.errors]
    rows = [["round", "views drawn", "seconds", "resident memory", "of which files", "goal"]]
    for number, each in enumerate(rounds, 1):
        goal = f"< {GOAL_MB} MB" if each is third else ""
        figures = f"{each.seconds:.0f}", f"{each.resident:.0f} MB", f"{each.files:.0f} MB"
        rows.append([f"{number}", f"{len(each.views)}", *figures, goal])
    rows.append(["**growth from the second to the third**", "", "", f"{growth:+.1%}", "", f"< {GOAL_GROWTH:.0%}"])
    rows.append(["errors", "", "", counted(errors), "", "0"])
    for number, goal in ((1, GOAL_FIRST), (len(rounds), GOAL_AGAIN)):
        seconds = sorted(rounds[number - 1].views.values())
        words = f"{sum(each <= goal for each in seconds)} of {len(seconds)} within {goal:g} s"
        rows.append([f"round {number}: {words}", "", f"median {median(seconds):.2f}", "", "", f"all ≤ {goal:g} s"])
    text = (
        f"Every view of {'only these pages: ' + ', '.join(shown) if shown else 'every page'} is opened once a round,\n"
        "with the shipped runs; each page in a session of its own. "
        "Files are the code of libraries, which all processes share."
    )
    slowest = sorted(rounds[0].views.items(), key=lambda item: -item[1])[:8]
    notes = f"The slowest, opened first: {'; '.join(f'{view} {seconds:.1f} s' for view, seconds in slowest)}."
    return section("memory", "Every view, and a server's memory", text, rows, notes)


def main() -> None:
    """Start a server, open everything three times, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--pages", nargs="*", help="only these, for a quick look")
    given = options.parse_args()
    pages = {"": [""]} | {page.stem: views_of(page) for page in sorted((PROJECT / "pages").glob("*.py"))}
    pages = {name: views for name, views in pages.items() if not given.pages or name in given.pages}
    rounds = []
    with app() as served:
        for number in range(given.rounds):
            rounds.append(asyncio.run(go_through(served, pages)))
            print(f"round {number + 1}: {rounds[-1].resident:.0f} MB", file=sys.stderr)
    print(report(rounds, given.pages or ()))


if __name__ == "__main__":
    main()
