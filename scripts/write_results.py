"""Write `docs/results.md` from the shipped runs and its template, `docs/results.md.j2`.

    python scripts/write_results.py            # after a run was shipped, or the template changed
    python scripts/write_results.py --check    # only say whether the file is what would be written

Whatever number the template leaves to a run is looked up in `trained/`, so that text and runs cannot part.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from explorer.analysis.measures import Measures, Metric
from explorer.models.registry import kind_of
from explorer.presets.deep_classifier import LABELS, SEEDS, STARTS
from explorer.runs.ids import run_id
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.ui.differences import from_defaults

PROJECT = Path(__file__).resolve().parent.parent
DOCS = PROJECT / "docs"
TRAINED = Store(PROJECT / "trained", shipped=True)


def run_of(kind: str, settings: dict[str, object]) -> Run:
    """Return the shipped run of a kind's settings on the full MNIST; those that are not given are the defaults."""
    return TRAINED.run(run_id(kind_of(kind).config_class().from_values({"dataset": "mnist"} | settings)))


def figure(kind: str, metric: str, settings: dict[str, object] | None = None, epoch: int | None = None) -> float:
    """Return what was last measured of a metric of a shipped run, or at an epoch."""
    rows = run_of(kind, settings or {}).metric_rows()
    return float([row[metric] for row in rows if row.get(metric) is not None and epoch in (None, row["epoch"])][-1])


def table(kind: str) -> str:
    """Return the shipped runs of a kind that have weights: settings, epochs, time, headline figures, size, id."""
    measures: Measures = kind_of(kind).load("measures")
    shown = [metric for metric in measures.metrics if metric.name in measures.headline]
    lines = [["settings", "epochs", "training", *(_title(metric) for metric in shown), "MB", "run"]]
    for entry in kind_of(kind).load("shipped"):
        config = kind_of(kind).config_class().from_values(entry.settings)
        if entry.snapshots:
            run = TRAINED.run(run_id(config))
            figures = [_last(run, metric) for metric in shown]
            seconds, size = f"{run.status.training_seconds:.0f} s", f"{run.size() / 1e6:.1f}"
            where = "" if config.dataset == "mnist" else ", built-in digits"
            lines.append([from_defaults(config) + where, str(run.epochs), seconds, *figures, size, f"`{run.id}`"])
    return markdown(lines)


def label_table() -> str:
    """Return the classifiers' errors on test images, mean and range over seeds, by labels and start."""
    rows = [[f"{labels:,}", *(_errors(start, labels) for start in STARTS)] for labels in LABELS]
    return markdown([["labels", *STARTS], *rows])


def _errors(start: str, labels: int) -> str:
    every = [figure("deep-classifier", "error", {"start": start, "labels": labels, "seed": seed}) for seed in SEEDS]
    return f"{100 * mean(every):.1f} % ({100 * min(every):.1f} to {100 * max(every):.1f})"


def markdown(lines: list[list[str]]) -> str:
    """Return a table, its first line the heading."""
    first, *rest = (f"| {' | '.join(cells)} |" for cells in lines)
    return "\n".join([first, "|" + "---|" * len(lines[0]), *rest])


def _title(metric: Metric) -> str:
    return f"{metric.title}, {metric.unit}" if metric.unit else metric.title


def _last(run: Run, metric: Metric) -> str:
    """Return the last value of a metric with its ±, or as a bracket of two; a dash if it was never measured."""
    row = next((row for row in reversed(run.metric_rows()) if row.get(metric.name) is not None), None)
    if row is None:
        return "–"
    if metric.error and row.get(metric.error) is None:
        return " to ".join(f"{value:.4g}" for value in sorted((row[metric.name], row[metric.lower])))
    return f"{row[metric.name]:.4g}" + (f" ± {row[metric.error]:.1f}" if metric.error else "")


def results() -> str:
    """Return the whole of `docs/results.md`."""
    loader = FileSystemLoader(DOCS)
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701  (no HTML)
    environment.globals |= {"figure": figure, "table": table, "label_table": label_table}
    environment.filters["to"] = lambda value, digits: f"{value:.{digits}f}"
    return environment.get_template("results.md.j2").render()


def main() -> None:
    """Write the file, or check it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true")
    path, text = DOCS / "results.md", results()
    if not options.parse_args().check:
        path.write_text(text, "utf-8")
    elif not path.exists() or path.read_text("utf-8") != text:
        sys.exit("docs/results.md is not what the shipped runs say; run python scripts/write_results.py.")


if __name__ == "__main__":
    main()
