"""Compute for the shipped runs the analyses that take seconds, and put them into `trained/analyses/`.

    python scripts/prepare_analyses.py            # all, anew; some twenty minutes on two cores
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
from explorer.ui.shelf.prepared import folder, preparing
from explorer.ui.state.subject import Subject
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


ANALYSES: Mapping[str, Sequence[Analysis]] = {"vae": [bounds_of], "conv-vae": [bounds_of], "dcgan": [quality_of]}


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
