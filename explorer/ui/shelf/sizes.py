"""How much memory a value holds on to, and making its arrays read-only."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)  # there anyway, whoever refers to them


def bytes_of(value: object) -> int:
    """Return the bytes that a value keeps from being freed: everything it refers to, each once.

    An array that is a view counts as the whole that it is a view of, a tensor as its whole storage.
    """
    return sum(_own_bytes(part) for part in _parts(value, with_bases=True))


def make_read_only(value: object) -> None:
    """Forbid writing to all NumPy arrays in a value, not to what they are views of; tensors know no such mark."""
    for part in _parts(value, with_bases=False):
        if isinstance(part, np.ndarray):
            part.flags.writeable = False


def _parts(value: object, *, with_bases: bool) -> Iterator[object]:
    """All objects that a value consists of, itself included, each once; and what its arrays are views of."""
    waiting, seen = [value], set()
    while waiting:
        part = waiting.pop()
        if _identity(part) in seen or isinstance(part, _SHARED):
            continue
        seen.add(_identity(part))
        yield part
        if isinstance(part, np.ndarray):
            waiting += [part.base] if with_bases and part.base is not None else []
        else:
            waiting.extend(_inside(part))


def _identity(part: Any) -> tuple[str, int]:
    """Return what tells a part from others: tensors are new objects each time, over the same storage."""
    return ("storage", part.untyped_storage().data_ptr()) if hasattr(part, "untyped_storage") else ("object", id(part))


def _inside(part: Any) -> Iterator[object]:
    if isinstance(part, Mapping):
        yield from part.keys()
        yield from part.values()
    elif isinstance(part, (list, tuple, set, frozenset)):
        yield from part
    elif not hasattr(part, "untyped_storage") and not _is_of_pandas(part):
        yield from getattr(part, "__dict__", {}).values()
        for name in getattr(type(part), "__slots__", ()):
            if hasattr(part, name):
                yield getattr(part, name)


def _own_bytes(part: Any) -> int:
    if hasattr(part, "untyped_storage"):
        return int(part.untyped_storage().nbytes())
    if isinstance(part, np.ndarray):
        return int(part.nbytes) if part.flags.owndata or part.base is None else 0
    if _is_of_pandas(part):
        return int(np.sum(part.memory_usage(deep=True)))
    return sys.getsizeof(part)


def _is_of_pandas(part: Any) -> bool:
    """Whether a part is a table, a column or an index of pandas, which not every page loads."""
    return hasattr(type(part), "memory_usage")
