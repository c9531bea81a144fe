"""From a learner and data to one record per epoch, for every kind of model."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import torch
from torch import Tensor

from explorer.errors import TrainingDiverged
from explorer.models.interface import Learner
from explorer.training.capture import Step, capture_step
from explorer.training.pace import Pace
from explorer.training.randomness import Stream, reseed


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch of training gave: its number, its time in seconds, and the learner's metrics over all images."""

    epoch: int
    seconds: float
    metrics: dict[str, float]


class Watch(Protocol):
    """Called between batches with the share of the epoch that is done; returning True stops the training."""

    def __call__(self, share: float, /) -> bool:
        """Return whether to stop; `share` is from 0 to 1."""


def train_epochs(
    learner: Learner,
    data: Tensor,
    *,
    seed: int,
    batch_size: int,
    reached: int,
    generator: torch.Generator,
    watch: Watch,
) -> Iterator[EpochRecord]:
    """Train epoch after epoch, from `reached` + 1 on, for as long as records are taken.

    data: (N, V) bytes on the training device; `generator` lives there too and is reseeded at each epoch from
    (seed, epoch), so an epoch depends only on the learner's state before it. When `watch` stops the training, the
    generator ends without a record for the unfinished epoch; the learner's state is then inside that epoch.

    Raises:
        TrainingDiverged: a tensor of the learner or the mean of a metric is not finite after an epoch.
    """
    pace = Pace(data.device)
    step: Step | None = None
    for epoch in count(reached + 1):
        step = None  # the last epoch's graph and its memory go before there is another
        started = time.perf_counter()
        learner.begin_epoch(epoch, reseed(generator, seed, epoch, Stream.TRAINING))
        order = torch.randperm(len(data), device=data.device, generator=generator)
        step = capture_step(learner, data, batch_size, generator)  # anew each epoch: the learning rate is part of it
        batches = torch.split(order, batch_size)
        sums: dict[str, Tensor] = {}
        for number, indices in enumerate(batches):
            if watch(number / len(batches)):
                return
            share = len(indices) / len(batches[0])  # the last batch counts as what it is of a whole one
            for name, value in step(indices).items():
                part = value.clone() if share == 1 else value * share
                sums[name] = sums[name] + part if name in sums else part
            pace.keep(number)
        metrics = {name: float(total) / (len(order) / len(batches[0])) for name, total in sums.items()}
        infinite = [name for name, value in metrics.items() if not math.isfinite(value)]
        infinite += [name for name, x in learner.state().items() if not bool(x.isfinite().all())]
        if infinite:
            raise TrainingDiverged.after(epoch, learner.current_learning_rate, infinite[0])
        yield EpochRecord(epoch, time.perf_counter() - started, metrics)
