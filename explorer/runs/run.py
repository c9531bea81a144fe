"""Reading a run: its config, progress, metrics and the model at any kept epoch."""

from __future__ import annotations

import contextlib
import math
import os
import time
from functools import cached_property, lru_cache, reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.analysis.log_z_version import by_this_estimator
from explorer.data.catalogue import CATALOGUE
from explorer.disk import read, reason
from explorer.errors import BrokenFile, ConfigError, SnapshotNotFound
from explorer.models.config import flat
from explorer.models.config.values import MOST_EPOCHS
from explorer.models.registry import kind_of
from explorer.runs.figures import figures_of
from explorer.runs.files import Stamp, stamp
from explorer.runs.paths import RunPaths
from explorer.runs.reading import Rows, read_json, read_metrics, read_name
from explorer.runs.status import Status, read_status
from explorer.runs.tensors import Arrays, check_tensors, read_tensors

if TYPE_CHECKING:
    import pandas as pd

    from explorer.models.config import ModelConfig
    from explorer.models.interface import Model

ANEW = "Show the same settings on their page, or train them: that writes it anew. Or delete the run."
KEPT = 4096  # runs whose files are read once: as many as a store may have, since the list asks for one after the other
TICK = 100_000_000  # ns: two changes within so short a time may leave the same time of change
FROM_LATER = "Update the explorer if a newer version trained it; else delete the run and train it again."


