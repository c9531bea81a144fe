"""What goes to the terminal: tables that are never cut, numbers of a sensible length, and the code after Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

INTERRUPTED = 128 + signal.SIGINT  # the exit code that shells give to what Ctrl-C ended
WIDE = 1_000  # characters; a terminal wraps a longer line, which is better than losing the end of a number


def console(width: int | None = None) -> Console:
    """Return a console on standard output that prints texts as they are, brackets included."""
    return Console(file=sys.stdout, markup=False, highlight=False, width=width)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in its natural width; without columns' names, only the rows."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, show_header=any(columns))
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console(WIDE).print(table)


def metrics_of(row: Mapping[str, float]) -> dict[str, str]:
    """Return the measured figures of a row of metrics, without epoch and time, as texts."""
    return {name: number(value) for name, value in row.items() if name not in ("epoch", "seconds")}


def number(value: float | None) -> str:
    """Return a number to four digits, or a dash."""
    return "–" if value is None else f"{value:.4g}"


def in_words(star: bool, tags: Sequence[str]) -> str:
    """Return a run's star and tags on one line, or nothing where it has none."""
    return " ".join(filter(None, ["★" * star, ", ".join(tags)]))


def size(n_bytes: int) -> str:
    """Return a size in megabytes."""
    return f"{n_bytes / 1e6:.1f} MB"
