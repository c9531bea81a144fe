"""Locks of the operating system, which it releases when whoever holds one dies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from explorer.disk import reason
from explorer.errors import RunBusy, StoreNotWritable


@contextlib.contextmanager
def lock(path: Path, seconds: float = 0, busy: str = "") -> Iterator[None]:
    """Hold a lock of the operating system on a file in a run's folder, after waiting for it so long at most."""
    held = FileLock(path, timeout=seconds)
    try:
        held.acquire(poll_interval=0.01)
    except Timeout:
        in_use = f"{path.parent.name} is in use at the moment. Stop its training first, or wait."
        raise RunBusy(busy or in_use) from None
    except OSError as error:
        raise StoreNotWritable(f"{path} cannot be locked: {reason(error)}.") from error
    try:
        _check_others_are_kept_out(path)
        yield
    finally:
        held.release()


def _check_others_are_kept_out(path: Path) -> None:
    """Try to lock once more what is locked.

    Raises:
        StoreNotWritable: nothing prevents that, as on some disks of a network: two workers would train the same run.
    """
    second = FileLock(path, timeout=0)
    with contextlib.suppress(Timeout):
        second.acquire()
        second.release()
        raise StoreNotWritable(
            f"The disk of {path.parent.parent} does not keep locks: two processes could write the same run at a time. "
            "Mount it with locks (without nolock), or choose another folder with EXPLORER_STORE."
        )
