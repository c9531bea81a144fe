"""What a worker of the embedded cluster does when it starts: load early, and stand back behind the pages."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import Any

import explorer.engine.job  # noqa: F401  (seconds of imports, before the first run asks for them)
from explorer.data.catalogue import default_name, load
from explorer.errors import ExplorerError
from explorer.training.device import memory_of_gpu, pick_device

NICENESS = 5  # pages stay quick while a run trains on the same cores
GPU = "gpu"  # what a worker tells with each heartbeat, if it has one


def dask_setup(worker: Any) -> None:
    """Prepare the worker's process; Dask calls this by its name."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the app, which then ends its workers
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    with contextlib.suppress(ExplorerError):  # which the training that needs the data then says
        load(default_name())
    with contextlib.suppress(ExplorerError):  # which every training then says
        if pick_device().type == "cuda":
            worker.metrics[GPU] = lambda _: memory_of_gpu()
