"""Small pieces of text that several parts of the interface need."""

import re

# What Markdown and Streamlit take for marks; an underscore only at a word's end, a colon only before a word.
_MARKS = re.compile(r"([\\`*\[\]<$~]|(?<![^\W_])_|_(?![^\W_])|:(?=\w))")


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is, for what came out of a URL or a file."""
    return _MARKS.sub(r"\\\1", text)


def in_epochs(count: int) -> str:
    """Return a number of epochs in words."""
    return f"{count} epoch" if count == 1 else f"{count} epochs"


def in_seconds(seconds: float) -> str:
    """Return seconds with two digits, or as many as they have."""
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"
