"""The likelihood by annealed importance sampling beside counting: errors, and whether intervals hold.

    python -m benchmarks.ais                 # all 20 seeds: two and a half hours on two quiet cores
    python -m benchmarks.ais --seeds 3       # the first three

RBMs of 16, 20 and 25 units on full MNIST, trained by CD-1, CD-10 and PCD for 1, 10, 30 and 100 epochs; of each log Z is
counted once and estimated once for each seed, as the program does it above 20 units. Each estimate is kept in
docs/ais.csv as it comes, and what is there of the estimator's version is not made again: a run goes on where the last
one ended.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.app import PROJECT
from benchmarks.report import section

if TYPE_CHECKING:
    from explorer.models.rbm import RBM

RULES = {"CD-1": {}, "CD-10": {"cd_k": 10}, "PCD": {"persistent": True}}
UNITS, EPOCHS, SEEDS = (16, 20, 25), (1, 10, 30, 100), 20
RMSE, COVERAGE = 0.3, 0.9  # goals

ESTIMATES = PROJECT / "docs" / "ais.csv"
COLUMNS = ("version", "rule", "units", "epoch", "seed", "error", "interval", "effective", "seconds")
Case = tuple[str, int, int]  # rule, units, epoch
Found = tuple[float, float, float, float]  # error, half of the interval (NaN without one), effective chains, seconds


def train(folder: Path, case: tuple[str, int]) -> None:
    """Train an RBM and keep it at the epochs; what is there already stays."""
    import torch

    from explorer import RBMConfig
    from explorer.data.catalogue import load
    from explorer.training.loop import train_epochs
    from explorer.training.randomness import Stream, generator

    rule, units = case
    if all(_path(folder, rule, units, epoch).exists() for epoch in EPOCHS):
        return
    torch.set_num_threads(1)
    images = load("mnist")
    data = torch.tensor(images.train)
    config = RBMConfig(dataset="mnist", hidden_units=units, **RULES[rule])
    learner = config.new_learner(images.shape, generator(0, 0, Stream.TRAINING))
    learner.prepare(data, {})
    places = {"seed": 0, "batch_size": config.batch_size, "reached": 0, "generator": torch.Generator()}
    records = train_epochs(learner, data, **places, watch=lambda _: False)
    for epoch, _ in enumerate(itertools.islice(records, max(EPOCHS)), start=1):
        if epoch in EPOCHS:
            torch.save(learner.model.state(), _path(folder, rule, units, epoch))


def count(folder: Path, case: Case) -> float:
    """Return log Z of a model by counting all hidden states, kept beside it."""
    from explorer.analysis.likelihood import exact_log_partition

    kept = _path(folder, *case).with_suffix(".counted")
    if not kept.exists():
        kept.write_text(repr(exact_log_partition(_model(folder, case), limit=max(UNITS))))
    return float(kept.read_text())


def estimate(folder: Path, seeded: tuple[int, Case]) -> Found:
    """Return what a seed's chains find of a model."""
    import torch

    from explorer.analysis.ais import bracket_log_partition
    from explorer.data.catalogue import load
    from explorer.models.sampling import binarize

    seed, case = seeded
    torch.set_num_threads(1)
    images = torch.tensor(load("mnist").train[:2_000])
    draws, start = torch.Generator().manual_seed(seed), time.process_time()
    bracket = bracket_log_partition(_model(folder, case), binarize(images, "sample", draws), draws)
    interval = math.nan if bracket.interval is None else bracket.interval
    return bracket.forward - count(folder, case), interval, bracket.effective, time.process_time() - start


