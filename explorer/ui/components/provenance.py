"""What saved pictures say of themselves: of which runs they are, at which epoch, with which settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SHOWN: ContextVar[str] = ContextVar("what the pictures that are drawn are of", default="")


@contextmanager
def pictures_of(what: str) -> Iterator[None]:
    """Have the pictures that are drawn meanwhile say what they are of, in one or more lines."""
    before = _SHOWN.set(what)
    try:
        yield
    finally:
        _SHOWN.reset(before)


def what_is_shown() -> str:
    """Return what the pictures drawn now are of."""
    return _SHOWN.get()
