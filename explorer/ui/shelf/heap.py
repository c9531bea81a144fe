"""A server gives back the memory it has freed: with glibc, so on most Linux systems; elsewhere nothing changes.

By itself glibc keeps what large computations freed, in as many arenas as there were threads: a server that had shown
the page of the VAE held 160 MB of it.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from functools import cache

_ARENA_MAX, ARENAS = -8, 2  # a parameter of mallopt(3)
PAUSE = 5.0  # seconds
DRAWN = threading.Event()  # set with each page: a server at rest is left alone


def share_arenas() -> bool:
    """Let all threads to come take memory from a few common arenas; return whether that is possible here."""
    mallopt = _libc("mallopt")
    return mallopt is not None and bool(mallopt(_ARENA_MAX, ARENAS))


def give_back() -> bool:
    """Give back what is free, in some milliseconds; return whether there was any."""
    trim = _libc("malloc_trim")
    return trim is not None and bool(trim(0))


def keep_giving_back() -> None:
    """Give back what is free every few seconds while pages are drawn, without end: no page waits for it."""
    while True:
        DRAWN.wait()
        time.sleep(PAUSE)
        DRAWN.clear()
        give_back()


@cache
def _libc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
