"""Train the runs that the presets show and put them, at half precision, into `trained/`.

    python scripts/build_trained.py            # everything that is missing; some six hours on two cores
    python scripts/build_trained.py --kind rbm # only those of one kind; about twenty minutes
    python scripts/build_trained.py --table    # only print the README's table of what is there

Full MNIST must be on the machine. Small runs keep their resume state at full precision and can be trained on; the
others are trained again from the start when more epochs are asked for.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.progress import Progress

from explorer.analysis.measures import Measures, Metric
from explorer.data.catalogue import CATALOGUE
from explorer.engine.inline import InlineEngine
from explorer.engine.tensorboard import EventWriter
from explorer.models.config import ModelConfig, hyperparameters
from explorer.models.deep_classifier import DeepClassifierConfig, EncoderStart
from explorer.models.hyperparameters import text_of
from explorer.models.registry import KINDS, PAGES, kind_of
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors
from explorer.settings import settings

LABELS, SEEDS = (10, 100, 1000, 60_000), 3  # of the classifiers of the curve of label efficiency
SHORT, LONG = 10, 31  # epochs; runs up to the one keep all snapshots, small ones from the other on, too
KEPT = {200_000: (0, 1, 2, 10, 30), 350_000: (0, 1, 5, 30), 10_000_000: (0, 30, 100)}  # epochs, by weights
MAPPED = (0, 1, 5, 30, 100)  # of a long run with two latents: its map is worth watching from the start
DEEP = (0, 1, 2, 5, 10, 30)  # and the last, of a model built on others: all layers below are in each snapshot
FACE = (0, 1, 2, 5, 10, 20)  # epochs of the adversarial network that the Home page shows, beside the last
EARLY = (1, 3)  # of the others with images of 32×32, but for those with more than WIDE weights
EARLIER = 10  # epochs before the last, of those with images of 64×64
WIDE = 3_000_000
RESUMED = ("rbm", "conv-vae")  # kinds of which others than the default can be trained on, too
TINY = 60_000  # weights of an autoencoder
FIGURES_ONLY = ("deep-classifier",)  # kinds of which the pages need no model
LARGEST_RESUME = 1_300_000  # bytes; without its resume state a shipped run is trained on from the start
LIMIT_MB = {  # of kinds together
    ("rbm",): 15,
    ("dbn", "fine-tuned-dbn"): 12,
    ("autoencoder", "denoising", "contractive", "sparse", "pretraining", "deep-autoencoder", "deep-classifier"): 25,
    ("vae", "conv-vae"): 15,
    ("dcgan",): 25,
}


def wanted() -> dict[str, ModelConfig]:
    """Return the configs of all presets, and of what they are built on, by run id.

    Each has the most epochs that any preset shows; what others are built on comes before them.
    """
    found: dict[str, ModelConfig] = {}
    for shown in (*presented(), *studied()):
        for config in (*ancestors(shown), shown):
            earlier = found.get(run_id(config))
            if config.dataset == "mnist" and (earlier is None or earlier.epochs < config.epochs):
                found[run_id(config)] = config
    return found


def presented() -> Iterator[ModelConfig]:
    """Return the configs that presets name."""
    for kind in KINDS.values():
        for preset in kind.load("presets"):
            for values in filter(None, (preset.settings, preset.pinned)):
                yield kind.config_class().from_values(values)


def studied() -> Iterator[DeepClassifierConfig]:
    """Return the configs of the classifiers that show how far few labels reach."""
    for start in get_args(EncoderStart):
        for labels in LABELS:
            for seed in range(SEEDS):
                yield DeepClassifierConfig(dataset="mnist", start=start, labels=labels, seed=seed)


def ship(run: Run, folder: Path) -> None:
    """Copy a run to `folder`, without what a shipped run can do without: precision, some epochs, big events."""
    target = RunPaths(folder / run.id)
    shutil.rmtree(target.folder, ignore_errors=True)
    target.folder.mkdir(parents=True)
    for source, copy in ((run.paths.config, target.config), (run.paths.metrics, target.metrics)):
        shutil.copyfile(source, copy)
    small = run.paths.resume.stat().st_size <= LARGEST_RESUME and kind_of(run.kind).family != "Autoencoders"
    if small and (is_face_of_its_kind(run) or run.kind in RESUMED):
        shutil.copyfile(run.paths.resume, target.resume)
    status = run.status.model_copy(update={"worker": "", "heartbeat": 0.0})
    target.status.write_text(status.model_dump_json(indent=1))
    kept = kept_epochs(run)
    if not kept:  # only its figures are of use
        return
    events = EventWriter(target.tensorboard, 0)
    for row in run.metric_rows():
        events.scalars(row["epoch"], {name: x for name, x in row.items() if name != "epoch" and x is not None})
    for epoch in kept:
        arrays, _ = read_tensors(run.paths.snapshot(epoch))
        write_tensors(target.snapshot(epoch), arrays, epoch, half=True)
        if is_face_of_its_kind(run):
            target.previews.mkdir(exist_ok=True)
            shutil.copyfile(run.paths.preview(epoch), target.preview(epoch))
    events.close()
    for number, file in enumerate(sorted(target.tensorboard.iterdir())):
        file.rename(file.with_name(f"events.out.tfevents.{number}"))  # without the name of this machine


def kept_epochs(run: Run) -> list[int]:
    """Return the epochs of which a shipped run keeps a snapshot; none where its figures are enough."""
    if run.kind in FIGURES_ONLY:
        return []
    if kind_of(run.kind).family == "Autoencoders":
        return _few(run)
    if kind_of(run.kind).family == "Adversarial":
        wide = _weights(run) > WIDE
        large = (run.epochs - EARLIER,) if run.settings["image_size"] == "64" else EARLY
        before = FACE if is_face_of_its_kind(run) else () if wide else large
        return [epoch for epoch in run.snapshots if epoch in before or epoch == run.epochs]
    if run.id not in {run_id(config) for config in presented()}:  # only another one's beginning
        return [run.epochs]
    if run.config.parents():
        return [epoch for epoch in run.snapshots if epoch == run.epochs or epoch in _deep(run)]
    limit = min(size for size in KEPT if _weights(run) <= size)
    whole = run.epochs <= SHORT or (run.epochs >= LONG and limit == min(KEPT))
    chosen = MAPPED if run.settings.get("latent_size") == 2 and run.epochs >= LONG else KEPT[limit]
    return [epoch for epoch in run.snapshots if whole or epoch in chosen]


def _few(run: Run) -> list[int]:
    """Return the epochs kept of an autoencoder: the last, of small ones and the faces of their kinds some before.

    Layers that only others are built on are part of those.
    """
    if run.id not in {run_id(config) for config in presented()}:
        return []
    deep = run.kind in ("pretraining", "deep-autoencoder")
    small = _weights(run) < TINY
    before = (0, 1) if small else (1,) if is_face_of_its_kind(run) and not deep else ()
    return [epoch for epoch in run.snapshots if epoch in before or epoch == run.epochs]


def _weights(run: Run) -> int:
    """Return how many numbers the run's model has."""
    return sum(x.size for x in read_tensors(run.paths.snapshot(run.epochs))[0].values())


