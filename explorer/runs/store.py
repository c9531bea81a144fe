"""A store: a folder of runs, shipped or the user's own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from explorer.disk import reason, remove
from explorer.errors import (
    BrokenFile,
    InvalidName,
    InvalidRunId,
    RunBusy,
    RunNotFound,
    StoreNotReadable,
    StoreNotWritable,
)
from explorer.models.config import ModelConfig
from explorer.runs.files import write_atomically
from explorer.runs.ids import check_run_id, identity, run_id
from explorer.runs.locks import lock
from explorer.runs.marks import MarkFolder
from explorer.runs.paths import RunPaths
from explorer.runs.reading import MOST_LETTERS, check_name
from explorer.runs.run import Run
from explorer.runs.status import Request, State, Status, is_wanted, read_request, read_status, write_status

FORMAT = 1  # of config.json
REQUESTED = ".requested"  # changes with each request
REQUEST_SECONDS = 5.0  # writing a request takes milliseconds; longer means that something is wrong


class Store:
    """A folder of runs. Opening one creates nothing; the folder appears with the first run."""

    def __init__(self, folder: Path, *, shipped: bool = False) -> None:
        self.folder = folder
        self.shipped = shipped  # never written to

    def paths(self, id_: str) -> RunPaths:
        """Return where the parts of a run are, whether it exists or not.

        Raises:
            InvalidRunId: the text cannot be an id.
        """
        return RunPaths(self.folder / check_run_id(id_))

    def __contains__(self, id_: str) -> bool:
        """Whether there is such a run, or what is left of one whose config.json is gone."""
        paths = self.paths(id_)
        return paths.config.is_file() or any(path.is_file() for path in (paths.status, paths.metrics, paths.resume))

    def run(self, id_: str) -> Run:
        """Return the run of this id.

        Raises:
            InvalidRunId: the text cannot be an id.
            RunNotFound: the store does not hold it.
        """
        if id_ not in self:
            raise RunNotFound(f"There is no run {id_} in {self.folder}.")
        return Run(self.folder / id_, shipped=self.shipped)

    def __iter__(self) -> Iterator[Run]:
        """All runs, by id.

        Raises:
            StoreNotReadable: the folder cannot be listed.
        """
        try:
            entries = sorted(os.listdir(self.folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            variable = "EXPLORER_TRAINED" if self.shipped else "EXPLORER_STORE"
            raise StoreNotReadable(
                f"{self.folder} cannot be read: {error.strerror or error}. Choose another folder with {variable}."
            ) from error
        for entry in entries:
            with contextlib.suppress(InvalidRunId, RunNotFound):
                yield self.run(entry)

    def queue(self) -> list[str]:
        """Return the ids of the runs that wait for a worker: those asked for, the one that has waited longest first,
        then those that began by themselves.
        """  # noqa: D205
        waiting = []
        for run in filter(lambda run: is_wanted(run.paths), self):
            request = read_request(run.paths)
            if request and run.status.state is State.QUEUED:
                waiting.append((run.paths.watched.exists(), request.submitted, run.id))
        return [id_ for *_, id_ in sorted(waiting)]

    def request(self, config: ModelConfig, *, automatic: bool = False) -> Run:
        """Ask for `config.epochs` of a config's run: create its folder if need be, withdraw a stop, raise the target.

        This only writes the wish down; an engine acts on it. A run is `automatic` until it is asked for otherwise.

        Raises:
            StoreNotWritable: the store is shipped, read-only or full.
            ConfigError: the run is new, and its values contradict each other.
        """
        if self.shipped:
            raise StoreNotWritable(f"{self.folder} holds the shipped runs and is never written to.")
        paths = self.paths(id_ := run_id(config))
        if id_ not in self:
            config.to_train()
            if automatic:
                write_atomically(paths.automatic, b"")
            _write_config(paths, config)
        self.mend(id_, config)
        if not automatic:
            self.keep(id_)
        with lock(paths.request_lock, REQUEST_SECONDS):  # of two wishes at once, the greater is kept
            earlier = read_request(paths)
            live = earlier is not None and _is_alive(paths)
            epochs = max(config.epochs, earlier.epochs if earlier and live else 0)
            if not automatic:
                _remove(paths.watched)
            elif not live:
                write_atomically(paths.watched, b"", within=paths.folder)
            _remove(paths.stop)  # before the new request: a worker that finds its stop gone takes up what comes next
            request = Request(epochs=epochs, submitted=time.time()).model_dump_json().encode()
            write_atomically(paths.request, request, within=paths.folder)
        write_atomically(self.folder / REQUESTED, id_.encode())
        return Run(paths.folder)

    def mend(self, id_: str, config: ModelConfig) -> None:
        """Write a run's config.json anew where it is damaged or gone; the config is the one that has this id.

        Raises:
            StoreNotWritable: the store is read-only or full.
        """
        if self.shipped or id_ not in self:
            return
        try:
            _ = self.run(id_).settings
        except BrokenFile:
            _write_config(self.paths(id_), config)

    def keep(self, id_: str) -> None:
        """Make a run one that somebody wants, if it was automatic: it is not cleaned up any more.

        Raises:
            StoreNotWritable: the run's folder is read-only.
        """
        _remove(self.paths(id_).automatic)

    def give_name(self, id_: str, name: str) -> None:
        """Keep what somebody calls a run, which is then one that somebody wants; nothing takes the name away.

        Raises:
            InvalidName: it is too long, or has letters that cannot be shown.
            RunNotFound: the store does not hold the run.
            StoreNotWritable: the store is shipped, read-only or full.
        """
        paths = self.run(id_).paths
        if self.shipped:
            raise StoreNotWritable(f"{id_} is a shipped run and cannot be named. A run of your own can.")
        if not name.strip():
            _remove(paths.name)
            return
        try:
            content = json.dumps({"name": check_name(name)}).encode()
        except ValueError as error:
            raise InvalidName(f"{name[:MOST_LETTERS]!r} cannot be the name of a run: {error}.") from error
        self.keep(id_)
        write_atomically(paths.name, content, durable=True, within=paths.folder)

    @property
    def marks(self) -> MarkFolder:
        """The stars, tags and notes that somebody gave to runs, to shipped ones, too."""
        return MarkFolder(self.folder)

    def last_request(self) -> int:
        """Return what changes with each request for a training, whoever makes it: measuring makes way for it."""
        with contextlib.suppress(OSError):
            return (self.folder / REQUESTED).stat().st_mtime_ns
        return 0

    def request_stop(self, id_: str) -> None:
        """Ask whoever trains the run to stop within a second, or withdraw it from the queue.

        Raises:
            StoreNotWritable: the store is shipped, read-only or full.
        """
        paths = self.run(id_).paths
        if self.shipped:
            raise StoreNotWritable(f"{id_} is a shipped run; nobody trains it.")
        if Run(paths.folder).status.state is State.QUEUED:
            _remove(paths.request)  # a worker that has just taken it up stops for want of a request
            if not paths.status.exists():
                write_status(paths, Status(state=State.STOPPED))
        else:
            write_atomically(paths.stop, b"", within=paths.folder)

    @contextlib.contextmanager
    def training_lock(self, id_: str) -> Iterator[None]:
        """Hold the run's lock: whoever holds it is the only one that trains or deletes the run.

        The operating system releases it when the process dies.

        Raises:
            RunNotFound: the store does not hold it.
            RunBusy: somebody else holds it.
            StoreNotWritable: the run's folder is read-only.
        """
        with lock(self.run(id_).paths.lock):
            yield

    @contextlib.contextmanager
    def figures_lock(self, id_: str, seconds: float = 0) -> Iterator[None]:
        """Hold the lock of whoever measures the run's snapshots; a training, or a deletion, does not wait for it.

        Raises:
            RunNotFound: the store does not hold it.
            RunBusy: somebody else holds it, for longer than so many seconds.
            StoreNotWritable: the run's folder is read-only.
        """
        busy = f"Another process measures {id_}. What it has done is kept: measure the run again when it has ended."
        with lock(self.run(id_).paths.figures_lock, seconds, busy):
            yield

    def delete(self, id_: str) -> None:
        """Remove a run, all its files and its marks.

        Raises:
            RunBusy: the run is being trained.
            StoreNotWritable: the store is shipped or read-only.
        """
        run = self.run(id_)
        if self.shipped:
            raise StoreNotWritable(f"{id_} is a shipped run and cannot be deleted.")
        folder, discarded = run.paths.folder, self.folder / f".deleted-{uuid.uuid4().hex}"
        try:
            with self.training_lock(id_):
                if not (there := _renamed(folder, discarded)):  # where an open file, be it the lock, prevents that
                    for path in (run.paths.config, run.paths.status, run.paths.metrics, run.paths.resume):
                        remove(path)
        except OSError as error:
            raise StoreNotWritable(f"{folder} cannot be deleted: {reason(error)}.") from error
        shutil.rmtree(discarded if there else folder, ignore_errors=True)
        self.marks.forget(id_)


def _write_config(paths: RunPaths, config: ModelConfig) -> None:
    content = {
        "format": FORMAT,
        "kind": config.kind,
        "algorithm": config.algorithm,
        "config": identity(config.trajectory()),
    }
    write_atomically(paths.config, json.dumps(content, indent=1).encode(), durable=True)


def _is_alive(paths: RunPaths) -> bool:
    """Whether a run waits for a worker, or is trained: a worker that died a moment ago holds no lock any more."""
    state = read_status(paths).state
    return state is State.QUEUED or (state is State.RUNNING and _is_locked(paths.lock))


def _is_locked(path: Path) -> bool:
    try:
        with lock(path):
            return False
    except RunBusy:
        return True


def _renamed(folder: Path, other: Path) -> bool:
    """Rename a folder at once; return False where Windows refuses that."""
    try:
        folder.rename(other)
    except PermissionError:
        return False
    return True


def _remove(path: Path) -> None:
    try:
        remove(path)
    except OSError as error:
        raise StoreNotWritable(f"{path} cannot be removed: {reason(error)}.") from error
