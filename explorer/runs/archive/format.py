"""What an archive holds: its manifest, its names, and how large its files may be."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.numpy import load

from explorer.runs.paths import RunPaths
from explorer.runs.status import State, Status
from explorer.runs.tensors import Arrays

MAX_FILES = 2_000  # of one run
MAX_FILES_TOGETHER = 20_000  # of several runs in one archive
MAX_TENSOR_BYTES = 250_000_000  # of one safetensors file

MANIFEST, SCRIPT, WEIGHTS = "manifest.json", "rebuild.py", "weights.txt"
FOR_READERS = (SCRIPT, WEIGHTS)  # which an import leaves out
_PATHS = RunPaths(Path())
MARKS = "marks.json"
CONFIG, STATUS, METRICS, RESUME, NAME = (
    path.as_posix() for path in (_PATHS.config, _PATHS.status, _PATHS.metrics, _PATHS.resume, _PATHS.name)
)


class Manifest(BaseModel):
    """The content of `manifest.json`."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["explorer-run"] = "explorer-run"
    version: Literal[1] = 1
    run: str
    files: dict[str, str]  # the SHA-256 of each other file, by name


def snapshot_name(epoch: int) -> str:
    """Return the name of the snapshot of an epoch."""
    return _PATHS.snapshot(epoch).as_posix()


def snapshot_epoch(name: str) -> int | None:
    """Return the epoch of a snapshot's name, or None if it is no such name."""
    digits = re.sub("[^0-9]", "", name)[:5]
    return int(digits) if digits and snapshot_name(int(digits)) == name else None


def is_known(name: str) -> bool:
    """Whether a file of this name belongs into an archive."""
    known = (MANIFEST, *FOR_READERS, CONFIG, STATUS, METRICS, RESUME, NAME, MARKS)
    return name in known or snapshot_epoch(name) is not None


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file's content, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def parse_tensors(content: bytes) -> tuple[Arrays, int]:
    """Return the arrays of a safetensors file and the epoch they belong to.

    Raises:
        ValueError: the content is not such a file, or has no epoch, or numbers that are not finite or not numpy's.
    """
    try:
        arrays = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        epoch = int(header["__metadata__"]["epoch"])
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not a snapshot: {type(error).__name__} {error}") from error
    if any(x.dtype.kind not in "fiub" or not np.isfinite(x).all() for x in arrays.values()):
        raise ValueError("a value is not a finite number")
    return arrays, epoch


def at_rest(status: Status, epoch: int) -> Status:
    """Return the status as of an epoch, of a run that nobody trains, without what names the machine it came from."""
    ended = status.state in (State.DONE, State.STOPPED, State.FAILED) and status.epoch == epoch
    state = status.state if ended else State.STOPPED
    changes = {"state": state, "epoch": epoch, "share": 0.0, "worker": "", "parent": "", "traceback": None}
    return status.model_copy(update=changes | {"heartbeat": min(status.heartbeat, time.time())})
