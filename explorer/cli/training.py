"""Commands that train: train, sweep."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from explorer.cli.flags import config_of, kind_commands, study_of
from explorer.cli.inspecting import print_metrics
from explorer.cli.measuring import measure_here
from explorer.cli.output import INTERRUPTED, metrics_of, number, print_table
from explorer.cli.watching import Watched, follow, stop
from explorer.models.registry import Kind
from explorer.runs.library import Library
from explorer.runs.limits import check_config, check_queue, check_room
from explorer.runs.status import State
from explorer.settings import settings

if TYPE_CHECKING:
    from explorer.engine.dask import DaskEngine


def _train(kind: Kind, config_file: Path | None, engine: str, figures: str, **given: Any) -> None:
    library = Library.open()
    watched = Watched(library, config_of(kind, config_file, given), kind.name)
    if not watched.complete:
        _train_here(library, watched) if engine == "inline" else _train_on_workers(library, [watched])
    watched.look()
    if figures == "all" and not watched.run.shipped:
        measure_here(library, watched.run)
    seconds = number(watched.status.training_seconds)
    click.echo(f"{watched.run.id}: {watched.run.epochs} epochs, {seconds} s of training, in {watched.run.paths.folder}")
    print_metrics(watched.row)
    _exit([watched])


def _sweep(kind: Kind, config_file: Path | None, **given: str | None) -> None:
    library = Library.open()
    study = study_of(kind, config_file, given)
    labels = {entry.config: study.label(entry) for entry in study.entries if entry.config}
    watched = [Watched(library, config, label or kind.name) for config, label in labels.items()]
    if not all(w.complete for w in watched):
        _train_on_workers(library, watched)
    _print_summary(watched)
    _exit(watched)


def _train_here(library: Library, watched: Watched) -> None:
    """Train in a thread of this process, which Ctrl-C stops after the last whole epoch."""
    from explorer.engine.inline import InlineEngine

    with ThreadPoolExecutor(1, "training") as pool:
        training = pool.submit(InlineEngine(library).submit, watched.config)
        try:
            follow([watched], training.done)
        except KeyboardInterrupt:
            stop(library, [watched], training.done)
            click.echo("Stopped. The same command goes on from here.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        training.result()  # its error, if it ended with one


def _train_on_workers(library: Library, watched: Sequence[Watched]) -> None:
    def ended() -> bool:
        return all(w.ended() for w in watched)

    wanted = [w.config for w in watched if not w.complete]
    check_queue(len(wanted))  # before anything is begun
    check_room(library.own)
    for config in wanted:
        check_config(config)
    with _workers(library) as engine:
        try:
            for config in wanted:
                engine.submit(config)
            follow(watched, ended)
        except KeyboardInterrupt:
            if settings().scheduler:
                click.echo("The runs go on. `list` shows them, `stop ID` ends one.", err=True)
            else:
                stop(library, watched, ended)
                click.echo("Stopped. The same command goes on from here.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


@contextlib.contextmanager
def _workers(library: Library) -> Iterator[DaskEngine]:
    """Start an engine whose workers do not receive Ctrl-C: they are told to stop between two batches."""
    from explorer.engine.dask import DaskEngine

    engine = DaskEngine(library, settings().scheduler)
    with contextlib.closing(engine):
        earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which new processes inherit
        try:
            engine.start()
        finally:
            signal.signal(signal.SIGINT, earlier)
        yield engine


def _print_summary(watched: Sequence[Watched]) -> None:
    metrics = list(dict.fromkeys(name for w in watched for name in metrics_of(w.row)))
    rows = [
        [
            w.label,
            w.run.id,
            str(State.DONE if w.complete else w.status.state),
            f"{w.epoch} of {w.config.epochs}",
            number(w.status.seconds_per_epoch),
            *(metrics_of(w.row).get(name, "–") for name in metrics),
        ]
        for w in watched
    ]
    print_table(["", "run", "state", "epochs", "s/epoch", *(name.replace("_", "\n") for name in metrics)], rows)


def _exit(watched: Sequence[Watched]) -> None:
    """End with code 1 if a run is not what was asked for, and say why."""
    incomplete = [w for w in watched if not w.complete]
    for w in incomplete:
        reason = w.status.error or "The same command goes on from there."
        click.echo(f"{w.run.id}: {w.status.state} after epoch {w.epoch} of {w.config.epochs}. {reason}", err=True)
    if incomplete:
        raise click.exceptions.Exit(1)


_ENGINE = [
    click.Option(
        ["--engine"],
        type=click.Choice(["inline", "dask"]),
        default="inline",
        show_default=True,
        help="inline: in this process; dask: on workers, as the app does.",
    ),
    click.Option(["--inline", "engine"], flag_value="inline", help="Short for --engine inline."),
    click.Option(
        ["--figures"],
        type=click.Choice(["light", "all"]),
        default="light",
        show_default=True,
        help="all: measure what takes long, too (likelihoods, probes); as the command measure does later.",
    ),
]

train = click.Group(
    "train",
    commands=kind_commands(_train, _ENGINE),
    help="Train a model; what is trained already is only read.",
)
sweep = click.Group(
    "sweep",
    commands=kind_commands(_sweep, [], lists=True),
    help="Train all combinations of values, as in: sweep rbm --cd-k 1,5,10 --seed 0,1,2",
    short_help="Train all combinations of values.",
)
