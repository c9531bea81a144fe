"""The interface of an engine."""

from __future__ import annotations

from abc import ABC, abstractmethod

from explorer.models.config import ModelConfig
from explorer.runs.run import Run


class Engine(ABC):
    """Takes configs and sees to it that their runs are trained."""

    @abstractmethod
    def submit(self, config: ModelConfig, *, automatic: bool = False, session: str = "", gpu: str | None = None) -> Run:
        """Ask for `config.epochs` of the config's run and return the run at once or when it is trained.

        What is `automatic`, nobody has pressed a button for: it waits for all else, and may be cleaned up later.
        session: who asks; for one of them a limited number of trainings wait. gpu: the one to train on, of those that
        the engine names; by default the first that is free.

        Raises:
            LimitReached: more is asked for than the settings allow.
            RunNotFound, SnapshotNotFound, ConfigError: what it starts with is not there, or does not fit.
            StoreNotWritable: the user's store is read-only or full.
            EngineError: the engine cannot take work.
        """

    @abstractmethod
    def measure(self, run: Run) -> None:
        """See to the heavy figures that a run of the user's own lacks: when no training waits, or at once.

        Raises:
            StoreNotWritable: the user's store is read-only or full.
            EngineError: the engine cannot take work.
        """

    @abstractmethod
    def describe(self) -> str:
        """Return where work is done, in words for a user."""

    @abstractmethod
    def close(self) -> None:
        """Release workers; runs in training are interrupted and can be continued."""
