"""The readers of a run's text files, for pages, command line, engine and import alike.

A file may come from anywhere: how long, how deep, how many and how large its contents may be is bounded here.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

MOST_BYTES = 16_000_000  # of one text file; 10,000 epochs of metrics take 3 MB
MOST_EPOCHS = 1_000_000
MOST_FIGURES = 200  # of an epoch; no kind has 40
LARGEST = 1e300  # of any number
MOST_LETTERS = 80  # of a run's name
_FIGURE = re.compile(r"[a-z][a-z0-9_]{0,63}")

Row = dict[str, Any]


class Rows(NamedTuple):
    """The metrics of epochs, ascending, and what is wrong with the first line that is not such a row, if any is not."""

    rows: list[Row]
    fault: str = ""


def read_json(content: bytes) -> Any:
    """Return what JSON says; a number that is not finite is None.

    Raises:
        ValueError: it is no JSON, or too large, or nested too deeply.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES:,} bytes")
    try:
        return json.loads(content, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_metrics(content: bytes) -> Rows:
    """Return the rows that are whole, each of a later epoch than the one before: a run killed or cut short has some.

    Raises:
        ValueError: the file is too large.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES:,} bytes")
    rows: list[Row] = []
    fault, known = "", {"epoch"}
    for number, line in enumerate(content.splitlines(), 1):
        try:
            row = read_json(line)
            _check_row(row, rows[-1]["epoch"] if rows else -1, known)
            rows.append(row)
        except ValueError as error:
            fault = fault or f"line {number}: {error}"
    return Rows(rows, fault)


def read_name(content: bytes) -> str:
    """Return the name that somebody gave to a run.

    Raises:
        ValueError: the content is no JSON of a name alone, or the name is none: see `check_name`.
    """
    found = read_json(content)
    if not isinstance(found, dict) or found.keys() != {"name"} or not isinstance(found["name"], str):
        raise ValueError("not a name")
    return check_name(found["name"])


def check_name(text: str) -> str:
    """Return a name on one line.

    Raises:
        ValueError: it is empty, too long, or has letters that cannot be shown.
    """
    name = " ".join(text.split())
    if not name:
        raise ValueError("it is empty")
    if len(name) > MOST_LETTERS:
        raise ValueError(f"it has {len(name):,} letters, of {MOST_LETTERS} at most")
    if not name.isprintable():
        raise ValueError("it has letters that cannot be shown")
    return name


def check_figures(figures: object, known: set[str]) -> None:
    """Check figures by the names of their metrics; names that are `known` were checked before, others are added.

    Raises:
        ValueError: these are no such figures, or too many.
    """
    if not isinstance(figures, dict) or len(figures) > MOST_FIGURES:
        raise ValueError("not the figures of an epoch")
    if not figures.keys() <= known:
        if strange := next((name for name in figures if not _FIGURE.fullmatch(name)), None):
            raise ValueError(f"{strange[:80]!r} is not the name of a figure")
        known |= figures.keys()
    for name, value in figures.items():
        if value is not None and type(value) not in (int, float):
            raise ValueError(f"{name} is not a number")
        if value is not None and not abs(value) <= LARGEST:
            raise ValueError(f"{name} is too large")


def _check_row(row: object, earlier: int, known: set[str]) -> None:
    if not isinstance(row, dict) or type(row.get("epoch")) is not int:
        raise ValueError("not the metrics of an epoch")
    if not earlier < row["epoch"] <= MOST_EPOCHS:
        raise ValueError(f"epoch {row['epoch']} after {earlier}")
    check_figures(row, known)
