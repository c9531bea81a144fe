"""Every error the explorer raises on purpose, as one tree.

A message names the bad value and says what to do about it, so that it can be shown to a user as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class ExplorerError(Exception):
    """The root of the tree: anything below it is meant to be read by a user."""


@dataclass(frozen=True)
class Problem:
    """One invalid value of a config: the field, what was given and what would be valid.

    `combination`: the value is valid by itself, but does not fit another one.
    """

    field: str
    value: object
    expected: str
    combination: bool = False

    def __str__(self) -> str:
        return f"{self.field} = {self.value!r} is not valid: {self.expected}."


class ConfigError(ExplorerError):
    """A config has unknown fields or values out of range; `problems` lists each."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))

    def __reduce__(self) -> tuple[type, tuple[list[Problem]]]:  # errors travel from workers by pickle
        return (ConfigError, (self.problems,))


class InvalidStudy(ExplorerError):
    """A study has no values, too many runs, or varies what cannot be varied."""


class DataError(ExplorerError):
    """A data set cannot be used."""


class DataMissing(DataError):
    """The files of a data set are not on this machine."""


class DataDamaged(DataError):
    """A data file is truncated, altered or unreadable; the message names it."""


class OtherData(DataError):
    """A data file is as it should be, but not of the data set it is named after; the message says what it holds."""


class DataNotWritable(DataError):
    """The folder of data sets cannot be written: read-only, full, or no folder."""


class RunError(ExplorerError):
    """A run cannot be used."""


class InvalidRunId(RunError):
    """A text that cannot be a run's id (such as one with a path in it)."""


class InvalidName(RunError):
    """A text that cannot be what somebody calls a run: too long, or not to be shown."""


class InvalidMark(RunError):
    """A text that cannot be a tag of a run or a note on it, or too many tags."""


class RunNotFound(RunError):
    """No store that is open holds this run."""


class SnapshotNotFound(RunError):
    """The run exists but was not kept at this epoch."""


class OtherKind(RunError):
    """A run is of another kind of model than what is asked of it."""


class BrokenFile(RunError):
    """A file of a run cannot be read; `path` names it."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        self.path, self.reason, self.remedy = path, reason, remedy
        super().__init__(f"{path} cannot be read ({reason}). {remedy}")

    def __reduce__(self) -> tuple[type, tuple[Path, str, str]]:
        return (BrokenFile, (self.path, self.reason, self.remedy))


class RunBusy(RunError):
    """Another worker is training this run at the moment."""


class ImportRejected(RunError):
    """An archive is not an export of the explorer, or was altered."""


class StoreNotReadable(ExplorerError):
    """The store's folder cannot be listed."""


class StoreNotWritable(ExplorerError):
    """The store's folder cannot be written: read-only, full or missing."""


class LimitReached(ExplorerError):
    """More was asked for than a setting allows; the message says how much that is, and names the setting."""

    @classmethod
    def of(cls, asked: str, most: str, setting: str, remedy: str) -> LimitReached:
        """Return the error that something was asked for of which a setting allows so much."""
        return cls(f"{asked}: at most {most} (EXPLORER_{setting.upper()}). {remedy}")


class TrainingDiverged(ExplorerError):
    """A weight or a figure became infinite or not a number; the message names the epoch and the learning rate."""

    @classmethod
    def after(cls, epoch: int, learning_rate: float, what: str) -> TrainingDiverged:
        """Return the error that something was not finite after an epoch."""
        return cls(
            f"In epoch {epoch} at learning rate {learning_rate:g}, {what} became infinite or not a number. "
            f"Everything up to epoch {epoch - 1} is kept; try a smaller learning rate."
        )


class ParentFailed(ExplorerError):
    """A model that another one is built on could not be had; the message names its run and what to do."""


class TrainingFailed(ExplorerError):
    """A run that was to be trained in this process ended with an error."""


class EngineError(ExplorerError):
    """The engine cannot take or finish work: a scheduler out of reach, a worker that keeps dying."""
