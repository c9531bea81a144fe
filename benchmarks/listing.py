"""How long the page of all runs takes with a thousand runs in the store.

    python -m benchmarks.listing              # a minute, loopback only, ends by itself

One small run is trained, and copied under the ids of a thousand seeds; some are marked. A server is started on that
store, and when it has loaded its libraries, a session opens the page as a browser does: first, when all runs are read,
and then again and again, later than the server takes a list for new. The list alone is measured in this process,
without a page around it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from benchmarks.app import WARMING, App, Tab, app
from benchmarks.report import counted, section
from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import identity, run_id
from explorer.runs.library import Library
from explorer.runs.marks import Change
from explorer.runs.store import Store
from explorer.settings import settings

GOAL = 1.0  # seconds
REST = 2.5  # seconds between two openings: a list is at most two seconds old
FILTER = {"find": "cd_k>=3 seed<500", "data": "bars-and-stripes", "starred": "yes"}


def fill(store: Store, count: int) -> None:
    """Leave so many runs in the store, of 30 epochs each; every tenth is marked."""
    config = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=30)
    first = InlineEngine(Library(store, Store(store.folder / "nothing", shipped=True))).submit(config)
    for seed in range(1, count):
        other = RBMConfig(**dict(config) | {"seed": seed, "cd_k": 1 + seed % 7})
        folder = store.folder / run_id(other)
        shutil.copytree(first.paths.folder, folder)
        written = json.loads(first.paths.config.read_text()) | {"config": identity(other.trajectory())}
        (folder / "config.json").write_text(json.dumps(written))
        if seed % 10 == 0:
            store.marks.change(run_id(other), Change(star=True, tag=("exam",), note="Sharp digits. Look at 7."))


async def openings(served: App, page: str, query: str, count: int) -> tuple[list[float], list[str]]:
    """Return the seconds that a page takes, opened by one session again and again, and its errors."""
    seconds, errors = [], []
    async with served.session() as connection:
        tab = Tab(connection, page, query)
        for number in range(count):
            await asyncio.sleep(REST if number else 0)
            started = time.perf_counter()
            await tab.draw()
            seconds.append(time.perf_counter() - started)
        errors += tab.errors
    return seconds, errors


def listings(store: Path, count: int) -> list[float]:
    """Return the seconds of listings, the first of which reads every run."""
    os.environ["EXPLORER_STORE"] = str(store)
    settings.cache_clear()
    from explorer.ui.run_table import forget_table, listing
    from explorer.ui.shelf.services import one_look

    seconds = []
    for _ in range(count):
        forget_table()
        started = time.perf_counter()
        with one_look():
            listing()
        seconds.append(time.perf_counter() - started)
    return seconds


def main() -> None:
    """Make a store, start a server on it, open the page, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--times", type=int, default=9)
    given = options.parse_args()
    with app() as served:
        fill(Store(served.store), given.runs)
        asyncio.run(openings(served, "", "", 1))  # Home, from which the server loads its libraries
        time.sleep(WARMING)
        (first, *again), errors = asyncio.run(openings(served, "runs", "", 1 + given.times))
        filtered, more = asyncio.run(openings(served, "runs", urlencode(FILTER), given.times))
        cold, *warm = listings(served.store, 1 + given.times)
    rows = [
        ["", "first", "then, median", "slowest", "goal"],
        ["the list alone", f"{cold:.2f} s", f"{median(warm):.2f} s", f"{max(warm):.2f} s", ""],
        ["**the page**", f"{first:.2f} s", f"{median(again):.2f} s", f"{max(again):.2f} s", f"then ≤ {GOAL:g} s"],
        ["the page, filtered", "", f"{median(filtered):.2f} s", f"{max(filtered):.2f} s", f"≤ {GOAL:g} s"],
        ["errors", "", "", counted([*errors, *more]), "0"],
    ]
    text = (
        f"The page of all runs with {given.runs:,} runs of one's own and the shipped ones, from the request to its end."
    )
    print(section("listing", "A thousand runs", text, rows))


if __name__ == "__main__":
    main()
