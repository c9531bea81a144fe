"""What a disk refuses: tried again where another program may be the reason, and said in words with what to do."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 1.0  # seconds
PAUSE = 0.02
WINDOWS = os.name == "nt"
_HELD = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)
REASONS = {  # of a file or folder that cannot be written
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "it is on a disk that can only be read",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENOTDIR: "a file stands where a folder of it should",
    errno.EEXIST: "a file stands where a folder of it should",
}
_REMEDIES = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some space",
    errno.EACCES: "Close what has it open, make it writable",
    errno.EPERM: "Close what has it open, make it writable",
    errno.EBUSY: "Close what has it open",
}


def patiently(act: Callable[[], T]) -> T:
    """Do what an open file may prevent, again and again for a second at the most.

    On Windows, and on disks shared with it, a file that somebody reads cannot be replaced or removed, and the folder
    of an open file cannot be renamed.

    Raises:
        OSError: as the last attempt did.
    """
    limit = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except OSError as error:
            if error.errno not in _HELD or time.monotonic() > limit:
                raise
        time.sleep(PAUSE)


def read(path: Path) -> bytes:
    """Return the content of a file, which Windows opens for nobody in the moment in which it is replaced.

    Raises:
        OSError: it cannot be read.
    """
    return patiently(path.read_bytes) if WINDOWS else path.read_bytes()


def replace(source: Path, target: Path) -> None:
    """Rename a file, over the one that has the name.

    Raises:
        OSError: it cannot be renamed, for longer than a moment.
    """
    patiently(lambda: source.replace(target))


def move(source: Path, target: Path) -> None:
    """Rename a folder to a name that none has.

    Raises:
        OSError: it cannot be renamed, for longer than a moment.
    """
    patiently(lambda: source.rename(target))


def remove(path: Path) -> None:
    """Remove a file, if it is there.

    Raises:
        OSError: it cannot be removed, for longer than a moment.
    """
    patiently(lambda: path.unlink(missing_ok=True))


def reason(error: Exception) -> str:
    """Return why something was refused, of what the system refused in its words, without the path."""
    return getattr(error, "strerror", None) or str(error)


def remedy(error: OSError, variable: str) -> str:
    """Return what to do where something cannot be written; the variable names another folder."""
    if error.errno == errno.ENOENT:
        return "Its folder was deleted meanwhile."
    first = _REMEDIES.get(error.errno or 0)
    another = f"hoose another folder with {variable}."
    return f"{first} or c{another}" if first else f"C{another}"
