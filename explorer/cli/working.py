"""The command that lends this machine to a scheduler of one's own: worker."""

from __future__ import annotations

import click


@click.command()
@click.argument("address")
def worker(address: str) -> None:
    """Train for the scheduler at ADDRESS (tcp://HOST:PORT) until stopped.

    There is a worker for each GPU, or as many as on the app's own cluster: EXPLORER_WORKERS and EXPLORER_THREADS say
    how many, and with how many threads. The store has to be at the same path as the app's.
    """
    from explorer.engine.dask.outside import work_for

    raise click.exceptions.Exit(work_for(address))
