"""The one rule for keeping what was computed: for all sessions, as long as there is room, never to be changed.

A snapshot never changes, so what is computed of it and of plain arguments never does either. All functions marked with
`remembered` share one budget of bytes (`EXPLORER_CACHE_MB`); what was not asked for longest goes first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial, wraps
from threading import Condition
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import streamlit as st
from cachetools import LRUCache, TTLCache, cached
from numpy.typing import NDArray

from explorer.settings import settings
from explorer.ui.shelf.sizes import bytes_of, make_read_only

P = ParamSpec("P")
T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)
Key = tuple[Hashable, ...]


class Same:
    """An array as an argument of a remembered function: arrays of the same content are the same argument."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        content = np.ascontiguousarray(array)
        self.content = (array.dtype.str, array.shape, hashlib.blake2b(content.data, digest_size=16).digest())


@dataclass(frozen=True)
class _Kept:
    """A value and the bytes that it and its key take."""

    value: Any
    size: int


class _Shelf(LRUCache[Key, _Kept]):
    """All that is remembered; room for a value is made when it comes."""

    def __setitem__(self, key: Key, kept: _Kept) -> None:
        room = settings().cache_mb * 2**20
        if kept.size > room:
            raise ValueError("value too large")  # what cachetools expects of a cache then
        while self.currsize + kept.size > room:
            self.popitem()
        super().__setitem__(key, kept)


_SHELF = _Shelf(math.inf, getsizeof=lambda kept: kept.size)
_CHANGED = Condition()  # also the shelf's lock


def remembered(spinner: str = "") -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return the decorator that computes a function once for the same arguments, which can be hashed or are `Same`.

    Sessions that ask for the same at a time wait for one computation. An error is not remembered, nor is a value
    larger than the whole budget. Arrays in the value become read-only; tensors in it are by convention.
    spinner: what a page says while it is computed.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        key_of = partial(_key, f"{function.__module__}.{function.__qualname__}")

        @cached(_SHELF, key_of, condition=_CHANGED)
        def kept(*args: P.args, **kwargs: P.kwargs) -> _Kept:
            value = function(*args, **kwargs)
            make_read_only(value)
            return _Kept(value, bytes_of((key_of(*args, **kwargs), value)))

        @wraps(function)
        def look_up(*args: P.args, **kwargs: P.kwargs) -> T:
            said = bool(spinner) and key_of(*args, **kwargs) not in _SHELF
            with st.spinner(spinner) if said else nullcontext():
                value: T = kept(*args, **kwargs).value
            return value

        return look_up

    return decorate


def _key(name: str, *args: Any, **kwargs: Any) -> Key:
    given = (*args, *(part for item in sorted(kwargs.items()) for part in item))
    return name, *(part.content if isinstance(part, Same) else part for part in given)


class Recent(Protocol[P, R_co]):
    """A function whose last values are kept for a moment."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Return the value, maybe of a moment ago."""

    def cache_clear(self) -> None:
        """Let the next call see what there is now."""


def recent(seconds: float) -> Callable[[Callable[P, T]], Recent[P, T]]:
    """Return the decorator for what changes on disk: a value is at most so old, however many sessions ask for it."""

    def decorate(function: Callable[P, T]) -> Recent[P, T]:
        kept: Recent[P, T] = cached(TTLCache(maxsize=128, ttl=seconds), condition=Condition())(function)
        return kept

    return decorate


def room_taken() -> int:
    """Return the bytes of all that is remembered."""
    return int(_SHELF.currsize)


def forget_everything() -> None:
    """Give all room free."""
    with _CHANGED:
        _SHELF.clear()
