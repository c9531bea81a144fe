"""Timing several programs for the same work in one run, interleaved, each number of threads in a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

import explorer  # noqa: F401  (before torch, as in a worker: it sets how long OpenMP's threads spin)

Epoch = Callable[[], None]
THREADS = (1, 2)


def mnist_template_batches(batch_size: int, transform: Any = None) -> Callable[[], Iterator[Any]]:
    """Return a function that goes through MNIST as the lab's templates do: a DataLoader, one image after the other.

    transform: what is done to each image; by default it becomes a tensor.
    """
    from torch.utils.data import DataLoader
    from torchvision.datasets import MNIST
    from torchvision.transforms import ToTensor

    from explorer.data.catalogue import CATALOGUE
    from explorer.settings import settings

    folder = CATALOGUE["mnist"].source.find(settings().data_folders)  # type: ignore[union-attr]
    loader = DataLoader(
        MNIST(str(folder), train=True, transform=transform or ToTensor()), batch_size=batch_size, shuffle=True
    )
    return lambda: iter(loader)


def explorer_epoch(config: Any) -> Epoch:
    """Return an epoch of a config on full MNIST, through the training loop as a worker runs it."""
    import torch

    from explorer.data.catalogue import load
    from explorer.training.loop import train_epochs
    from explorer.training.randomness import Stream, generator

    images = load("mnist")
    draws = generator(0, 0, Stream.TRAINING)
    learner = config.new_learner(images.shape, draws)
    records = train_epochs(
        learner,
        torch.tensor(config.training_rows(images)),
        seed=0,
        batch_size=config.batch_size,
        reached=0,
        generator=draws,
        watch=lambda _: False,
    )
    return lambda: (next(records), None)[1]


def compare(
    module: str,
    description: str,
    subjects: Mapping[str, Callable[[], Epoch]],
    title: str,
    ratios: Mapping[str, Callable[[Mapping[str, float]], float]],
    goals: str,
    rounds: int = 5,
) -> None:
    """Measure all subjects with each number of threads, and print seconds and ratios as one table.

    `module` is called again for each number of threads. `ratios` compute a figure from the median seconds.
    """
    options: Any = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--threads", type=int, help="measure here, with so many threads, and print JSON")
    options.add_argument("--rounds", type=int, default=rounds)
    given = options.parse_args()
    if given.threads:
        print(json.dumps(_measure(subjects, given.threads, given.rounds)))
        return
    table = Table(title=title)
    for column in ("threads", *subjects, *ratios):
        table.add_column(column, justify="right")
    for threads in THREADS:
        seconds = _measure_apart(module, threads, given.rounds)
        figures = [f"{seconds[name]:.2f}" for name in subjects] + [f"{ratio(seconds):.1f}" for ratio in ratios.values()]
        table.add_row(str(threads), *figures)
    Console(width=140).print(table)
    print(f"Median seconds of {given.rounds} epochs each. Goals, with 2 threads: {goals}")


def _measure(subjects: Mapping[str, Callable[[], Epoch]], threads: int, rounds: int) -> dict[str, float]:
    import torch

    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")  # torchvision warns of its own read-only arrays
    epochs = {name: make() for name, make in subjects.items()}
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for round_ in range(rounds + 1):
        for name, epoch in epochs.items():
            started = time.perf_counter()
            epoch()
            if round_:  # the first one warms up
                seconds[name].append(time.perf_counter() - started)
    return {name: median(values) for name, values in seconds.items()}


def _measure_apart(module: str, threads: int, rounds: int) -> dict[str, float]:
    limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-m", module, "--threads", str(threads), "--rounds", str(rounds)]
    output = subprocess.run(command, env=os.environ | limits, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(output)
    return result
