"""What an epoch takes on this machine, found by trying a few steps of it."""

from __future__ import annotations

import statistics
import time
from contextlib import suppress

import torch

from explorer.data.catalogue import load
from explorer.data.images import ImageSet
from explorer.engine.measuring import Measuring
from explorer.errors import TrainingDiverged
from explorer.models.config import ModelConfig
from explorer.models.interface import Learner
from explorer.settings import settings
from explorer.training.device import threads
from explorer.training.randomness import Stream, generator

IMAGES = 2_000  # to try on; what they show plays no part
STEPS = 4  # the first of them, which prepares what others find ready, does not count
STEP_COST = 1e9  # multiply-adds of a step, some hundredths of a second; of larger batches a part is tried
LEAST_BATCH = 8  # fewer images at a time would take longer each


def seconds_of_an_epoch(config: ModelConfig) -> float:
    """Return the seconds that an epoch of a config takes on a CPU with a worker's threads, its figures included.

    It is trained from chance, and what it is built on is not trained at all: neither changes what a step takes.

    Raises:
        DataError: the data set cannot be read.
    """
    few = load(config.dataset).first(IMAGES)
    with threads(settings().threads_per_worker):
        learner = config.new_learner(few.shape, generator(config.seed, 0, Stream.TRAINING))
        steps = config.images_per_epoch * _seconds_per_image(config, learner, few)
        return steps + _seconds_of_figures(config, learner, few)


def _seconds_per_image(config: ModelConfig, learner: Learner, few: ImageSet) -> float:
    data = torch.tensor(config.training_rows(few))
    learner.prepare(data, {name: parent.new_model(few.shape) for name, parent in config.parents().items()})
    draws = generator(config.seed, config.epochs, Stream.TRAINING)
    learner.begin_epoch(config.epochs, draws)  # in the first ones, some learn only a part
    batch = min(config.batch_size, max(LEAST_BATCH, int(STEP_COST / config.cost(few.shape))))
    seconds = []
    for _ in range(STEPS):
        indices = torch.randint(len(data), (batch,), generator=draws)
        started = time.perf_counter()
        learner.train_batch(data.index_select(0, indices))
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:]) / batch


def _seconds_of_figures(config: ModelConfig, learner: Learner, few: ImageSet) -> float:
    started = time.perf_counter()
    with suppress(TrainingDiverged):  # the training itself will say so
        Measuring(config, few, learner, torch.device("cpu")).each_epoch(1)
    return time.perf_counter() - started
