"""Compute for the shipped runs the analyses that take seconds, and put them into `trained/analyses/`.

    python scripts/prepare_analyses.py            # all, anew; some half an hour on two cores
    python scripts/prepare_analyses.py --missing  # what is not there

Pages then read what they would compute (`explorer/ui/shelf/prepared.py`). Needed anew when shipped runs or such an
analysis change. Full MNIST must be on the machine: all is done with it, and with the digits that stand in for it where
it is not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.progress import track

from explorer.data.catalogue import CATALOGUE
from explorer.models.resizing import MARGINS, SIDE
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.training.memory import keep_freed_memory
from explorer.ui.one_digit.cached import mean_unnormalised
from explorer.ui.one_digit.runs import SHAPE
from explorer.ui.one_digit.samples import quality_of_run, samples
from explorer.ui.one_digit.ways import WAYS
from explorer.ui.shelf.prepared import folder, preparing
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.inputs import side_of
from explorer.ui.views.gan.measured import measured_other, measured_samples, measured_training_images
from explorer.ui.views.gan.others import OtherKind, other_of
from explorer.ui.views.vae.likelihood import bounds_of

Analysis = Callable[[Subject], object]


def quality_of(subject: Subject) -> None:
    """Measure a generator's first samples and what they are shown beside."""
    measured_samples(subject, 0)
    for side in {SIDE, side_of(subject)} - MARGINS.keys():
        measured_training_images(subject, side)
    for kind in get_args(OtherKind):
        if other := other_of(kind, subject.config.dataset):
            measured_other(subject, other)


def shown_beside_others(subject: Subject) -> None:
    """Sample and measure a run's last snapshot for the page of all kinds, and what log Z is read from there."""
    if subject.epoch != subject.epochs[-1] or subject.shape != SHAPE:
        return
    samples(subject)
    quality_of_run(subject)
    if isinstance(WAYS[subject.config.kind], partial):  # Boltzmann machines
        mean_unnormalised(snapshot_of(subject), subject.config.dataset)


BOUNDS, BESIDE = [bounds_of, shown_beside_others], [shown_beside_others]
ANALYSES: Mapping[str, Sequence[Analysis]] = {
    **dict.fromkeys(("rbm", "gaussian-rbm", "dbn", "fine-tuned-dbn"), BESIDE),
    **dict.fromkeys(("vae", "conv-vae"), BOUNDS),
    "dcgan": [quality_of],
}


def work() -> Iterator[Callable[[], object]]:
    """Yield what is to be computed of each snapshot of the shipped runs."""
    for run in Store(settings().trained, shipped=True):
        for epoch in run.snapshots:
            for analysis in ANALYSES.get(run.kind, ()):
                yield partial(analysis, subject_of(run, epoch))


def subject_of(run: Run, epoch: int) -> Subject:
    """Return a run at an epoch as a page shows it alone."""
    return Subject(run, run.config, tuple(run.snapshots), epoch, "current", "")


def main() -> None:
    """Prepare everything, with the full MNIST and without it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--missing", action="store_true")
    only_missing = options.parse_args().missing
    if not CATALOGUE["mnist"].available:
        sys.exit("The full MNIST is not on this machine.")
    keep_freed_memory()
    if not only_missing:
        shutil.rmtree(folder(), ignore_errors=True)
    folder().mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as empty, preparing():
        os.environ["EXPLORER_STORE"] = empty  # of shipped runs only
        for variables in ({}, {"EXPLORER_DATA": empty, "XDG_CACHE_HOME": empty}):
            os.environ |= variables
            settings.cache_clear()
            for each in track(list(work()), "without the full MNIST" if variables else "with the full MNIST"):
                each()
    size = sum(path.stat().st_size for path in folder().iterdir())
    print(f"{len(list(folder().iterdir()))} files, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
