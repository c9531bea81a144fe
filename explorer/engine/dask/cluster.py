"""A scheduler and workers on this machine, and a first look at a scheduler elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
from copy import deepcopy
from typing import Any, NamedTuple

import dask
from distributed import Client, Nanny, Scheduler, Security, SpecCluster
from distributed.comm.addressing import get_address_host_port, parse_address

from explorer.engine.worker import GPU
from explorer.errors import LimitReached
from explorer.settings import settings

CONNECT_SECONDS = 5
CONFIGURATION = {
    "distributed.scheduler.allowed-failures": 0,  # the engine sends again what a dead worker left
    # By default scheduler and workers look after themselves so often that an idle app takes a sixth of a core.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.scheduler.work-stealing-interval": "1s",
    # A worker that takes more memory than it may is ended; the steps before that are made for data frames.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 1.0,
    "distributed.worker.memory.monitor-interval": "500ms",
}
HEARTBEAT_SECONDS = 2.0
SYNC_SECONDS = 30.0  # of the cluster's own copy of what the scheduler knows, which nobody reads
ENDED_FOR_MEMORY = "worker-restart-memory"  # Dask's topic of such events
LOST_WORKER_TIMEOUT = "1 day"  # Dask would otherwise end for good what takes longer than 15 s to start again
MEASURES = "measures"  # the resource of workers that measure, too: of several, one is for trainings alone
_GPU = re.compile(r"GPU \S+")  # the resource of the worker on a GPU of this machine, by its number


class Gpu(NamedTuple):
    """A GPU that a worker trains on: what a training asks for to be sent there, its name, and its memory in bytes."""

    resource: str
    name: str
    free: int
    total: int


class _CalmScheduler(Scheduler):
    """Hears of each worker every other second, not twice a second; whose connection ends, is lost at once."""

    def heartbeat_worker(self, **told: Any) -> dict[str, Any]:
        return super().heartbeat_worker(**told) | {"heartbeat-interval": HEARTBEAT_SECONDS}


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
    options: dict[str, Any] = {
        "nthreads": 1,  # one run at a time
        "memory_limit": settings().worker_bytes_of(len(environments)),
        "preload": ["explorer.engine.worker"],
        "silence_logs": logging.CRITICAL,
    }
    alone = len(environments) == 1
    dask.config.set({"distributed.deploy.lost-worker-timeout": LOST_WORKER_TIMEOUT})  # looked up when one is lost
    with dask.config.set(CONFIGURATION):
        options["config"] = deepcopy(dask.config.config)  # else a worker that starts again has another one
        return SpecCluster(
            scheduler={"cls": _CalmScheduler, "options": local | {"port": 0, "dashboard_address": "127.0.0.1:0"}},
            workers={
                number: {"cls": Nanny, "options": local | options | _of_one(environment, measures=number > 0 or alone)}
                for number, environment in enumerate(environments)
            },
            security=secret,
            scheduler_sync_interval=SYNC_SECONDS,
            silence_logs=logging.CRITICAL,
        )


def _of_one(environment: dict[str, str], *, measures: bool) -> dict[str, Any]:
    gpu = environment.get("CUDA_VISIBLE_DEVICES")
    resources = {MEASURES: 1} if measures else {}
    return {"resources": resources | ({f"GPU {gpu}": 1} if gpu else {}), "env": environment}


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


def gpus(client: Client) -> list[Gpu]:
    """Return the GPUs that workers of this machine have told of.

    Raises:
        OSError, TimeoutError: the scheduler does not answer.
    """
    told = [(resource, each["metrics"].get(GPU)) for each in _workers(client) for resource in each["resources"]]
    return sorted(Gpu(resource, **gpu) for resource, gpu in told if gpu and _GPU.fullmatch(resource))


def outgrew_memory(client: Client, address: str) -> bool:
    """Whether a worker was ended since it took more memory than it may."""
    with contextlib.suppress(OSError, TimeoutError):
        return any(event["worker"] == address for _, event in client.get_events(ENDED_FOR_MEMORY))
    return False


def memory_reached() -> LimitReached:
    """Return what is said of a training whose worker took more memory than it may."""
    most = settings().worker_bytes_of(len(environments_of_workers()))
    remedy = "Try a smaller batch, or a smaller model."
    return LimitReached.of("Its worker took more memory than it may", f"{most / 1e6:,.0f} MB", "worker_mb", remedy)


def _workers(client: Client) -> list[dict[str, Any]]:
    if client.scheduler is None:
        raise ConnectionError("the connection was closed")
    told = client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=CONNECT_SECONDS)
    return list(told["workers"].values())
