"""Timing several programs for the same work in one run, interleaved, each in a process of its own, as it would be run.

In one process they would help each other: glibc keeps more of the memory that one frees the more another has taken.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.report import section

Epoch = Callable[[], None]
THREADS = (1, 2)
# subjects of more than one comparison
TEMPLATE, OURS, PRODUCTS = "the lab's template", "the explorer", "the matrix products alone"


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


def explorer_epoch(config: Any, device: Any = "cpu") -> Epoch:
    """Return an epoch of a config on full MNIST, through the training loop as a worker runs it."""
    import torch

    from explorer.data.catalogue import load
    from explorer.training.device import make_reproducible
    from explorer.training.loop import train_epochs
    from explorer.training.memory import keep_freed_memory
    from explorer.training.randomness import Stream, generator

    keep_freed_memory()
    make_reproducible()
    images = load("mnist")
    draws = generator(0, 0, Stream.TRAINING, device)
    learner = config.new_learner(images.shape, draws)
    records = train_epochs(
        learner,
        torch.tensor(config.training_rows(images), device=device),
        seed=0,
        batch_size=config.batch_size,
        reached=0,
        generator=draws,
        watch=lambda _: False,
    )
    return lambda: (next(records), None)[1]


def products_epoch(factors: Callable[[], Iterable[tuple[Any, Any]]], steps: int) -> Epoch:
    """Return the matrix products of an epoch of so many steps alone, each into an output that is there already.

    factors: makes the pairs of matrices that are multiplied in one step, in order, as tensors.
    """
    import torch

    from explorer.training.memory import keep_freed_memory

    keep_freed_memory()
    step = [(left, right, left @ right) for left, right in factors()]

    def epoch() -> None:
        for _ in range(steps):
            for left, right, product in step:
                torch.mm(left, right, out=product)

    return epoch


def layer_products(x: Any, W: Any, output: Any, *, first: bool = False) -> list[tuple[Any, Any]]:
    """Return the factors of a layer's products: its output's, its weights' gradient's and, if not first, its input's.

    x (B, below), W (below, above), output (B, above) tensors; W may be the transpose of another layer's.
    """
    # the gradient is laid out in memory as the weights are
    weights = (x.T, output) if W.is_contiguous() else (output.T, x)
    return [(x, W), weights, *([] if first else [(output, W.T)])]


@dataclass(frozen=True)
class Ratio:
    """How many times as long one subject takes as another, and what that should come to."""

    slow: str
    fast: str
    goal: str


def compare(
    module: str,
    description: str,
    title: str,
    text: str,
    subjects: Mapping[str, Callable[[], Epoch]],
    ratios: Mapping[str, Ratio],
    notes: str = "",
    rounds: int = 5,
) -> None:
    """Measure all subjects with each number of threads, and print seconds and ratios as a section of the paper.

    `module` is started again for each subject.
    """
    options: Any = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--subject", choices=list(subjects), help="run an epoch of this one for each line of input")
    options.add_argument("--threads", type=int, choices=THREADS, action="append", help="only with so many threads")
    options.add_argument("--rounds", type=int, default=rounds)
    options.add_argument("--note", default="", help="what to know of this run, such as other work on the machine")
    given = options.parse_args()
    if given.subject:
        _answer(subjects[given.subject])
        return
    seconds = {threads: _measure(module, list(subjects), threads, given.rounds) for threads in given.threads or THREADS}
    rows = [["", *(f"{threads} thread{'s' if threads > 1 else ''}" for threads in seconds), "goal"]]
    rows += [[name, *(f"{median_[name]:.2f} s" for median_ in seconds.values()), ""] for name in subjects]
    rows += [
        [
            f"**{name}**",
            *(_times(median_[ratio.slow] / median_[ratio.fast]) for median_ in seconds.values()),
            ratio.goal,
        ]
        for name, ratio in ratios.items()
    ]
    rounds_ = f"Medians of {given.rounds} epochs." if given.rounds > 1 else "One epoch each."
    print(section(module, title, f"{text} {rounds_}", rows, "\n\n".join(filter(None, [notes, given.note]))))


def _times(ratio: float) -> str:
    """Return a ratio in words, below 2 to a hundredth, so that goals near 1 can be judged."""
    return f"{ratio:.2f}×" if ratio < 2 else f"{ratio:.1f}×"


def _answer(make: Callable[[], Epoch]) -> None:
    """Run an epoch for each line that comes in, and say how many seconds it took."""
    warnings.simplefilter("ignore")  # torchvision warns of its own read-only arrays
    epoch = make()
    for _ in sys.stdin:
        started = time.perf_counter()
        epoch()
        print(time.perf_counter() - started, flush=True)


def _measure(module: str, names: list[str], threads: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of each subject's epochs, taken in turn, one warming up before them."""
    limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
    with ExitStack() as stack:
        processes = {}
        for name in names:
            command = [sys.executable, "-m", f"benchmarks.{module}", "--subject", name]
            process = subprocess.Popen(
                command, env=os.environ | limits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
            )
            processes[name] = stack.enter_context(process)
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(rounds + 1):
            for name, process in processes.items():
                seconds[name].append(_ask(process))
    return {name: median(values[1:]) for name, values in seconds.items()}


def _ask(process: subprocess.Popen[str]) -> float:
    """Let a subject run one epoch, and return how many seconds it says that took."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    process.stdin.write("\n")
    process.stdin.flush()
    if not (answer := process.stdout.readline()):
        raise RuntimeError("a subject ended early; what it says of that stands above")
    return float(answer)
