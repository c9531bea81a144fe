"""Commands that read: list, show."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

import click

from explorer.cli.output import in_words, metrics_of, number, print_table, size
from explorer.errors import BrokenFile
from explorer.models.config import text_of
from explorer.runs.findings import findings_of
from explorer.runs.library import Library
from explorer.runs.marks import Marks
from explorer.runs.run import Run


@click.command("list")
@click.option("--starred", is_flag=True, help="Only those with a star.")
@click.option("--tag", "tags", multiple=True, help="Only those with this tag; of several, with all.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, for scripts.")
def list_runs(starred: bool, tags: tuple[str, ...], as_json: bool) -> None:
    """List all runs, own and shipped."""
    library = Library.open()
    wanted = {" ".join(tag.split()) for tag in tags}
    marked = [(run, _marks(library, run)) for run in library]
    marked = [(run, marks) for run, marks in marked if (marks.star or not starred) and wanted <= {*marks.tags}]
    of_several_ages = _of_several_ages(run for run, _ in marked)
    found = [_facts_or_error(run, of_several_ages) | asdict(marks) for run, marks in marked]
    if as_json:
        click.echo(json.dumps(found, indent=1))
    elif found:
        _print_list(found)
    elif starred or tags:
        click.echo("No run is marked so.")
    else:
        command = click.get_current_context().find_root().info_name
        click.echo(f"There are no runs yet. Train one: {command} train rbm --epochs 5")


@click.command()
@click.argument("run_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, with the metrics of every epoch.")
def show(run_id: str, as_json: bool) -> None:
    """Show a run's settings, progress and metrics."""
    library = Library.open()
    run = library.find(run_id)
    rows, findings, marks = run.metric_rows(), findings_of(run), _marks(library, run)
    facts = _facts(run, run.settings) | asdict(marks) | {"snapshots": run.snapshots, "folder": str(run.paths.folder)}
    facts["damage"] = run.fault
    if as_json:
        wrong = [finding._asdict() for finding in findings]
        click.echo(json.dumps(facts | {"findings": wrong, "metrics": rows}, indent=1))
        return
    settings = facts.pop("settings")
    facts |= {"snapshots": ", ".join(map(str, run.snapshots)), "seconds_per_epoch": number(facts["seconds_per_epoch"])}
    facts |= {"size": size(facts.pop("bytes")), "star": "★" * marks.star, "tags": ", ".join(marks.tags)}
    shown = {name: str(value) for name, value in facts.items() if value not in (None, "")}
    shown |= {name: text_of(value) for name, value in settings.items()}
    print_table(["", ""], list(shown.items()))
    print_metrics(rows[-1] if rows else {})
    for finding in findings:
        click.echo("\n" + finding.text.replace("**", ""))


def print_metrics(row: dict[str, float]) -> None:
    """Print the metrics of one epoch, one on each line."""
    if row:
        print_table(["metric", f"epoch {row['epoch']}"], list(metrics_of(row).items()))


def _marks(library: Library, run: Run) -> Marks:
    """Return a run's marks; of damaged ones, say so beside what is printed."""
    try:
        return library.own.marks.of(run.id)
    except BrokenFile as error:
        click.echo(str(error), err=True)
        return Marks()


def _facts(run: Run, settings: dict[str, Any]) -> dict[str, Any]:
    status = run.status
    return {
        "id": run.id,
        "name": run.name,
        "kind": run.kind,
        "state": str(status.state),
        "epoch": status.epoch,
        "target": status.target,
        "seconds_per_epoch": status.seconds_per_epoch,
        "device": status.device,
        "error": status.error,
        "shipped": run.shipped,
        "bytes": run.size(),
        "settings": settings,
    }


def _of_several_ages(runs: Iterable[Run]) -> set[str]:
    """Return the kinds of which some runs have a hyperparameter in their file that others do not have."""
    names: dict[str, set[frozenset[str]]] = defaultdict(set)
    for run in runs:
        with contextlib.suppress(BrokenFile):
            names[run.kind].add(frozenset(run.written))
    return {kind for kind, found in names.items() if len(found) > 1}


def _facts_or_error(run: Run, of_several_ages: Collection[str]) -> dict[str, Any]:
    """Return what is known of a run; only where files of several ages have to be told apart, this loads torch."""
    try:
        return _facts(run, run.settings if run.kind in of_several_ages else run.written)
    except BrokenFile as error:
        kind = run.id.rpartition("-")[0]
        return {
            "id": run.id,
            "name": run.name,
            "kind": kind,
            "state": "broken",
            "error": str(error),
            "shipped": run.shipped,
        }


def _print_list(found: list[dict[str, Any]]) -> None:
    usual = {kind: _usual([run for run in found if run["kind"] == kind]) for kind in {run["kind"] for run in found}}
    columns = ["run", "marks", "name", "state", "epochs", "size", "settings"]
    lines = [_line(run, usual[run["kind"]]) for run in found]
    used = [
        place for place, name in enumerate(columns) if name not in ("marks", "name") or any(x[place] for x in lines)
    ]
    print_table([columns[place] for place in used], [[line[place] for place in used] for line in lines])
    for kind, settings in sorted(usual.items()):
        click.echo(f"\nMost frequent of {kind}, and not repeated above: {_assignments(settings)}")


def _line(run: dict[str, Any], usual: dict[str, Any]) -> list[str]:
    state = run["state"] + (", shipped" if run["shipped"] else "")
    marks = in_words(run["star"], run["tags"])
    if "settings" not in run:
        return [run["id"], marks, run["name"], state, "–", "–", run["error"]]
    settings = {name: value for name, value in run["settings"].items() if value != usual[name]}
    reached = f"{run['epoch']} of {max(run['epoch'], run['target'])}"
    return [run["id"], marks, run["name"], state, reached, size(run["bytes"]), _assignments(settings)]


def _usual(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the most frequent value of each setting, so that the list need not repeat it in every line."""
    values = defaultdict(list)
    for run in runs:
        for name, value in run.get("settings", {}).items():
            values[name].append(value)
    return {name: max(found, key=found.count) for name, found in values.items()}


def _assignments(settings: dict[str, Any]) -> str:
    return " ".join(f"{name}={text_of(value)}" for name, value in settings.items())
