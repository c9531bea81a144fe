"""The classifiers that a study of few labels trains on an autoencoder's encoder, and how wrong each of them is."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from explorer.data.catalogue import CATALOGUE
from explorer.errors import BrokenFile
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig, EncoderStart
from explorer.runs.run import Run
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.services import library
from explorer.ui.state.subject import Subject

COUNTS = (10, 100, 1000)  # and all

Configs = list[DeepClassifierConfig]
Study = dict[tuple[EncoderStart, int], Configs]  # by start and labels, one config for each seed


def template_of(subject: Subject) -> DeepClassifierConfig:
    """Return the config of which the classifiers of an autoencoder have everything but start, labels and seed."""
    base = subject.config_as(DeepAutoencoderConfig)
    return DeepClassifierConfig(dataset=base.dataset, base=base, labels=COUNTS[0])


def label_counts(template: DeepClassifierConfig) -> list[int]:
    """Return the numbers of labelled images, ascending: the last is all that the data set has."""
    every = CATALOGUE[template.dataset].n_train
    return [count for count in COUNTS if count < every] + [every]


def grid_of(template: DeepClassifierConfig, seeds: int) -> Study:
    """Return the configs for each start and number of labels, one for each seed."""
    return {
        (start, count): [
            template.model_copy(update={"start": start, "labels": count, "seed": seed}) for seed in range(seeds)
        ]
        for start in get_args(EncoderStart)
        for count in label_counts(template)
    }


def configs_in(grid: Study) -> Configs:
    """Return all configs of a study."""
    return [config for configs in grid.values() for config in configs]


def known(configs: Configs) -> list[Run]:
    """Return the runs of the configs that exist, trained or not."""
    shelf = library()
    return [shelf.find(config) for config in configs if config in shelf]


def error_of(config: DeepClassifierConfig) -> float | None:
    """Return the share of test images that a classifier gets wrong at the config's epochs, if it is trained."""
    run = library().measured(config)
    if run is None:
        return None
    try:
        return _measured(run.paths.folder, run.paths.metrics.stat().st_mtime_ns, config.epochs)
    except (BrokenFile, FileNotFoundError):  # the Runs page names broken runs; here they are as good as not there
        return None


@remembered()
def _measured(folder: Path, _written: int, epoch: int) -> float | None:
    return next((row["error"] for row in Run(folder).metric_rows() if row["epoch"] == epoch), None)
