"""All commands together, and what errors become: a message and an exit code, never a traceback."""

from __future__ import annotations

from typing import Any

import click

from explorer.cli.inspecting import list_runs, show
from explorer.cli.keeping import delete, export, import_, stop
from explorer.cli.training import sweep, train
from explorer.errors import ConfigError, ExplorerError


class App(click.Group):
    """A group of commands that ends with code 2 for invalid values and 1 for any other error of the explorer."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Raises:
            UsageError: a value is not valid.
            ClickException: the explorer reports another error.
        """
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.UsageError(str(error)) from error
        except ExplorerError as error:
            raise click.ClickException(str(error)) from error


main = App(
    name="explorer",
    commands=[train, sweep, list_runs, show, stop, export, import_, delete],
    help="Train generative models, keep every run, and look at what is kept.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
