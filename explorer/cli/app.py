"""All commands together, and what errors become: a message and an exit code, never a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click

from explorer import __version__
from explorer.cli.inspecting import list_runs, show
from explorer.cli.keeping import delete, export, import_, mark, name, stop
from explorer.cli.measuring import measure
from explorer.cli.opening import open_app
from explorer.cli.output import INTERRUPTED
from explorer.cli.training import sweep, train
from explorer.cli.working import worker
from explorer.errors import ConfigError, ExplorerError


class App(click.Group):
    """A group of commands, of which `open` is meant where none is named.

    Ends with code 2 for invalid values, 130 after Ctrl-C, and 1 for any other error of the explorer.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; those that begin with neither a command nor one of the group's options are for `open`."""
        own = {name for param in self.get_params(ctx) for name in param.opts}
        if not ctx.resilient_parsing and (not args or (args[0].startswith("-") and args[0] not in own)):
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments, as far as they are the group's own.

        Raises:
            Exit: Ctrl-C was pressed meanwhile.
        """
        with _interrupted():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Raises:
            UsageError: a value is not valid.
            ClickException: the explorer reports another error.
        """
        try:
            with _interrupted():
                return super().invoke(ctx)
        except ConfigError as error:
            raise click.UsageError(str(error)) from error
        except ExplorerError as error:
            raise click.ClickException(str(error)) from error


@contextlib.contextmanager
def _interrupted() -> Iterator[None]:
    """End as shells expect it of what Ctrl-C ended; click would with another code."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None


main = App(
    name="generative-explorer",
    commands=[open_app, train, sweep, measure, list_runs, show, stop, name, mark, export, import_, delete, worker],
    help="Train generative models, keep every run, and look at what is kept. Without a command, the app opens.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.version_option(__version__, prog_name=main.name, message="%(prog)s %(version)s")(main)