def _deep(run: Run) -> tuple[int, ...]:
    """Return the epochs kept, beside the last, of a model built on others."""
    if is_face_of_its_kind(run):
        return DEEP
    return (0, 5, 30) if run.settings.get("tied_start") else (0,)


def is_face_of_its_kind(run: Run) -> bool:
    """Whether the Home page shows this run: the kind's defaults."""
    return run_id(type(run.config).from_values({"dataset": run.config.dataset})) == run.id


def build(folder: Path, kind: str | None, scratch: Path) -> None:
    """Train what is missing, of one kind or of all, in a scratch store and ship it."""
    shipped = Store(folder, shipped=True)
    missing = {id_: c for id_, c in wanted().items() if id_ not in shipped and kind in (None, c.kind)}
    with Progress() as progress:
        library = Library(Store(scratch), shipped)
        for config in missing.values():
            task = progress.add_task(settings_in_words(config), total=config.epochs)
            engine = InlineEngine(library, lambda record, task=task: progress.update(task, completed=record.epoch))
            ship(engine.submit(config), folder)


def settings_in_words(config: ModelConfig) -> str:
    """Return what tells the config from the defaults."""
    usual = type(config).from_values({"dataset": config.dataset, "epochs": config.epochs}).values()
    titles = {h.name: h.full_title for h in hyperparameters(type(config))}
    values = {name: value for name, value in config.values().items() if value != usual[name]}
    return ", ".join(f"{titles[name]} {text_of(value)}" for name, value in values.items()) or "defaults"


