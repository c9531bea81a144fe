"""Independent random streams, each a pure function of the run's seed and a place on its trajectory."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch


class Stream(IntEnum):
    """What random numbers are for; streams of one epoch are independent of each other."""

    TRAINING = 0  # of epoch 0: the initial weights
    MEASURING = 1
    HEAVY = 2  # measuring apart from training; each measurement begins at the stream's start


def generator(seed: int, epoch: int, stream: Stream, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a generator that depends on (seed, epoch, stream) alone, so that continuing needs no generator state."""
    return reseed(torch.Generator(device), seed, epoch, stream)


def reseed(target: torch.Generator, seed: int, epoch: int, stream: Stream) -> torch.Generator:
    """Set an existing generator to the start of a stream and return it."""
    words = np.random.SeedSequence(seed, spawn_key=(epoch, stream)).generate_state(1, np.uint64)
    return target.manual_seed(int(words[0] >> np.uint64(1)))
