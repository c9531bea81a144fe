"""Workers for a scheduler of one's own, which outlives the app or has many machines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from explorer.engine.dask.cluster import CONFIGURATION, environments_of_workers, greet
from explorer.errors import EngineError
from explorer.settings import APP_FOLDER, settings

_COMMAND = ("-m", "distributed.cli.dask_worker", "--nworkers", "1", "--nthreads", "1", "--no-dashboard")
PATIENCE = 60  # seconds
_PRELOAD = ("--preload", "explorer.engine.worker")


def work_for(address: str) -> int:
    """Train what a scheduler has, with as many workers as on this machine's own cluster, until they are told to end.

    They find the program wherever they are started from. Returns the first exit code that is not 0.

    Raises:
        EngineError: no scheduler answers at the address.
    """
    _wait_for(address)
    environments = environments_of_workers()
    memory = ("--memory-limit", str(settings().worker_bytes_of(len(environments))))
    workers = [
        subprocess.Popen([sys.executable, *_COMMAND, *memory, *_PRELOAD, address], env=_environment(own))  # noqa: S603  (ours)
        for own in environments
    ]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _end(workers))
    return next((code for code in [worker.wait() for worker in workers] if code), 0)


def _wait_for(address: str) -> None:
    """Wait for a scheduler, which may have been started a moment ago."""
    limit = time.monotonic() + PATIENCE
    while True:
        try:
            greet(address)
        except (OSError, ValueError) as error:
            if isinstance(error, ValueError) or time.monotonic() > limit:
                words = f"No scheduler answers at {address} ({error}). Start one with `dask scheduler`."
                raise EngineError(words) from error
            time.sleep(0.5)
        else:
            return


def _environment(own: dict[str, str]) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(APP_FOLDER), os.environ.get("PYTHONPATH")]))
    ours = {f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": str(x) for name, x in CONFIGURATION.items()}
    return {**os.environ, **own, "PYTHONPATH": path, **ours}


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
