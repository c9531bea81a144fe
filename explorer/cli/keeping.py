"""Commands that change what is kept: stop, name, mark, export, import, delete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from explorer.cli.output import in_words
from explorer.runs.library import Library
from explorer.runs.marks import Change

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("run_id", metavar="ID")
def stop(run_id: str) -> None:
    """Stop the training of a run.

    Whoever trains it ends within seconds. Its epochs are kept, and training goes on from there when it is asked for.
    """
    library = Library.open()
    if library.find(run_id).status.state.live:
        library.own.request_stop(run_id)
        click.echo(f"{run_id} was asked to stop.")
    else:
        click.echo(f"{run_id} is not being trained.")


@click.command()
@click.argument("run_ids", metavar="ID", nargs=-1, required=True)
@click.option("--output", type=_FILE, help="File to write; by default ID.zip in this folder, of several runs runs.zip.")
def export(run_ids: Sequence[str], output: Path | None) -> None:
    """Write a run, or several, into one zip file.

    It holds config, metrics, weights (safetensors), name and marks, how the model computes from its weights, and a
    script that trains the run again.
    """
    from explorer.runs.archive import export_runs

    library, ids = Library.open(), list(dict.fromkeys(run_ids))
    content = export_runs([library.find(id_) for id_ in ids], library)
    target = output or Path(f"{ids[0] if len(ids) == 1 else 'runs'}.zip")
    try:
        target.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}.") from error
    click.echo(f"{target}: {len(content) / 1e6:.1f} MB")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Add the run of an exported zip file, or the runs of one that holds several."""
    from explorer.runs.archive import import_runs
    from explorer.runs.limits import check_import

    try:
        check_import(file.stat().st_size)  # before it is read
        content = file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error
    outcomes = import_runs(Library.open().own, content)
    for outcome in outcomes:
        if outcome.run:
            click.echo(f"{outcome.id}: {outcome.run.epochs} epochs")
    if refused := [outcome for outcome in outcomes if not outcome.run]:
        raise click.ClickException("\n".join(f"{outcome.id}: {outcome.refused}" for outcome in refused))


@click.command()
@click.argument("run_id", metavar="ID")
@click.argument("text", metavar="NAME")
def name(run_id: str, text: str) -> None:
    """Give a run a name of one's own; "" takes it away.

    `list`, `show` and the page of all runs have it beside the id, which stays. A run with a name is never cleaned up.
    """
    library = Library.open()
    run = library.find(run_id)
    (library.shipped if run.shipped else library.own).give_name(run_id, text)
    click.echo(f"{run_id} is called {run.name}." if run.name else f"{run_id} has no name.")


@click.command()
@click.argument("run_ids", metavar="ID", nargs=-1, required=True)
@click.option("--star/--no-star", default=None, help="Give a star, or take it away.")
@click.option("--tag", multiple=True, help="Add a tag; can be given several times.")
@click.option("--untag", multiple=True, help="Take a tag away; can be given several times.")
@click.option("--note", help='Write a few sentences about it; "" takes them away.')
def mark(
    run_ids: Sequence[str], star: bool | None, tag: tuple[str, ...], untag: tuple[str, ...], note: str | None
) -> None:
    """Give a run, or several, a star, tags or a note of one's own; shipped ones, too.

    `list`, `show` and the page of all runs have them. A run that is marked is never cleaned up. Without options, only
    says how the runs are marked.
    """
    library, change = Library.open(), Change(star, tag, untag, note)
    for id_ in dict.fromkeys(run_ids):
        marks = library.own.marks.of(library.find(id_).id) if change == Change() else library.mark(id_, change)
        click.echo(f"{id_}: {in_words(marks.star, marks.tags) or 'no star, no tags'}")
        if marks.note:
            click.echo(marks.note)


@click.command()
@click.argument("run_id", metavar="ID")
def delete(run_id: str) -> None:
    """Delete a run, without asking."""
    from explorer.runs.starting import starting_with

    library = Library.open()
    store = library.shipped if library.find(run_id).shipped else library.own
    store.delete(run_id)
    click.echo(f"{run_id} is deleted.")
    if (later := starting_with(run_id, library)) and run_id not in library:
        click.echo(f"With it started {', '.join(later)}: what was trained of them stays and can go on.")
