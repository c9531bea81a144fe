"""At which epochs a snapshot is kept."""

from itertools import count

_MANTISSAS = (1, 1.5, 2, 3, 5, 7.5)


def is_snapshot_epoch(epoch: int) -> bool:
    """Whether the log-spaced list 0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 75, 100, 150, … contains the epoch."""
    if epoch in (0, 8):
        return True
    for exponent in count():
        if 10**exponent > epoch:
            return False
        if any(m * 10**exponent == epoch for m in _MANTISSAS):
            return True
    raise AssertionError("unreachable")
