"""Train the runs that the presets show and put them, at half precision, into `trained/`.

    python scripts/build_trained.py            # everything that is missing; about six minutes on two cores
    python scripts/build_trained.py --table    # only print the README's table of what is there

Full MNIST must be on the machine. A run keeps its resume state at full precision, so it can be trained on.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from rich.progress import Progress

from explorer.analysis.measures import Measures, Metric
from explorer.data.catalogue import CATALOGUE
from explorer.engine.inline import InlineEngine
from explorer.engine.tensorboard import EventWriter
from explorer.models.config import ModelConfig, hyperparameters, text_of
from explorer.models.registry import KINDS
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors
from explorer.settings import settings

KEPT = (0, 1, 2, 10, 30)  # epochs of the comparisons; longer runs keep all, and their previews for the Home page
KEPT_IF_LARGE = (0, 1, 5, 30)
LARGE = 200_000  # weights
LIMIT_MB = 15


def wanted() -> dict[str, ModelConfig]:
    """Return the configs of all presets by run id, each with the most epochs that any preset shows."""
    found: dict[str, ModelConfig] = {}
    for kind in KINDS.values():
        for preset in kind.load("presets"):
            for values in filter(None, (preset.settings, preset.pinned)):
                config = kind.config_class().from_values(values)
                earlier = found.get(run_id(config))
                if config.dataset == "mnist" and (earlier is None or earlier.epochs < config.epochs):
                    found[run_id(config)] = config
    return found


def ship(run: Run, folder: Path) -> None:
    """Copy a run to `folder`, without what a shipped run can do without: precision, some epochs, big events."""
    target = RunPaths(folder / run.id)
    shutil.rmtree(target.folder, ignore_errors=True)
    target.folder.mkdir(parents=True)
    for name in ("config", "metrics", "resume"):
        shutil.copyfile(getattr(run.paths, name), getattr(target, name))
    status = run.status.model_copy(update={"worker": "", "heartbeat": 0.0})
    target.status.write_text(status.model_dump_json(indent=1))
    events = EventWriter(target.tensorboard, 0)
    for row in run.metric_rows():
        events.scalars(row["epoch"], {name: x for name, x in row.items() if name != "epoch" and x is not None})
    for epoch in kept_epochs(run):
        arrays, _ = read_tensors(run.paths.snapshot(epoch))
        write_tensors(target.snapshot(epoch), arrays, epoch, half=True)
        if run.epochs > max(KEPT):
            target.previews.mkdir(exist_ok=True)
            shutil.copyfile(run.paths.preview(epoch), target.preview(epoch))
        events.snapshot(epoch, {name: torch.from_numpy(x) for name, x in arrays.items()}, {})
    events.close()
    for number, file in enumerate(sorted(target.tensorboard.iterdir())):
        file.rename(file.with_name(f"events.out.tfevents.{number}"))  # without the name of this machine


def kept_epochs(run: Run) -> list[int]:
    """Return the epochs of which a shipped run keeps a snapshot."""
    arrays, _ = read_tensors(run.paths.snapshot(0))
    large = sum(x.size for x in arrays.values()) > LARGE
    chosen = KEPT_IF_LARGE if large else KEPT
    return [epoch for epoch in run.snapshots if epoch in chosen or run.epochs > max(KEPT)]


def build(folder: Path) -> None:
    """Train what is missing in a scratch store and ship it."""
    missing = {id_: config for id_, config in wanted().items() if id_ not in Store(folder, shipped=True)}
    with tempfile.TemporaryDirectory() as scratch, Progress() as progress:
        library = Library(Store(Path(scratch)), Store(Path(scratch) / "none", shipped=True))
        for config in missing.values():
            task = progress.add_task(settings_in_words(config), total=config.epochs)
            engine = InlineEngine(library, lambda record, task=task: progress.update(task, completed=record.epoch))
            ship(engine.submit(config), folder)


def settings_in_words(config: ModelConfig) -> str:
    """Return what tells the config from the defaults."""
    usual = type(config).from_values({"dataset": config.dataset, "epochs": config.epochs}).model_dump()
    titles = {h.name: h.title for h in hyperparameters(type(config))}
    values = {name: value for name, value in config.model_dump().items() if value != usual[name]}
    return ", ".join(f"{titles[name]} {text_of(value)}" for name, value in values.items()) or "defaults"


def table(folder: Path) -> str:
    """Return the shipped runs as the README's tables, one for each kind."""
    store, lines = Store(folder, shipped=True), []
    for kind in KINDS.values():
        measures: Measures = kind.load("measures")
        shown = [metric for metric in measures.metrics if metric.name in measures.headline]
        lines += [f"| {kind.short} | epochs | training | " + " | ".join(m.title for m in shown) + " | MB |"]
        lines += ["|" + "---|" * (len(shown) + 4)]
        for run, config in ((store.run(id_), config) for id_, config in wanted().items() if config.kind == kind.name):
            figures = " | ".join(_figure(run.metric_rows(), metric) for metric in shown)
            cells = (settings_in_words(config), run.epochs, f"{run.status.training_seconds:.0f} s", figures)
            lines.append("| " + " | ".join(map(str, cells)) + f" | {run.size() / 1e6:.1f} |")
    return "\n".join(lines)


def _figure(rows: list[dict[str, Any]], metric: Metric) -> str:
    """Return the last value of a metric, with its standard error if it has one."""
    last = [row for row in rows if row.get(metric.name) is not None][-1]
    return f"{last[metric.name]:.1f}" + (f" ± {last[metric.error]:.1f}" if metric.error else "")


def main() -> None:
    """Build what is missing and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--table", action="store_true")
    folder = settings().trained
    if not options.parse_args().table:
        if not CATALOGUE["mnist"].available:
            sys.exit("The full MNIST is not on this machine.")
        build(folder)
    print(table(folder))
    megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"{megabytes:.1f} MB of {LIMIT_MB} MB")


if __name__ == "__main__":
    main()
