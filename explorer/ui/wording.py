"""Small pieces of text that several parts of the interface need."""

import re

_MARKS = re.compile(r"([\\`*_\[\]<$~:])")


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is, for what came out of a URL or a file."""
    return _MARKS.sub(r"\\\1", text)


def in_epochs(count: int) -> str:
    """Return a number of epochs in words."""
    return f"{count} epoch" if count == 1 else f"{count} epochs"
