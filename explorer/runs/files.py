"""Atomic writes: a file is either as it was or as it should be, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from explorer.errors import StoreNotWritable

Stamp = tuple[int, ...]


def stamp(path: Path) -> Stamp:
    """Return what tells a file's content from an earlier one; nothing where there is no file."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return ()


def write_atomically(path: Path, content: bytes, *, durable: bool = False, parents: bool = True) -> None:
    """Write to a unique temporary name in the same folder, then rename. `durable` waits for the disk.

    A missing folder is made; without `parents` only if the one above it is there, as it is not of a deleted run.

    Raises:
        StoreNotWritable: the disk is full, the folder read-only or gone; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=parents, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StoreNotWritable(
            f"{path} cannot be written: {error.strerror or error}. "
            "Free some space or choose another folder with EXPLORER_STORE."
        ) from error
