"""Run benchmarks and write what they find into `docs/speed.md`.

    python -m benchmarks                 # all, one by one: an hour on two quiet cores
    python -m benchmarks rbm_speed crowd # only these; the other sections stay as they are

Each prints its section when it is run by itself, as in `python -m benchmarks.rbm_speed`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "answers",
    "estimates",
    "rbm_speed",
    "rbm_replica",
    "ais",
    "dbn_speed",
    "autoencoder_speed",
    "vae_speed",
    "vae_replica",
    "dcgan_speed",
    "crowd",
    "movers",
    "memory",
    "opening",
    "listing",
    "neighbours",
)
PROJECT = Path(__file__).resolve().parent.parent
PAPER = PROJECT / "docs" / "speed.md"
INTRODUCTION = """\
# Speed

Written by `python -m benchmarks`, section by section; each says when and on what it was measured. Ratios are of
figures from one run: programs take turns, epoch by epoch, each in a process of its own, and the median counts. Between
days and machines only ratios can be compared.
"""


def sections(text: str) -> dict[str, str]:
    """Return the sections of the paper by the benchmark that wrote them."""
    found = {}
    for part in text.split("\n## ")[1:]:
        if command := re.search(r"`python -m benchmarks\.(\w+)", part):
            found[command[1]] = f"## {part.strip()}\n"
    return found


def paper(parts: dict[str, str]) -> str:
    """Return the paper made of these sections, in the order of the benchmarks."""
    return "\n".join([INTRODUCTION, *(parts[name] for name in BENCHMARKS if name in parts)])


def main() -> None:
    """Run what is asked for, one after the other, and put each section into the paper as soon as it is there."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    names = options.parse_args().names or BENCHMARKS
    if unknown := [name for name in names if name not in BENCHMARKS]:
        options.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    for name in names:
        print(f"{name} …", file=sys.stderr)
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
        print(done.stdout)
        parts = sections(PAPER.read_text("utf-8")) if PAPER.exists() else {}
        PAPER.write_text(paper(parts | {name: done.stdout.strip() + "\n"}), "utf-8")


if __name__ == "__main__":
    main()
