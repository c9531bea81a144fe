"""Named arrays in a safetensors file: snapshots and resume state. Never pickle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from explorer.errors import BrokenFile
from explorer.runs.files import write_atomically

Arrays = dict[str, NDArray[Any]]


def write_tensors(
    path: Path, arrays: Mapping[str, NDArray[Any]], epoch: int, *, half: bool = False, within: Path | None = None
) -> None:
    """Write arrays and the epoch they belong to; `half` rounds the numbers with a point to 16 bits.

    within: as of `write_atomically`.

    Raises:
        StoreNotWritable: the disk is full or read-only.
    """
    content = {
        name: np.asarray(x, np.float16 if half and x.dtype.kind == "f" else None, order="C")
        for name, x in arrays.items()
    }
    write_atomically(path, save(content, metadata={"epoch": str(epoch)}), durable=True, within=within)


def read_tensors(path: Path) -> tuple[Arrays, int]:
    """Return the arrays of a file and the epoch they belong to.

    Raises:
        BrokenFile: the file is missing, truncated or altered.
    """
    with _opened(path) as (file, epoch):
        return {name: file.get_tensor(name) for name in file.keys()}, epoch  # noqa: SIM118  (not a dict)


def check_tensors(path: Path) -> None:
    """Read the file's table of contents, which tells whether the file is whole.

    Raises:
        BrokenFile: the file is missing, truncated or altered.
    """
    with _opened(path):
        return


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, int]]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file, int((file.metadata() or {})["epoch"])
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        remedy = "The run's other snapshots stay; to have this one, delete the run and train it again."
        raise BrokenFile(path, str(error) or type(error).__name__, remedy) from error
