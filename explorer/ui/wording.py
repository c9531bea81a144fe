"""Small pieces of text that several parts of the interface need."""

import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from typing import TypeVar

from explorer.disk import WINDOWS
from explorer.runs.marks import Marks
from explorer.runs.status import Status

T = TypeVar("T")

# What Markdown and Streamlit take for marks; an underscore only at a word's end, a colon only before a word.
_MARKS = re.compile(r"([\\`*\[\]<$~]|(?<![^\W_])_|_(?![^\W_])|:(?=[\w/]))")
_OF_A_LINE = re.compile(r"^(\d*)([#>|=+.)-])")  # what makes a heading, a list, a quote or a rule of a line
FEW = 5  # lines said one by one; of more only the number is said


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line, for what came out of a URL or a file."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def plain_lines(text: str) -> str:
    """Return Markdown that shows a text as it is, line by line."""
    return "  \n".join(_OF_A_LINE.sub(r"\1\\\2", plain(line)) for line in text.splitlines())


def marked_with(marks: Marks) -> str:
    """Return a run's tags and note as Markdown, or nothing where it has none."""
    tags = " · ".join(map(plain, marks.tags))
    return "  \n".join(filter(None, [tags and f"Tags: {tags}", plain_lines(marks.note)]))


def few(items: Sequence[T], in_words: Callable[[T], str], more: str = "and {:,} more") -> list[str]:
    """Return the first items in words, and of the rest how many they are."""
    return [*map(in_words, items[:FEW]), *[more.format(len(items) - FEW)] * bool(items[FEW:])]


def command_line(*words: str) -> str:
    """Return words as one types them into a shell, on Windows into its own: a path may have spaces."""
    return subprocess.list2cmdline(words) if WINDOWS else shlex.join(words)


def all_of(words: Sequence[str]) -> str:
    """Return words as one writes them out: "1, 2 and 3"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def signed(value: float, decimals: int = 2, *, plus: bool = False) -> str:
    """Return a number with its decimals, and a minus as wide as the charts' where it is negative.

    plus: a positive number has a sign, too.
    """
    return f"{value:{'+' if plus else ''}.{decimals}f}".replace("-", "−")


def in_epochs(count: int) -> str:
    """Return a number of epochs in words."""
    return f"{count} epoch" if count == 1 else f"{count} epochs"


def in_seconds(seconds: float) -> str:
    """Return seconds with two digits, or as many as they have."""
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"


def in_bytes(count: float) -> str:
    """Return an amount of data in MB, or in GB where that is shorter."""
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"


def in_time(seconds: float) -> str:
    """Return a length of time in words, rounded to what matters."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 90:
        return f"{round(seconds / 5) * 5} s"
    minutes = seconds / 60
    return f"{round(minutes)} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def in_progress(status: Status) -> str:
    """Return how far a run in training is, and the time that is left."""
    if status.parent:
        return f"First {status.parent} is trained, which it is built on"
    if not status.seconds_per_epoch and status.share:
        return f"The first epoch, on {plain(status.device)}"
    if not status.seconds_per_epoch:
        return f"Starting: {plain(status.device) or 'loading the data'}"
    return (
        f"Epoch **{status.trained}** of {status.target} · {in_seconds(status.seconds_per_epoch)} per epoch · "
        f"about {in_time(status.seconds_left)} left · {plain(status.device)}"
    )
