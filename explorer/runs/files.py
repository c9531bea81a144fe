"""Atomic writes: a file is either as it was or as it should be, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from explorer.disk import reason, remedy, replace
from explorer.errors import StoreNotWritable

Stamp = tuple[int, ...]


def stamp(path: Path) -> Stamp:
    """Return what tells a file's content from an earlier one; nothing where there is no file."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return ()


def write_atomically(path: Path, content: bytes, *, durable: bool = False, within: Path | None = None) -> None:
    """Write to a unique temporary name in the same folder, then rename.

    durable: wait until the disk has the content: after a crash of the machine the file is whole, maybe an earlier one.
    within: a folder that has to be there, say of a run, which may be deleted: missing ones are made only below it.

    Raises:
        StoreNotWritable: the disk is full, the folder read-only or gone; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        make_folder(path.parent, within)
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise not_written(path, error) from error


def overwrite(path: Path, content: bytes) -> None:
    """Write over a file, in the room that it has: the last resort on a full disk, which may leave half of it.

    Raises:
        StoreNotWritable: there is no such file, or it cannot be written either.
    """
    try:
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()
            os.fsync(file.fileno())
    except OSError as error:
        raise not_written(path, error) from error


def make_folder(folder: Path, within: Path | None = None) -> None:
    """Make a folder and what is missing above it, or only what is missing below another one.

    Raises:
        OSError: it cannot be made, or the one that it is to be within is gone.
    """
    if within is None:
        folder.mkdir(parents=True, exist_ok=True)
        return
    for name in folder.relative_to(within).parts:
        within /= name
        within.mkdir(exist_ok=True)


def not_written(path: Path, error: OSError) -> StoreNotWritable:
    """Return the error that a file of a store cannot be written, with what to do about it."""
    return StoreNotWritable(f"{path} cannot be written: {reason(error)}. {remedy(error, 'EXPLORER_STORE')}")
