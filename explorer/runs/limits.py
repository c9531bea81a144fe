"""How much may be asked for: every limit that a setting sets, checked before anything is begun or memory is taken."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import lru_cache

from explorer.data.catalogue import CATALOGUE
from explorer.errors import LimitReached
from explorer.models.config import ModelConfig
from explorer.runs.room import clean_up, room_of
from explorer.runs.store import Store
from explorer.settings import settings

LOOK_SECONDS = 5.0  # between two looks of a training at the room that is left


def check_request(store: Store, config: ModelConfig) -> None:
    """Check that a training may begin, or go on: its length, its size, and the room in the store.

    Raises:
        LimitReached: it may not; the message says which setting forbids it.
        StoreNotReadable: the store's folder cannot be listed.
    """
    check_config(config)
    check_room(store)


def check_config(config: ModelConfig) -> None:
    """Check the epochs and the parameters of a model, and of all that it is built on.

    Raises:
        LimitReached: they are too many.
    """
    for each in _with_parents(config):
        if each.epochs > settings().epochs:
            raise LimitReached.of(f"{each.epochs:,} epochs", f"{settings().epochs:,}", "epochs", "Choose fewer.")
        if (count := _parameters(each)) > settings().parameters:
            most = f"{settings().parameters:,}"
            raise LimitReached.of(
                f"A model with {count:,} parameters", most, "parameters", "Choose fewer units or layers."
            )


def refusal_of(config: ModelConfig) -> str:
    """Return why a model may not be trained, whatever room there is; nothing if it may."""
    try:
        check_config(config)
    except LimitReached as error:
        return str(error)
    return ""


def check_queue(waiting: int) -> None:
    """Check how many trainings would wait for a worker, of one session of the app or one command.

    Raises:
        LimitReached: they would be too many.
    """
    if waiting > settings().queue:
        asked = f"{waiting:,} trainings that wait"
        remedy = "Ask for fewer at a time: stop some, or wait until some have begun."
        raise LimitReached.of(asked, f"{settings().queue:,}", "queue", remedy)


def check_room(store: Store, more: int = 0) -> None:
    """Check that the user's own runs, and so many bytes more, have room; those that began by themselves make some.

    Raises:
        LimitReached: they have not.
        StoreNotReadable: the store's folder cannot be listed.
    """
    most = settings().store_mb * 10**6
    if (total := room_of(store).total + more) <= most:
        return
    clean_up(store, max(0, most - more))
    if (total := room_of(store).total + more) > most:
        asked = f"{total / 1e6:,.0f} MB of runs"
        raise LimitReached.of(asked, f"{settings().store_mb:,} MB", "store_mb", "Delete some, or allow more.")


def check_import(n_bytes: int, *, unpacked: bool = False) -> None:
    """Check the size of an archive, as it is or unpacked.

    Raises:
        LimitReached: it is too large.
    """
    if n_bytes > settings().import_mb * 10**6:
        asked = f"An archive of {n_bytes / 1e6:,.1f} MB" + " of files" * unpacked
        raise LimitReached.of(asked, f"{settings().import_mb:,} MB", "import_mb", "It is not imported.")


def check_uploads(n_bytes: int) -> None:
    """Check what all sessions of a server have uploaded and not imported yet: twice what one may have.

    Raises:
        LimitReached: it would be too much.
    """
    most = 2 * settings().import_mb
    if n_bytes > most * 10**6:
        asked = f"{n_bytes / 1e6:,.1f} MB of uploads that are not imported yet"
        raise LimitReached.of(asked, f"{most:,} MB", "import_mb", "Try again later.")


class RoomWatch:
    """Looks from time to time whether a training still has room."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked = -math.inf

    def look(self) -> None:
        """Check the room, if the last look was some seconds ago.

        Raises:
            LimitReached: there is none left.
            StoreNotReadable: the store's folder cannot be listed.
        """
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            check_room(self._store)


def _with_parents(config: ModelConfig) -> Iterator[ModelConfig]:
    for parent in config.parents().values():
        yield from _with_parents(parent)
    yield config


@lru_cache(maxsize=256)
def _parameters(config: ModelConfig) -> int:
    """Return how many numbers the model of a config holds, without taking the memory for them."""
    model = config.new_model(CATALOGUE[config.dataset].shape, "meta")
    return sum(tensor.numel() for tensor in model.state().values())
