"""The classifiers that a study of few labels trains on an autoencoder's encoder, and how wrong each of them is."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import get_args

from explorer.data.catalogue import CATALOGUE
from explorer.errors import BrokenFile
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig, EncoderStart
from explorer.runs.study import Axis, Cell, Found, Standing, Study
from explorer.ui.shelf.measured import figures_at
from explorer.ui.state.subject import Subject

COUNTS = (10, 100, 1000)  # and all


def template_of(subject: Subject) -> DeepClassifierConfig:
    """Return the config of which the classifiers of an autoencoder have everything but start, labels and seed."""
    base = subject.config_as(DeepAutoencoderConfig)
    return DeepClassifierConfig(dataset=base.dataset, base=base, labels=COUNTS[0])


def label_counts(template: DeepClassifierConfig) -> list[int]:
    """Return the numbers of labelled images, ascending: the last is all that the data set has."""
    every = CATALOGUE[template.dataset].n_train
    return [count for count in COUNTS if count < every] + [every]


def study_of(template: DeepClassifierConfig, seeds: int) -> Study:
    """Return the study of all starts and numbers of labels, with so many seeds."""
    axes = (Axis("start", get_args(EncoderStart)), Axis("labels", tuple(label_counts(template))))
    return Study(template, axes, tuple(range(seeds)))


def errors_in(study: Study, found: Sequence[Found]) -> dict[Cell, list[float]]:
    """Return the shares of test images that trained classifiers get wrong, by start and labels."""
    errors: dict[Cell, list[float]] = {cell: [] for cell in study.cells}
    for each in found:
        if each.run and each.standing is Standing.TRAINED:
            with contextlib.suppress(BrokenFile):  # the Runs page names it; here it is as good as not there
                error = figures_at(each.run, study.base.epochs).get("error")
                errors[each.entry.cell] += [] if error is None else [error]
    return errors
