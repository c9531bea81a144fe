"""Runs as they were at one moment, however they grow meanwhile: a page is drawn of one state, read once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.runs.store import Store

if TYPE_CHECKING:
    from explorer.models.config import ModelConfig
    from explorer.runs.status import Status


class KnownRun(Run):
    """What is known of a run: read from disk when it is first asked for, and the same from then on."""

    @cached_property
    def status(self) -> Status:
        """What the run was doing."""
        return super().status

    @cached_property
    def name(self) -> str:
        """What somebody called the run."""
        return super().name

    @cached_property
    def snapshots(self) -> list[int]:
        """The epochs at which the model had been kept, ascending: at least those that the status counts."""
        _ = self.status  # before: a snapshot is written first
        return super().snapshots

    @cached_property
    def config(self) -> ModelConfig:
        """The config, with `epochs` as far as the run had come (at least one after its first)."""
        return super().config

    @cached_property
    def can_go_on(self) -> bool:
        """Whether training could go on from the last epoch."""
        return super().can_go_on


class KnownStore(Store):
    """A store at one moment: it is listed once, and each of its runs is looked at once."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.folder, shipped=store.shipped)
        self._known: dict[str, KnownRun] = {}

    def run(self, id_: str) -> Run:
        """Return what is known of the run of this id; see `Store.run`."""
        if id_ not in self._known:
            self._known[id_] = KnownRun(super().run(id_).paths.folder, shipped=self.shipped)
        return self._known[id_]

    def __contains__(self, id_: str) -> bool:
        return id_ in self._known or super().__contains__(id_)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._all)

    @cached_property
    def _all(self) -> list[Run]:
        return list(super().__iter__())


def at_this_moment(library: Library) -> Library:
    """Return a library as it is now, to draw one picture of it; write to the other one."""
    return Library(KnownStore(library.own), KnownStore(library.shipped))
