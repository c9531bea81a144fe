"""A scheduler and workers on this machine, and a first look at a scheduler elsewhere."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

import dask
from distributed import Client, Nanny, Scheduler, Security, SpecCluster
from distributed.comm.addressing import get_address_host_port, parse_address

from explorer.settings import settings

CONNECT_SECONDS = 5
CONFIGURATION = {
    "distributed.scheduler.allowed-failures": 0,  # the engine sends again what a dead worker left
    # By default scheduler and workers look after themselves so often that an idle app takes a sixth of a core.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.scheduler.work-stealing-interval": "1s",
}
LOST_WORKER_TIMEOUT = "1 day"  # Dask would otherwise end for good what takes longer than 15 s to start again
MEASURES = "measures"  # the resource of workers that measure, too: of several, one is for trainings alone


def greet(address: str) -> None:
    """Wait for the first byte that a scheduler sends to whoever connects: for the rest, dask would wait without end.

    Raises:
        OSError, ValueError: nobody listens, nobody answers, or the address is none.
    """
    if parse_address(address)[0] == "tcp":
        with socket.create_connection(get_address_host_port(address), timeout=CONNECT_SECONDS) as connection:
            if not connection.recv(1):
                raise ConnectionError("the connection was closed")


def start_cluster() -> SpecCluster:
    """Start a scheduler and workers on this machine: one for each GPU, or as many as set on a CPU.

    They take nobody who has not the key that is made here and kept in memory: whoever speaks to a scheduler can run
    any program, and other accounts of the machine reach its loopback, too.
    """
    secret = Security.temporary()
    local: dict[str, Any] = {"host": "127.0.0.1", "protocol": "tls://", "security": secret}
    environments = environments_of_workers()
    alone = len(environments) == 1
    dask.config.set({"distributed.deploy.lost-worker-timeout": LOST_WORKER_TIMEOUT})  # looked up when one is lost
    with dask.config.set(CONFIGURATION):
        return SpecCluster(
            scheduler={"cls": Scheduler, "options": local | {"port": 0, "dashboard_address": "127.0.0.1:0"}},
            workers={
                number: {"cls": Nanny, "options": local | _options(environment, measures=number > 0 or alone)}
                for number, environment in enumerate(environments)
            },
            security=secret,
            silence_logs=logging.CRITICAL,
        )


def _options(environment: dict[str, str], *, measures: bool) -> dict[str, Any]:
    return {
        "resources": {MEASURES: 1} if measures else {},
        "nthreads": 1,  # one run at a time
        "memory_limit": 0,  # torch alone would trip a limit made for data frames
        "env": environment,
        "preload": ["explorer.engine.worker"],
        "silence_logs": logging.CRITICAL,
    }


def environments_of_workers() -> list[dict[str, str]]:
    """Return the environment of each worker to start: its own GPU, if there are some, and its share of the cores."""
    import torch

    count = torch.cuda.device_count() if settings().device in ("auto", "cuda") else 0
    allowed = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    gpus = allowed[:count] or [str(number) for number in range(count)]
    if not gpus:
        return [{} for _ in range(settings().worker_count)]
    threads = str(settings().threads_of(len(gpus)))
    return [{"CUDA_VISIBLE_DEVICES": gpu, "EXPLORER_THREADS": threads} for gpu in gpus]


def count_workers(client: Client) -> int:
    """Return how many workers the scheduler has.

    Raises:
        OSError, TimeoutError: it does not answer.
    """
    return len(_workers(client))


def count_measuring(client: Client) -> int:
    """Return how many workers measure when no training waits: at least one, which may be starting.

    Raises:
        OSError, TimeoutError: the scheduler does not answer.
    """
    return max(1, sum(not client.cluster or MEASURES in worker["resources"] for worker in _workers(client)))


def _workers(client: Client) -> list[dict[str, Any]]:
    if client.scheduler is None:
        raise ConnectionError("the connection was closed")
    told = client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=CONNECT_SECONDS)
    return list(told["workers"].values())
