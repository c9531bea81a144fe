"""Commands that change what is kept: stop, name, export, import, delete."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.runs.library import Library

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
@click.argument("run_id", metavar="ID")
@click.option("--output", type=_FILE, help="File to write; by default ID.zip in this folder.")
def export(run_id: str, output: Path | None) -> None:
    """Write a run into one zip file.

    It holds config, metrics, weights (safetensors), how the model computes from them, and a script that trains the run
    again.
    """
    from explorer.runs.archive import export_run

    library = Library.open()
    content = export_run(library.find(run_id), library)
    target = output or Path(f"{run_id}.zip")
    try:
        target.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}.") from error
    click.echo(f"{target}: {len(content) / 1e6:.1f} MB")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Add the run of an exported zip file."""
    from explorer.runs.archive import import_run
    from explorer.runs.limits import check_import

    try:
        check_import(file.stat().st_size)  # before it is read
        content = file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error
    run = import_run(Library.open().own, content)
    click.echo(f"{run.id}: {run.epochs} epochs")


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
