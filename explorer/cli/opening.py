"""The command that opens the app: the server of Streamlit, told where the app is."""

from __future__ import annotations

from copy import copy
from typing import Any

import click

from explorer.settings import APP_FOLDER


class _OpenCommand(click.Command):
    """A command that takes Streamlit's options beside its own, as in --server.address, without listing them."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own options, then Streamlit's, which are looked up when they are needed."""
        from streamlit.web.cli import main_run

        theirs = [copy(param) for param in main_run.params if isinstance(param, click.Option)]
        for option in theirs:
            option.hidden = True
        return [*super().get_params(ctx), *theirs]


@click.command(
    "open",
    cls=_OpenCommand,
    epilog="Streamlit's options work too: --server.address 0.0.0.0 lets others in. `streamlit run --help` lists all.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where the server listens; else 8501 or the next free port."
)
@click.pass_context
def open_app(ctx: click.Context, /, port: int | None, **streamlit_options: Any) -> None:
    """Open the app in the browser, as happens without any command. Its server listens to this machine only."""
    from streamlit.web.cli import main_run

    if port is not None:
        streamlit_options["server_port"] = port
    ctx.invoke(main_run, target=str(APP_FOLDER / "Home.py"), **streamlit_options)
