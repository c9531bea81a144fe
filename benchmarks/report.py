"""How a benchmark says what it found: a section of `docs/speed.md`, with its command, the day and the machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime


def section(module: str, title: str, text: str, rows: Sequence[Sequence[str]], notes: str = "") -> str:
    """Return a section as Markdown: what was measured, a table whose first row is its heading, and what to know of it.

    module: the benchmark's name, as in `python -m benchmarks.<module>`.
    """
    heading, *lines = (f"| {' | '.join(cells)} |" for cells in rows)
    table = "\n".join([heading, "|" + "---|" * len(rows[0]), *lines])
    today = datetime.now(UTC)
    when = f"`python -m benchmarks.{module}`, {today.day} {today:%B %Y}, {machine()}"
    return "\n\n".join(filter(None, [f"## {title}", f"{when}.", text, table, notes])) + "\n"


def counted(errors: Sequence[str]) -> str:
    """Return how many errors there were, and the first two of them."""
    return f"{len(errors)}" + (f": {'; '.join(errors[:2])}" if errors else "")


def machine() -> str:
    """Return the machine in words, as far as it matters for speed: cores, instructions, GPU."""
    import torch

    from explorer.models.precision import cpu_multiplies_bfloat16

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    words = [f"{allowed} CPU core{'s' if allowed != 1 else ''}"]
    if cpu_multiplies_bfloat16():
        words.append("instructions for bfloat16")
    if torch.cuda.is_available():
        words.append(torch.cuda.get_device_name())
    return ", ".join(words)
