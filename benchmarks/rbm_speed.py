"""How long an RBM epoch takes: the lab's template, scikit-learn, ours, and the matrix products alone, in one run.

    python -m benchmarks.rbm_speed            # full MNIST, 1 and 2 threads, about two minutes

784×100 units, CD-1, batches of 100, 60,000 images. Everything runs interleaved, `--rounds` times, and the median
counts, so that a machine that slows down meanwhile slows down everything. Each thread count has its own process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

VISIBLE, HIDDEN, BATCH, IMAGES, RATE = 784, 100, 100, 60_000, 0.1
GOALS = {"template": 6.0, "scikit-learn": 3.0}  # ours is to be so many times faster
FLOOR_GOAL = 3.0  # and to take so many times the matrix products at the most


def template_epoch() -> Callable[[], None]:
    """Return the epoch of the lab's template: a DataLoader that turns one image after the other into a tensor."""
    import torch
    from torch.utils.data import DataLoader
    from torchvision.datasets import MNIST
    from torchvision.transforms import ToTensor

    from explorer.data.catalogue import CATALOGUE
    from explorer.settings import settings

    folder = CATALOGUE["mnist"].source.find(settings().data_folders)  # type: ignore[union-attr]
    loader = DataLoader(MNIST(str(folder), train=True, transform=ToTensor()), batch_size=BATCH, shuffle=True)
    W, a, b = torch.randn(VISIBLE, HIDDEN) * 0.1, torch.zeros(VISIBLE), torch.zeros(HIDDEN)

    def epoch() -> None:
        for images, _ in loader:
            v0 = torch.bernoulli(images.view(-1, VISIBLE))
            p0 = torch.sigmoid(v0 @ W + b)
            v1 = torch.bernoulli(torch.sigmoid(torch.bernoulli(p0) @ W.T + a))
            p1 = torch.sigmoid(v1 @ W + b)
            W.add_(RATE * (v0.T @ p0 - v1.T @ p1) / len(v0))
            a.add_(RATE * (v0 - v1).mean(dim=0))
            b.add_(RATE * (p0 - p1).mean(dim=0))

    return epoch


def sklearn_epoch(precision: str = "float64") -> Callable[[], None]:
    """Return one iteration of scikit-learn's BernoulliRBM (persistent CD) on binarized images.

    It computes in double precision unless its input is float32.
    """
    import numpy as np
    from sklearn.neural_network import BernoulliRBM

    from explorer.data.catalogue import load

    images = (load("mnist").train > np.random.default_rng(0).integers(0, 255, VISIBLE)).astype(precision)
    model = BernoulliRBM(n_components=HIDDEN, learning_rate=RATE, batch_size=BATCH, n_iter=1, random_state=0)
    return lambda: model.fit(images)


def explorer_epoch() -> Callable[[], None]:
    """Return the explorer's epoch, through the training loop as a worker runs it."""
    import torch

    from explorer import RBMConfig
    from explorer.data.catalogue import load
    from explorer.training.loop import train_epochs
    from explorer.training.randomness import Stream, generator

    config = RBMConfig(dataset="mnist", hidden_units=HIDDEN, batch_size=BATCH, learning_rate=RATE)
    draws = generator(0, 0, Stream.TRAINING)
    learner = config.new_learner((28, 28), draws)
    records = train_epochs(
        learner,
        torch.tensor(load("mnist").train),
        seed=0,
        batch_size=BATCH,
        reached=0,
        generator=draws,
        watch=lambda _: False,
    )
    return lambda: (next(records), None)[1]


def floor_epoch() -> Callable[[], None]:
    """Return the matrix products that an epoch cannot do without: three passes and the statistics."""
    import torch

    W = torch.randn(VISIBLE, HIDDEN)
    v, h = torch.rand(BATCH, VISIBLE), torch.rand(BATCH, HIDDEN)
    both_v, both_h = torch.rand(2 * BATCH, VISIBLE), torch.rand(2 * BATCH, HIDDEN)
    up, down, statistics = v @ W, h @ W.T, both_v.T @ both_h

    def epoch() -> None:
        for _ in range(IMAGES // BATCH):
            torch.mm(v, W, out=up)
            torch.mm(h, W.T, out=down)
            torch.mm(v, W, out=up)
            torch.mm(both_v.T, both_h, out=statistics)

    return epoch


SUBJECTS: dict[str, Callable[[], Callable[[], None]]] = {
    "template": template_epoch,
    "scikit-learn": sklearn_epoch,
    "scikit-learn, float32": partial(sklearn_epoch, "float32"),
    "explorer": explorer_epoch,
    "matrix products": floor_epoch,
}


def measure(threads: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of an epoch of each subject, in this process."""
    import torch

    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")  # torchvision warns of its own read-only arrays
    epochs = {name: make() for name, make in SUBJECTS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for round_ in range(rounds + 1):
        for name, epoch in epochs.items():
            started = time.perf_counter()
            epoch()
            if round_:  # the first one warms up
                seconds[name].append(time.perf_counter() - started)
    return {name: median(values) for name, values in seconds.items()}


def measure_apart(threads: int, rounds: int) -> dict[str, float]:
    """Return the same from a fresh process that is held to so many threads."""
    limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-m", "benchmarks.rbm_speed", "--threads", str(threads), "--rounds", str(rounds)]
    output = subprocess.run(command, env=os.environ | limits, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(output)
    return result


def table(results: dict[int, dict[str, float]]) -> Table:
    """Return the seconds and ratios of all thread counts."""
    shown = Table(title="Seconds for one RBM epoch, 784×100, CD-1, batch 100, 60,000 images")
    for column in ("threads", *SUBJECTS, "× template", "× scikit-learn", "÷ matrix products", "goals"):
        shown.add_column(column, justify="right")
    for threads, seconds in results.items():
        ours = seconds["explorer"]
        faster = {name: seconds[name] / ours for name in GOALS}
        floor = ours / seconds["matrix products"]
        met = all(faster[name] >= goal for name, goal in GOALS.items()) and floor <= FLOOR_GOAL
        shown.add_row(
            str(threads),
            *(f"{seconds[name]:.2f}" for name in SUBJECTS),
            *(f"{faster[name]:.1f}" for name in GOALS),
            f"{floor:.1f}",
            "reached" if met else "missed",
        )
    return shown


def main() -> None:
    """Measure with 1 and 2 threads and print the table; with `--threads`, measure here and print JSON."""
    options: Any = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--threads", type=int)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    if given.threads:
        print(json.dumps(measure(given.threads, given.rounds)))
        return
    Console(width=140).print(table({threads: measure_apart(threads, given.rounds) for threads in (1, 2)}))
    print(f"Goals: ≥ {GOALS['template']:g}× the template, ≥ {GOALS['scikit-learn']:g}× scikit-learn, ", end="")
    print(f"≤ {FLOOR_GOAL:g}× the matrix products, with 2 threads.")


if __name__ == "__main__":
    main()
