"""Analyses of shipped runs that would take seconds, computed beforehand: files in `trained/analyses/`.

`scripts/prepare_analyses.py` writes them. A file is named after the analysis and everything it depends on, so that
another epoch, data set or number of samples is computed, and never answered by what was prepared for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from explorer.errors import BrokenFile
from explorer.runs.tensors import Arrays, read_tensors, write_tensors
from explorer.settings import settings

if TYPE_CHECKING:
    from explorer.ui.shelf.snapshots import Key

P = ParamSpec("P")

_PREPARING: ContextVar[bool] = ContextVar("preparing", default=False)


def folder() -> Path:
    """Return where prepared analyses are."""
    return settings().trained / "analyses"


@contextmanager
def preparing() -> Iterator[None]:
    """Have what is computed meanwhile written to the folder."""
    before = _PREPARING.set(True)
    try:
        yield
    finally:
        _PREPARING.reset(before)


def prepared(name: str) -> Callable[[Callable[P, Arrays]], Callable[P, Arrays]]:
    """Return the decorator that reads, where it was prepared under that name, what a function would compute.

    The function takes snapshots (`Key`), texts and numbers, and returns named arrays.
    """

    def decorate(function: Callable[P, Arrays]) -> Callable[P, Arrays]:
        @wraps(function)
        def found(*args: P.args, **kwargs: P.kwargs) -> Arrays:
            path = _path(name, (*args, *(kwargs[key] for key in sorted(kwargs))))
            if path and path.exists():
                with suppress(BrokenFile):  # nothing is lost: it is computed then
                    return read_tensors(path)[0]
            arrays = function(*args, **kwargs)
            if path and _PREPARING.get():
                write_tensors(path, arrays, 0)
            return arrays

        return found

    return decorate


def is_prepared(name: str, *args: object) -> bool:
    """Whether what a function marked with that name would compute of some arguments is only read."""
    path = _path(name, args)
    return path is not None and path.exists()


def _path(name: str, args: tuple[object, ...]) -> Path | None:
    """Return the file of an analysis, or None where a snapshot is none of a shipped run."""
    parts = [_part(argument) for argument in args]
    return folder() / f"{'-'.join([name, *parts])}.safetensors" if all(parts) else None


def _part(argument: object) -> str:
    if not isinstance(argument, tuple):
        return str(argument)
    key: Key = argument
    run_folder, epoch, _ = key
    run = Path(run_folder)
    return f"{run.name}-{epoch}" if run.parent == settings().trained else ""
