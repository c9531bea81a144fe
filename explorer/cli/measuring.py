"""The command that measures what takes long: measure."""

from __future__ import annotations

import click

from explorer.runs.library import Library
from explorer.runs.run import Run


@click.command()
@click.argument("run_id", metavar="ID")
def measure(run_id: str) -> None:
    """Measure what takes long of a run's snapshots.

    Likelihoods, probes, sample quality: what is there already is kept, so that it can be stopped at any time.
    """
    library = Library.open()
    measure_here(library, library.find(run_id))


def measure_here(library: Library, run: Run) -> None:
    """Measure, in this process, what a run lacks, telling of each snapshot.

    Raises:
        ClickException: the run is a shipped one.
        RunBusy: another process measures it.
    """
    from explorer.engine.heavy import measure_next, missing_figures

    if run.shipped:
        raise click.ClickException(f"{run.id} is a shipped run, which keeps the figures it has.")
    while missing := next(missing_figures(run), None):
        click.echo(f"Epoch {missing.epoch}: {missing.name} …", err=True)
        measure_next(library.own, run.id)
    click.echo(f"{run.id}: all figures are measured.", err=True)
