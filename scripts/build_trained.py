"""Train the runs that come along with the program and put them, at half precision, into `trained/`.

    python scripts/build_trained.py            # all that are missing; some six hours on two cores
    python scripts/build_trained.py --kind rbm # only those of one kind; about twenty minutes
    python scripts/build_trained.py --measure  # what shipped runs lack of figures, of their shipped snapshots

Which runs these are, and what is kept of each, stands beside the presets (`explorer/presets/`). Full MNIST must be on
the machine. What the papers say of the runs is written anew by `python scripts/write_results.py`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.progress import Progress

from explorer.data.catalogue import CATALOGUE
from explorer.engine.heavy import measure_all, missing_figures
from explorer.engine.inline import InlineEngine
from explorer.engine.tensorboard import EventWriter
from explorer.models.registry import KINDS, Kind
from explorer.presets.shipping import BUDGETS_MB, Shipped
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors
from explorer.settings import settings


def build(kinds: list[Kind], folder: Path, scratch: Path) -> None:
    """Train what is missing of some kinds in a scratch store, and ship it."""
    shipped = Store(folder, shipped=True)
    library = Library(Store(scratch), shipped)
    with Progress() as progress:
        for kind in kinds:
            for entry in kind.load("shipped"):
                config = kind.config_class().from_values(entry.settings)
                if run_id(config) in shipped:
                    continue
                task = progress.add_task(run_id(config), total=config.epochs)
                engine = InlineEngine(library, lambda record, task=task: progress.update(task, completed=record.epoch))
                run = engine.submit(config)
                engine.measure(run)
                ship(run, entry, folder)


def measure(kinds: list[Kind], folder: Path, scratch: Path) -> None:
    """Measure what figures runs lack, as after a new version of an estimator, in copies; only their figures change."""
    copies = Store(scratch)
    for run in Store(folder, shipped=True):
        if KINDS[run.kind] not in kinds or not any(missing.metrics for missing in missing_figures(run)):
            continue
        if run.id not in copies:
            shutil.copytree(run.paths.folder, copies.paths(run.id).folder)
        print(run.id, flush=True)
        measure_all(copies, run.id)
        write_metrics(run.paths, copies.run(run.id))
        shutil.rmtree(run.paths.tensorboard)
        write_events(run, run.paths)


def write_metrics(target: RunPaths, run: Run) -> None:
    """Write all figures of a run, those that were measured apart from training too, into one file."""
    target.metrics.write_text("".join(json.dumps(row) + "\n" for row in run.metric_rows()))


def ship(run: Run, entry: Shipped, folder: Path) -> None:
    """Copy of a run to `folder` what its entry says, and no name of this machine."""
    target = RunPaths(folder / run.id)
    shutil.rmtree(target.folder, ignore_errors=True)
    target.folder.mkdir(parents=True)
    write_metrics(target, run)
    copies = [(run.paths.config, target.config)]
    copies += [(run.paths.resume, target.resume)] if entry.resume else []
    if entry.previews:
        target.previews.mkdir()
        copies += [(run.paths.preview(epoch), target.preview(epoch)) for epoch in entry.snapshots]
    for source, copy in copies:
        shutil.copyfile(source, copy)
    status = run.status.model_copy(update={"worker": "", "heartbeat": 0.0})
    target.status.write_text(status.model_dump_json(indent=1))
    for epoch in entry.snapshots:
        arrays, _ = read_tensors(run.paths.snapshot(epoch))
        write_tensors(target.snapshot(epoch), arrays, epoch, half=True)
    if entry.snapshots:
        write_events(run, target)


def write_events(run: Run, target: RunPaths) -> None:
    """Write a run's figures for TensorBoard, without histograms and pictures."""
    events = EventWriter(target.tensorboard, 0)
    for row in run.metric_rows():
        events.scalars(row["epoch"], {name: x for name, x in row.items() if name != "epoch" and x is not None})
    events.close()
    for number, file in enumerate(sorted(target.tensorboard.iterdir())):
        file.rename(file.with_name(f"events.out.tfevents.{number}"))  # without the name of this machine


def main() -> None:
    """Build what is missing, and say how much of each family's budget is taken."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kind", choices=list(KINDS))
    options.add_argument("--measure", action="store_true", help="train nothing, but measure what figures runs lack")
    options.add_argument("--scratch", type=Path, help="store to train in, kept; goes on with what is there")
    folder, given = settings().trained, options.parse_args()
    if not CATALOGUE["mnist"].available:
        sys.exit("The full MNIST is not on this machine.")
    with tempfile.TemporaryDirectory() as temporary:
        kinds = [KINDS[given.kind]] if given.kind else list(KINDS.values())
        (measure if given.measure else build)(kinds, folder, given.scratch or Path(temporary))
    for family, budget in BUDGETS_MB.items():
        runs = [run for run in Store(folder, shipped=True) if KINDS[run.kind].family == family]
        print(f"{family}: {sum(run.size() for run in runs) / 1e6:.1f} MB of {budget} MB")


if __name__ == "__main__":
    main()
