"""Memory of a training process: what one batch frees, the next one takes; and how a GPU says that it has none left.

By default glibc returns memory to the operating system as soon as it is freed, in a Dask worker even more so, and each
batch then takes it back page by page: a third to two thirds of a training's time.
"""

from __future__ import annotations

import ctypes
import sys

import torch

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3

# What CUDA and its libraries say where it is not torch that has no room.
_SAID = ("CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")

KEPT = 1 << 30  # bytes of freed memory that a process keeps at most
LARGEST = 32 << 20  # bytes; what is larger than this, the most glibc takes, always goes back


def keep_freed_memory() -> bool:
    """Let this process keep what it frees, whatever its environment says; return whether that is possible here.

    It is with glibc, so on most Linux systems. Elsewhere nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, LARGEST)) and bool(mallopt(_TRIM_THRESHOLD, KEPT))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a GPU's memory is used up: torch's own, or one from CUDA or its libraries."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _SAID)
