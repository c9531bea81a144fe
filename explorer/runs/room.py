"""What the user's own runs take of the disk, and which of them make room when it gets too much."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.runs.ids import run_id
from explorer.runs.lineage import ancestors
from explorer.runs.run import Run
from explorer.runs.store import Store

LOOKED_AT_SECONDS = 600.0  # a run begun so recently may still be on somebody's screen


@dataclass(frozen=True)
class Room:
    """Bytes in a store: of the runs that somebody asked for, and of those that began by themselves."""

    asked_for: int
    automatic: int
    n_automatic: int

    @property
    def total(self) -> int:
        """Bytes of all runs."""
        return self.asked_for + self.automatic


def room_of(store: Store) -> Room:
    """Return what a store's runs take.

    Raises:
        StoreNotReadable: the folder cannot be listed.
    """
    sizes = [(_is_nobodys(run, store), run.size()) for run in store]
    automatic = [size for is_automatic, size in sizes if is_automatic]
    return Room(sum(size for is_automatic, size in sizes if not is_automatic), sum(automatic), len(automatic))


def clean_up(store: Store, limit: int) -> list[str]:
    """Delete runs that began by themselves, the oldest first, until all take `limit` bytes at most; return their ids.

    Never one that somebody asked for, named or marked, that such a run is built on, that is in training or was begun
    minutes ago.

    Raises:
        StoreNotReadable: the folder cannot be listed.
    """
    total = room_of(store).total
    deleted = []
    for run in _expendable(store) if total > limit else ():
        if not _is_nobodys(run, store):  # kept, named or marked while others were deleted
            continue
        size = run.size()
        with contextlib.suppress(ExplorerError):  # trained or deleted by another process at this moment
            store.delete(run.id)
            deleted.append(run.id)
            total -= size
        if total <= limit:
            break
    return deleted


def _expendable(store: Store) -> Iterator[Run]:
    """Yield the runs that may go, the one that was asked for longest ago first.

    What a run started with stays too: it is the first part of its curves.
    """
    needed: set[str] = set()
    found: list[tuple[float, Run]] = []
    for run in store:
        if _is_nobodys(run, store):
            found.append((_asked_for(run), run))
            continue
        with contextlib.suppress(ExplorerError):  # a broken run is built on nothing that it could still use
            chain = [*ancestors(run.config), run.config]
            needed.update(map(run_id, chain[:-1]), (each.origin.run for each in chain if each.origin))
    for asked_for, run in sorted(found, key=lambda entry: (entry[0], entry[1].id)):
        if run.id not in needed and time.time() - asked_for > LOOKED_AT_SECONDS:
            yield run


def _is_nobodys(run: Run, store: Store) -> bool:
    """Whether a run began by itself and nobody has wanted it since: a star given to a shipped run is of the own one."""
    return run.automatic and run.id not in store.marks


def _asked_for(run: Run) -> float:
    for path in (run.paths.request, run.paths.config):
        with contextlib.suppress(OSError):
            return path.stat().st_mtime
    return 0.0
