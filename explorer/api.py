"""The public functions; `import explorer` offers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from explorer.engine.inline import InlineEngine
from explorer.models.config import ModelConfig
from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.training.loop import EpochRecord

Figures = Literal["light", "all"]


def train(
    config: ModelConfig, *, on_epoch: Callable[[EpochRecord], None] | None = None, figures: Figures = "light"
) -> Run:
    """Train a config in this process and return its run up to `config.epochs`; what is already trained costs nothing.

    on_epoch: called with the record of each newly trained epoch. figures: "all" measures the heavy ones of every
    snapshot, too, likelihoods for example, which often takes longer than the training; also of a run that is trained.

    Raises:
        RunNotFound, SnapshotNotFound, ConfigError: what it starts with is not there, or does not fit.
        DataError: the config's data set cannot be read.
        StoreNotWritable: the user's store is read-only or full.
        RunBusy: another process trains this run, or measures it and all figures are wanted.
        TrainingFailed: training ended with an error, which the message repeats.
    """
    engine = InlineEngine(Library.open(), on_epoch)
    run = engine.submit(config)
    if figures == "all":
        engine.measure(run)
    return Run(run.paths.folder, shipped=run.shipped, until=config.epochs)


def open_run(wanted: str | ModelConfig) -> Run:
    """Return a run that exists, by its id or its config (whose `epochs` do not matter).

    Raises:
        InvalidRunId: the text cannot be an id.
        RunNotFound: no store holds the run.
    """
    return Library.open().find(wanted)
