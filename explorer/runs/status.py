"""The state of a run: what the worker wrote, and what that means now."""

from __future__ import annotations

import contextlib
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeGuard, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from explorer.disk import read
from explorer.errors import StoreNotWritable
from explorer.runs.files import overwrite, write_atomically
from explorer.runs.ids import is_run_id
from explorer.runs.paths import RunPaths
from explorer.runs.reading import MOST_BYTES, MOST_EPOCHS

MOST_LETTERS = 20_000  # of a text in a status; what is beyond is cut off
SHORT = 500  # letters of an error that has to find room in the least that a file takes of a disk
Content = TypeVar("Content", bound=BaseModel)

HEARTBEAT_SECONDS = 1.0
STALE_AFTER_SECONDS = 10.0  # a worker that is alive writes every second


class State(StrEnum):
    """The states of a run. "interrupted" is never written: it is what a stale heartbeat means."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def live(self) -> bool:
        """Whether the run is being trained or waits for a worker."""
        return self in (State.QUEUED, State.RUNNING)


def _printable(text: str) -> str:
    """Return a text without what would steer a terminal, and not longer than anybody reads."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text[:MOST_LETTERS])


def _an_id_or_nothing(text: str) -> str:
    return text if is_run_id(text) else ""


Epochs = Annotated[int, Field(ge=0, le=MOST_EPOCHS)]
Seconds = Annotated[float, Field(ge=0)]
Text = Annotated[str, AfterValidator(_printable)]


class Status(BaseModel):
    """The content of `status.json`. Its texts may come from anywhere: a page escapes them."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    state: State
    epoch: Epochs = 0  # reached and kept
    target: Epochs = 0
    share: Annotated[float, Field(ge=0, le=MOST_EPOCHS)] = 0.0  # what is trained beyond it, in epochs
    seconds_per_epoch: Seconds | None = None  # training alone, mean of the last epochs
    figures_seconds: Seconds | None = None  # spent on figures and files between two epochs without a snapshot, likewise
    training_seconds: Seconds = 0.0  # of all epochs together
    heartbeat: float = 0.0  # seconds since 1970
    device: Text = ""
    worker: Text = ""  # host and process id
    # the run that it is built on and that is trained, or waited for, at the moment
    parent: Annotated[str, AfterValidator(_an_id_or_nothing)] = ""
    attempt: Epochs = 0  # how often a worker has started on this run
    error: Text | None = None  # in words for a user
    traceback: Text | None = None
    # a batch size that may fit where the GPU's memory was too small
    smaller_batch: Annotated[int, Field(ge=1, le=MOST_EPOCHS)] | None = None
    settled: float | None = None  # the request (when it was submitted) that ended in a stop or an error

    @property
    def trained(self) -> int:
        """The whole epochs that are trained, of which the last ones may not be kept yet."""
        return self.epoch + int(self.share)

    @property
    def progress(self) -> float:
        """The share of the epochs asked for that is trained."""
        return min(1.0, (self.epoch + self.share) / self.target) if self.target else 0.0

    @property
    def seconds_left(self) -> float:
        """The seconds until the epochs asked for are trained, if all go on as the last ones; 0 before the first."""
        each = (self.seconds_per_epoch or 0.0) + (self.figures_seconds or 0.0)
        return max(0.0, each * (self.target - self.epoch - self.share))


class Request(BaseModel):
    """The content of `request.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    epochs: Epochs
    submitted: float


def read_status(paths: RunPaths) -> Status:
    """Return the run's status as it is now, from what the worker wrote and how fresh it is.

    Where status.json is damaged, the run is one that was interrupted at its last snapshot; training it on repairs it.
    """
    written = _read(paths.status, Status)
    if written is None and paths.status.exists():
        reached, lost = max(paths.snapshot_epochs(), default=0), f"{paths.status.name} is damaged: times are lost."
        written = Status(state=State.INTERRUPTED, epoch=reached, target=reached, error=lost)
    if written and written.state is State.RUNNING:
        if _is_fresh(written.heartbeat):
            return written
        written = written.model_copy(update={"state": State.INTERRUPTED, "share": 0.0, "parent": ""})
    request = read_request(paths)
    if is_outstanding(request, written):
        state = State.QUEUED if is_wanted(paths) else State.INTERRUPTED
        return (written or Status(state=state)).model_copy(
            update={"state": state, "target": request.epochs, "error": None}
        )
    return written or Status(state=State.INTERRUPTED)


def is_outstanding(request: Request | None, written: Status | None) -> TypeGuard[Request]:
    """Whether a request asks for more than is kept, and has not ended in a stop or an error. Compares no clocks."""
    if request is None or written is None:
        return request is not None
    return request.epochs > written.epoch and request.submitted != written.settled


def is_wanted(paths: RunPaths) -> bool:
    """Whether the run's last request is still kept fresh by whoever made it; without one it is not."""
    with contextlib.suppress(FileNotFoundError):
        return _is_fresh(paths.request.stat().st_mtime)
    return False


def _is_fresh(when: float) -> bool:
    """Whether somebody alive wrote this; a time in the future is of a clock that goes wrong, and tells nothing."""
    return abs(time.time() - when) <= STALE_AFTER_SECONDS


def write_status(paths: RunPaths, status: Status) -> None:
    """Write the worker's status with a fresh heartbeat; how a training ended waits for the disk.

    Raises:
        StoreNotWritable: the disk is full or read-only, or the run's folder is gone.
    """
    durable = status.state is not State.RUNNING
    write_atomically(paths.status, _written_now(status), durable=durable, within=paths.folder)


def write_outcome(paths: RunPaths, status: Status) -> None:
    """Write how a training ended, on a full disk over the status that is there: the reason is then what to know.

    Raises:
        StoreNotWritable: that cannot be done either.
    """
    try:
        write_status(paths, status)
    except StoreNotWritable:
        short = {"traceback": None, "error": status.error and status.error[:SHORT]}
        overwrite(paths.status, _written_now(status.model_copy(update=short)))


def _written_now(status: Status) -> bytes:
    return status.model_copy(update={"heartbeat": time.time()}).model_dump_json(indent=1).encode()


def read_request(paths: RunPaths) -> Request | None:
    """Return what was asked for last; None where nothing was, or the file is damaged."""
    return _read(paths.request, Request)


def _read(path: Path, model: type[Content]) -> Content | None:
    try:
        return None if path.stat().st_size > MOST_BYTES else model.model_validate_json(read(path))
    except (ValidationError, OSError):
        return None
