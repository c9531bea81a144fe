"""How much a training suffers from its neighbours on the same machine, and what several workers gain.

    python -m benchmarks.neighbours           # four quiet minutes, ends by itself

An epoch of an RBM 784×100 on full MNIST, alone and beside a process that keeps one core busy, with torch imported
before the explorer and after it; an app that nobody asks for anything; and, if asked for, eight trainings of a sweep
against one of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median

import psutil

from benchmarks.app import PROJECT, WARMING, App, Tab, app
from benchmarks.report import section

CASES = ((1, "the explorer first", "≤ 1.3×"), (2, "the explorer first", "≤ 2×"), (None, "torch first", "≤ 2×"))
BUSY = "while True: pass"
EPOCHS = """\
{imports}
import statistics
import torch
from benchmarks.side_by_side import explorer_epoch
from explorer import RBMConfig
from explorer.training.device import threads
import time

epoch = explorer_epoch(RBMConfig(dataset="mnist", hidden_units=100, batch_size=100))
seconds = []
with threads({threads}):
    for _ in range({rounds} + 1):
        started = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - started)
print(statistics.median(seconds[1:]))
"""
IMPORTS = {"the explorer first": "import explorer", "torch first": "import torch"}
SWEPT, SWEEP_EPOCHS = 8, 20
IDLE_SECONDS = 30


def epoch_seconds(imports: str, threads: int | None, rounds: int) -> float:
    """Return the median seconds of an epoch in a process of its own; without a number of threads, as a script has."""
    program = EPOCHS.format(imports=IMPORTS[imports], threads=threads, rounds=rounds)
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


@contextmanager
def busy_core() -> Iterator[None]:
    """Keep one core busy meanwhile."""
    with subprocess.Popen([sys.executable, "-c", BUSY]) as neighbour:
        try:
            yield
        finally:
            neighbour.kill()


def beside_a_neighbour(rounds: int) -> list[list[str]]:
    """Return the rows on epochs alone and beside a busy process."""
    rows = []
    for threads, imports, goal in CASES:
        quiet, busy = [], []
        for _ in range(2):  # in turns
            quiet.append(epoch_seconds(imports, threads, rounds))
            with busy_core():
                busy.append(epoch_seconds(imports, threads, rounds))
        words = f"{threads} thread{'s' if threads > 1 else ''}" if threads else "as a script has it"
        alone, beside = median(quiet), median(busy)
        row = [f"{words}, {imports}", f"{alone:.2f} s", f"{beside:.2f} s", f"{beside / alone:.2f}×", goal]
        print(row, file=sys.stderr)
        rows.append(row)
    return rows


def sweep_seconds(seeds: int, environment: Mapping[str, str]) -> float:
    """Return the seconds of a sweep over seeds, less those that the command takes where all is trained."""
    command = [sys.executable, "-m", "explorer", "sweep", "rbm", "--dataset", "mnist", "--epochs", f"{SWEEP_EPOCHS}"]
    command += ["--seed", ",".join(map(str, range(1, seeds + 1)))]  # the run of seed 0 is shipped
    seconds = []
    with tempfile.TemporaryDirectory() as store:
        for _ in range(2):
            started = time.perf_counter()
            subprocess.run(
                command,
                cwd=PROJECT,
                env={**environment, "EXPLORER_STORE": store},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            seconds.append(time.perf_counter() - started)
    return seconds[0] - seconds[1]


def idle_share() -> float:
    """Return the share of a core that an app takes, its workers included, after the last page was closed."""
    with app() as served:
        asyncio.run(_visit(served))
        time.sleep(WARMING)
        before = _cpu_seconds(served.pid)
        time.sleep(IDLE_SECONDS)
        return (_cpu_seconds(served.pid) - before) / IDLE_SECONDS


async def _visit(served: App) -> None:
    async with served.session() as connection:
        await Tab(connection, "rbm").draw()


def _cpu_seconds(pid: int) -> float:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def main() -> None:
    """Measure all, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--sweep", action="store_true", help="also eight trainings against one, six minutes more")
    given = options.parse_args()
    rows = [["", "alone", "with neighbours", "", "goal"], *beside_a_neighbour(given.rounds)]
    if given.sweep:
        one = sweep_seconds(1, os.environ | {"EXPLORER_WORKERS": "1", "EXPLORER_THREADS": "1"})
        eight = sweep_seconds(SWEPT, os.environ)
        rows.append(
            [
                f"{SWEPT} trainings of a sweep, against one",
                f"{one:.1f} s",
                f"{eight:.1f} s",
                f"{eight / one:.1f}×",
                "≤ 4.7×",
            ]
        )
    rows.append(["an app that nobody looks at", "", "", f"{idle_share():.1%} of a core", "≤ 1%"])
    text = "Epochs of an RBM 784×100 on full MNIST, CD-1, batches of 100."
    print(section("neighbours", "Neighbours", text, rows))


if __name__ == "__main__":
    main()