def table(folder: Path) -> str:
    """Return the shipped runs as the README's tables, one for each kind."""
    store, lines = Store(folder, shipped=True), []
    for kind in PAGES.values():
        measures: Measures = kind.load("measures")
        shown = [metric for metric in measures.metrics if metric.name in measures.headline]
        lines += [f"| {kind.short} | epochs | training | " + " | ".join(m.title for m in shown) + " | MB |"]
        lines += ["|" + "---|" * (len(shown) + 4)]
        there = [(store.run(id_), c) for id_, c in wanted().items() if c.kind == kind.name and id_ in store]
        for run, config in ((run, config) for run, config in there if run.snapshots):
            figures = " | ".join(_figure(run.metric_rows(), metric) for metric in shown)
            cells = (settings_in_words(config), run.epochs, f"{run.status.training_seconds:.0f} s", figures)
            lines.append("| " + " | ".join(map(str, cells)) + f" | {run.size() / 1e6:.1f} |")
    return "\n".join(lines)


def label_table(folder: Path) -> str:
    """Return the classifiers' errors on test images, mean over seeds, by start and number of labels."""
    store, starts = Store(folder, shipped=True), get_args(EncoderStart)
    found: dict[tuple[str, int], list[float]] = {}
    for config in studied():
        if run_id(config) in store:
            rows = store.run(run_id(config)).metric_rows()
            found.setdefault((config.start, config.labels), []).append(rows[-1]["error"])
    lines = ["| labels | " + " | ".join(starts) + " |", "|" + "---|" * (len(starts) + 1)]
    for labels in LABELS:
        cells = [_percent(found.get((start, labels), [])) for start in starts]
        lines.append(f"| {labels:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _percent(shares: list[float]) -> str:
    """Return the mean, the least and the largest of some shares."""
    if not shares:
        return "–"
    return f"{100 * sum(shares) / len(shares):.1f} % ({100 * min(shares):.1f} to {100 * max(shares):.1f})"


def _figure(rows: list[dict[str, Any]], metric: Metric) -> str:
    """Return the last value of a metric, with its standard error if it has one."""
    last = [row for row in rows if row.get(metric.name) is not None][-1]
    return f"{last[metric.name]:.4g}" + (f" ± {last[metric.error]:.1f}" if metric.error else "")


def main() -> None:
    """Build what is missing and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--table", action="store_true")
    options.add_argument("--kind", choices=list(KINDS))
    options.add_argument("--scratch", type=Path, help="store to train in, kept; goes on with what is there")
    folder, given = settings().trained, options.parse_args()
    if not given.table:
        if not CATALOGUE["mnist"].available:
            sys.exit("The full MNIST is not on this machine.")
        with tempfile.TemporaryDirectory() as temporary:
            build(folder, given.kind, given.scratch or Path(temporary))
    print(table(folder), label_table(folder), sep="\n")
    for kinds, limit in LIMIT_MB.items():
        runs = [run for run in Store(folder, shipped=True) if run.kind in kinds]
        print(f"{', '.join(kinds)}: {sum(run.size() for run in runs) / 1e6:.1f} MB of {limit} MB")


if __name__ == "__main__":
    main()