def kept_estimates(path: Path, version: int) -> dict[tuple[int, Case], Found]:
    """Return what a version of the estimator has found, by seed and model."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["version"]) == version]
    return {
        (int(row["seed"]), (row["rule"], int(row["units"]), int(row["epoch"]))): (
            float(row["error"]),
            float(row["interval"]),
            float(row["effective"]),
            float(row["seconds"]),
        )
        for row in rows
    }


def keep_estimate(path: Path, version: int, seeded: tuple[int, Case], found: Found) -> None:
    """Write an estimate behind the others."""
    seed, case = seeded
    begun = path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not begun:
            writer.writerow(COLUMNS)
        writer.writerow([version, *case, seed, *(f"{each:.4f}" for each in found)])


def _model(folder: Path, case: Case) -> RBM:
    import torch

    from explorer.models.rbm import RBM

    state = torch.load(_path(folder, *case), weights_only=True)
    rbm = RBM(*state["W"].shape)
    rbm.load_state(state)
    return rbm


def _path(folder: Path, rule: str, units: int, epoch: int) -> Path:
    return folder / f"{rule}-{units}-{epoch}.pt"


def lines(found: dict[Case, list[Found]]) -> Iterator[list[str]]:
    """Yield a line for each rule and size, and one for all."""
    for units, rule in itertools.product(UNITS, RULES):
        cases = [each for case, every in found.items() if case[:2] == (rule, units) for each in every]
        if cases:
            yield [f"{units} units, {rule}", *_summed(cases), ""]
    yield ["**all**", *_summed(list(itertools.chain(*found.values()))), f"≤ {RMSE}, ≥ {COVERAGE:.0%}"]


def _summed(cases: list[Found]) -> list[str]:
    errors = [error for error, *_ in cases]
    held = sum(abs(error) <= interval for error, interval, *_ in cases)
    intervals = [interval for _, interval, *_ in cases if not math.isnan(interval)]
    return [
        f"{math.sqrt(sum(error**2 for error in errors) / len(errors)):.2f}",
        f"{min(errors):+.2f} to {max(errors):+.2f}",
        f"{median(intervals):.2f}",
        f"{held} of {len(cases)}",
        f"{min(effective for *_, effective, _ in cases):.0f}, {median(effective for *_, effective, _ in cases):.0f}",
        f"{median(seconds for *_, seconds in cases):.0f} s",
    ]


def main() -> None:
    """Print the section."""
    from explorer.analysis.log_z_version import LOG_Z_ESTIMATOR

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=SEEDS)
    options.add_argument("--models", type=Path, help="folder of models and counts: kept there, not made again")
    given = options.parse_args()
    cases = list(itertools.product(RULES, UNITS, EPOCHS))
    found = kept_estimates(ESTIMATES, LOG_Z_ESTIMATOR)
    missing = [each for each in itertools.product(range(given.seeds), cases) if each not in found]
    if missing:
        with tempfile.TemporaryDirectory() as temporary:
            for each, value in _estimates(given.models or Path(temporary), missing):
                found[each] = value
                keep_estimate(ESTIMATES, LOG_Z_ESTIMATOR, each, value)
    by_case = {case: [found[seed, case] for seed in range(given.seeds)] for case in cases}
    heading = ["", "root mean square error", "errors", "±, median", "within ±", "effective chains", "CPU", "goal"]
    text = (
        f"log Z in nats of RBMs 784×16 to 784×25 on full MNIST after {', '.join(map(str, EPOCHS))} epochs, "
        f"{given.seeds} seeds each: estimate minus count. Effective chains: the least and the median."
    )
    print(section("ais", "Likelihoods by AIS beside counting", text, [heading, *lines(by_case)]))


def _estimates(folder: Path, wanted: Sequence[tuple[int, Case]]) -> Iterator[tuple[tuple[int, Case], Found]]:
    """Yield what is found of models, in order; they are trained and counted first."""
    cases = list(dict.fromkeys(case for _, case in wanted))
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        list(pool.map(partial(train, folder), dict.fromkeys((rule, units) for rule, units, _ in cases)))
        list(pool.map(partial(count, folder), cases))
        yield from zip(wanted, pool.map(partial(estimate, folder), wanted), strict=True)


if __name__ == "__main__":
    main()
