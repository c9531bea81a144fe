"""The stores that are open together: the user's own, where runs are trained, and the shipped one."""

from __future__ import annotations

import contextlib
import shutil
import stat
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.disk import move
from explorer.errors import RunNotFound, StoreNotWritable
from explorer.models.config import ModelConfig
from explorer.runs.ids import run_id
from explorer.runs.marks import Change, Marks
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.settings import settings


@dataclass(frozen=True)
class Library:
    """Runs of several stores as one collection; of a run that both hold, the user's own is meant."""

    own: Store
    shipped: Store

    @classmethod
    def open(cls) -> Library:
        """Return the library of this machine's settings."""
        return cls(Store(settings().store), Store(settings().trained, shipped=True))

    def find(self, wanted: str | ModelConfig) -> Run:
        """Return a run by its id or its config.

        Raises:
            InvalidRunId: the text cannot be an id.
            RunNotFound: no store holds it.
        """
        if held := self._held(wanted):
            return held[0]
        id_ = wanted if isinstance(wanted, str) else run_id(wanted)
        raise RunNotFound(f"There is no run {id_}, neither in {self.own.folder} nor among the shipped ones.")

    def __contains__(self, wanted: str | ModelConfig) -> bool:
        id_ = wanted if isinstance(wanted, str) else run_id(wanted)
        return id_ in self.own or id_ in self.shipped

    def __iter__(self) -> Iterator[Run]:
        """All runs, the user's own first."""
        yield from self.own
        yield from (run for run in self.shipped if run.id not in self.own)

    def trained(self, config: ModelConfig) -> Run | None:
        """Return a run that has the config's epochs, else None: then it has to be trained.

        A shipped run that holds nothing but its figures has no model to show: it is as good as not trained.
        """
        return next((run for run in self._long_enough(config) if run.snapshots or not run.shipped), None)

    def measured(self, config: ModelConfig) -> Run | None:
        """Return a run that has the figures of the config's epochs, whether models are kept or not, or None."""
        return next(self._long_enough(config), None)

    def kept(self, config: ModelConfig) -> Run | None:
        """Return a run that has the config's model at just `config.epochs`, or None."""
        # A snapshot is written before what else belongs to its epoch: a run killed in between is not yet so far.
        return next((run for run in self._long_enough(config) if config.epochs in run.snapshots), None)

    def pictured(self, wanted: str | ModelConfig) -> Run | None:
        """Return the run that has snapshots to show, or None.

        Of two it is the user's own, unless the shipped one has come further and nobody trains the own one now.

        Raises:
            InvalidRunId: the text cannot be an id.
        """
        held = [run for run in self._held(wanted) if run.snapshots]
        if len(held) > 1 and held[0].epochs < held[1].epochs and not held[0].status.state.live:
            return held[1]
        return held[0] if held else None

    def request(self, config: ModelConfig, *, automatic: bool = False) -> Run:
        """Ask for a config's epochs in the user's own store; a shipped run is copied there first, to go on from there.

        A shipped run without its resume state is trained again from the start, with the same result; if it is built
        on a shipped run of half precision, but for that rounding.

        Raises:
            StoreNotWritable: the store is read-only or full.
        """
        id_ = run_id(config)
        if id_ in self.shipped and self.shipped.run(id_).can_go_on:
            self.adopt(config)
        return self.own.request(config, automatic=automatic)

    def mark(self, id_: str, change: Change) -> Marks:
        """Change a run's marks and return what they are then; it is from now on one that somebody wants.

        Raises:
            RunNotFound: no store holds it.
            InvalidMark: a text cannot be a tag or a note, or these are too many tags.
            BrokenFile: the marks that are there cannot be read.
            StoreNotWritable: the user's store is read-only or full.
        """
        run = self.find(id_)
        if not run.shipped:
            self.own.keep(id_)
        return self.own.marks.change(id_, change)

    def adopt(self, config: ModelConfig) -> Run:
        """Return the config's run in the user's own store, after copying a shipped one there.

        Raises:
            RunNotFound: no store holds it.
            StoreNotWritable: the store is read-only or full.
        """
        id_ = self.find(config).id
        if id_ not in self.own:
            self._copy(id_)
        return self.own.run(id_)

    def _held(self, wanted: str | ModelConfig) -> list[Run]:
        """Return a run as each store has it, the user's own first."""
        id_ = wanted if isinstance(wanted, str) else run_id(wanted)
        if not isinstance(wanted, str):
            with contextlib.suppress(StoreNotWritable):  # then its config.json is told to be broken
                self.own.mend(id_, wanted)
        return [store.run(id_) for store in (self.own, self.shipped) if id_ in store]

    def _long_enough(self, config: ModelConfig) -> Iterator[Run]:
        """The config's runs that have its epochs; the user's own may have been begun and stopped before that."""
        return (run for run in self._held(config) if run.epochs >= config.epochs)

    def _copy(self, id_: str) -> None:
        source, target = self.shipped.paths(id_).folder, self.own.paths(id_).folder
        arriving = target.with_name(f".arriving-{uuid.uuid4().hex}")
        try:
            shutil.copytree(source, arriving, copy_function=shutil.copyfile)
            for folder in (arriving, *(path for path in arriving.rglob("*") if path.is_dir())):
                folder.chmod(folder.stat().st_mode | stat.S_IRWXU)  # the shipped ones may be read-only
            move(arriving, target)
        except OSError as error:
            shutil.rmtree(arriving, ignore_errors=True)
            if id_ not in self.own:  # else another process was faster, which is as good
                raise StoreNotWritable(
                    f"{id_} cannot be copied to {self.own.folder}: {error.strerror or error}."
                ) from error
