"""Commands that read: list, show. Neither loads torch."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import click

from explorer.cli.output import metrics_of, number, print_table, size
from explorer.errors import BrokenFile
from explorer.runs.library import Library
from explorer.runs.run import Run


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, for scripts.")
def list_runs(as_json: bool) -> None:
    """List all runs, yours and the shipped ones."""
    found = [_summary(run) for run in Library.open()]
    if as_json:
        click.echo(json.dumps(found, indent=1))
    elif found:
        _print_list(found)
    else:
        click.echo("There are no runs yet. Train one: python -m explorer train rbm --epochs 5")


@click.command()
@click.argument("run_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, with the metrics of every epoch.")
def show(run_id: str, as_json: bool) -> None:
    """Show a run: its settings, how far it has come, and its last metrics."""
    run = Library.open().find(run_id)
    rows = run.metric_rows()
    facts = _summary(run) | {"snapshots": run.snapshots, "folder": str(run.paths.folder)}
    if as_json:
        click.echo(json.dumps(facts | {"metrics": rows}, indent=1))
        return
    facts |= {"snapshots": ", ".join(map(str, run.snapshots)), "size": size(facts.pop("bytes"))}
    _print_facts(facts | facts.pop("settings"))
    print_metrics(rows[-1] if rows else {})


def print_metrics(row: dict[str, float]) -> None:
    """Print the metrics of one epoch, one on each line."""
    if row:
        print_table(["metric", f"epoch {row['epoch']}"], list(metrics_of(row).items()))


def _summary(run: Run) -> dict[str, Any]:
    """Return what is known of a run without torch; a broken one has its error as state."""
    try:
        status = run.status
        return {
            "id": run.id,
            "kind": run.kind,
            "state": str(status.state),
            "epoch": status.epoch,
            "target": status.target,
            "seconds_per_epoch": status.seconds_per_epoch,
            "device": status.device,
            "error": status.error,
            "shipped": run.shipped,
            "bytes": run.size(),
            "settings": run.settings,
        }
    except BrokenFile as error:
        return {"id": run.id, "kind": run.id.rpartition("-")[0], "state": "broken", "error": str(error)}


def _print_list(found: list[dict[str, Any]]) -> None:
    differences = _differences(found)
    rows = [
        [
            run["id"],
            run["state"] + (", shipped" if run.get("shipped") else ""),
            f"{run['epoch']} of {max(run['epoch'], run['target'])}" if "epoch" in run else "–",
            number(run.get("seconds_per_epoch")),
            size(run.get("bytes", 0)),
            " ".join(f"{name}={run['settings'].get(name)}" for name in differences[run["kind"]])
            if "settings" in run
            else run["error"],
        ]
        for run in found
    ]
    print_table(["run", "state", "epochs", "s/epoch", "size", "where they differ"], rows)


def _differences(found: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return, for each kind, the settings that are not the same in all its runs."""
    by_kind = defaultdict(list)
    for run in found:
        by_kind[run["kind"]].append(run.get("settings", {}))
    return {
        kind: [name for name in settings[0] if any(s and s.get(name) != settings[0][name] for s in settings)]
        for kind, settings in by_kind.items()
    }


def _print_facts(facts: dict[str, Any]) -> None:
    print_table(["", ""], [[name, str(value)] for name, value in facts.items() if value not in (None, "")])