class Run:
    """One training trajectory in a store, or its part up to an epoch. Reads only; keeps nothing but the config."""

    def __init__(self, folder: Path, *, shipped: bool = False, until: int | None = None) -> None:
        self.paths = RunPaths(folder)
        self.shipped = shipped
        self._until = math.inf if until is None else until

    def __repr__(self) -> str:
        return f"<Run {self.id}, {self.epochs} epochs>"

    @property
    def id(self) -> str:
        """The run's id, which is the name of its folder."""
        return self.paths.folder.name

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All hyperparameters but `epochs` by their flat names; one that is younger than the run has its default.

        Raises:
            BrokenFile: config.json cannot be read or has values that are no longer valid.
        """
        return {name: value for name, value in self._valid.values().items() if name != "epochs"}

    @cached_property
    def written(self) -> dict[str, Any]:
        """The config as the file has it, by flat names, without torch: a hyperparameter may be missing.

        Raises:
            BrokenFile: config.json cannot be read.
        """
        return flat(self._file["config"])

    @property
    def kind(self) -> str:
        """The name of the run's kind.

        Raises:
            BrokenFile: config.json cannot be read.
        """
        return str(self._file["kind"])

    @cached_property
    def _file(self) -> dict[str, Any]:
        return _config_file(self.paths.config, stamp(self.paths.config))

    @property
    def config(self) -> ModelConfig:
        """The config, with `epochs` as far as the run has come (at least one after its first).

        Raises:
            BrokenFile: config.json cannot be read or has values that are no longer valid.
        """
        config = self._valid
        return config.model_copy(update={"epochs": max(config.first_epoch + 1, self.epochs)})

    @property
    def _valid(self) -> ModelConfig:
        """The config with an arbitrary number of epochs."""
        path = self.paths.config
        try:
            return _valid_config(kind_of(self.kind).config_class(), path, stamp(path))
        except ConfigError as error:
            raise BrokenFile(path, str(error), FROM_LATER) from error

    @property
    def status(self) -> Status:
        """What the run is doing now."""
        return read_status(self.paths)

    @property
    def epochs(self) -> int:
        """The last epoch that is kept."""
        return int(min(self.status.epoch, self._until))

    @property
    def can_go_on(self) -> bool:
        """Whether training can go on from the last epoch; else it starts again, as for a shipped run kept small."""
        try:
            check_tensors(self.paths.resume)
        except BrokenFile:  # cut short, or not there
            return False
        return True

    @property
    def snapshots(self) -> list[int]:
        """The epochs at which the model was kept, ascending."""
        return [epoch for epoch in self.paths.snapshot_epochs() if epoch <= self._until]

    def anew(self) -> Run:
        """Return the same run, to be read from disk as it is by now: see `KnownRun`."""
        return Run(self.paths.folder, shipped=self.shipped, until=None if math.isinf(self._until) else int(self._until))

    def metrics(self) -> pd.DataFrame:
        """Return one row per epoch, indexed by epoch; a column for each metric, NaN where it was not measured.

        Light figures are there at each epoch. Heavy ones (likelihoods, probes, sample quality) are measured of
        snapshots, apart from training: until then they are missing, their columns too. `train(…, figures="all")` and
        the command `measure` see to them; the app does when no training waits.

        Raises:
            BrokenFile: the metrics cannot be read.
        """
        import pandas as pd  # not needed to list runs

        rows = self.metric_rows()
        return pd.DataFrame(rows).set_index("epoch") if rows else pd.DataFrame()

    def metric_rows(self) -> list[dict[str, Any]]:
        """Return the metrics, one mapping per epoch; a figure that was not finite is None.

        Raises:
            BrokenFile: the metrics cannot be read.
        """
        heavy = {epoch: figures_of(self.paths, epoch).values() for epoch in self.paths.figure_epochs()}
        return [reduce(or_, heavy.get(row["epoch"], ()), row) for row in self.light_rows()]

    def light_rows(self) -> list[dict[str, Any]]:
        """Return what was measured while training, one mapping per epoch; of older runs also the heavy figures.

        Those that rest on another version of the estimator of log Z are left out: see `by_this_estimator`. Rows that
        are damaged are missing: see `fault`.

        Raises:
            BrokenFile: metrics.jsonl cannot be read at all.
        """
        rows = self._metrics().rows
        return [by_this_estimator(row) for row in rows if row["epoch"] <= self._until]

    @property
    def fault(self) -> str:
        """What of the metrics is lost, as the file is damaged; nothing if it is whole.

        Raises:
            BrokenFile: metrics.jsonl cannot be read at all.
        """
        fault = self._metrics().fault
        return fault and f"{self.paths.metrics.name} is damaged, and some of its figures are lost ({fault})."

    def _metrics(self) -> Rows:
        try:
            return read_metrics(read(self.paths.metrics))
        except FileNotFoundError:
            return Rows([])
        except (OSError, ValueError) as error:
            raise BrokenFile(self.paths.metrics, str(error), "Delete this file; only figures are lost.") from error

    def model(self, epoch: int | None = None) -> Model:
        """Return the model as it was at a kept epoch, by default the run's last, on the CPU in single precision.

        Raises:
            SnapshotNotFound: the run was not kept at this epoch.
            BrokenFile: the snapshot cannot be read or does not fit the config.
        """
        kept = self.snapshots
        if epoch is None and kept:
            epoch = kept[-1] if self.status.epoch <= self._until else self.epochs
        if epoch is None or epoch not in kept:
            have = ", ".join(map(str, kept)) or "none yet"
            raise SnapshotNotFound(f"{self.id} has no snapshot of epoch {epoch}; it was kept at: {have}.")
        return self._model(self.paths.snapshot(epoch), read_tensors(self.paths.snapshot(epoch))[0])

    def exact_model(self, epoch: int) -> Model:
        """Return the model at a kept epoch, at full precision where a shipped run has it: in its resume state.

        Raises:
            SnapshotNotFound: the run was not kept at this epoch.
            BrokenFile: the file cannot be read or does not fit the config.
        """
        if self.can_go_on:
            arrays, reached = read_tensors(self.paths.resume)
            if reached == epoch:
                names = self._valid.new_model(CATALOGUE[self._valid.dataset].shape).state()
                return self._model(self.paths.resume, {name: x for name, x in arrays.items() if name in names})
        return self.model(epoch)

    def _model(self, path: Path, arrays: Arrays) -> Model:
        import torch  # a second to import; listing runs does without

        config = self._valid
        model = config.new_model(CATALOGUE[config.dataset].shape)
        try:
            model.load_state({name: torch.from_numpy(x) for name, x in arrays.items()})
        except ValueError as error:
            raise BrokenFile(path, str(error), "Delete this file; the run's other snapshots stay.") from error
        return model

    @property
    def automatic(self) -> bool:
        """Whether nobody but a page that followed its controls has asked for the run."""
        return self.paths.automatic.exists()

    @property
    def name(self) -> str:
        """What somebody calls the run; nothing where nobody has named it, or the file is damaged."""
        with contextlib.suppress(OSError, ValueError):
            return read_name(read(self.paths.name))
        return ""

    def size(self) -> int:
        """Return the bytes all files of the run take: counted anew when one has come, gone or been replaced."""
        stamps = [stamp(folder) for folder in (self.paths.folder, self.paths.snapshots, self.paths.figures)]
        changed = max((found[-1] for found in stamps if found), default=0)
        count = _size if time.time_ns() - changed > TICK else _size.__wrapped__
        return count(self.paths.folder, *stamps)


@lru_cache(maxsize=KEPT)
def _size(folder: Path, *_stamps: Stamp) -> int:
    total = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # a temporary file of the worker, renamed by now
                total += os.stat(os.path.join(inner, name)).st_size  # noqa: PTH116, PTH118  (a third of the time)
    return total


@lru_cache(maxsize=KEPT)
def _config_file(path: Path, _stamp: Stamp) -> dict[str, Any]:
    try:
        content = read_json(read(path))
        if not (isinstance(content, dict) and isinstance(content["config"], dict) and isinstance(content["kind"], str)):
            raise TypeError("not a config")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFile(path, reason(error), ANEW) from error
    try:
        kind_of(content["kind"])
    except ConfigError as error:
        raise BrokenFile(path, str(error), FROM_LATER) from error
    return content


@lru_cache(maxsize=KEPT)
def _valid_config(config_class: type[ModelConfig], path: Path, stamp: Stamp) -> ModelConfig:
    return config_class.from_values(flat(_config_file(path, stamp)["config"]) | {"epochs": MOST_EPOCHS})


KEPT_CONFIGS = (_config_file, _valid_config)  # read and validated once; tests begin without them
