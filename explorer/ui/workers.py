"""Where this server's trainings run, as far as its settings and its devices tell."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from explorer.settings import settings


def on_cpu_here() -> bool:
    """Whether trainings run on this machine, and not on a GPU."""
    if settings().scheduler or settings().device not in ("auto", "cpu"):
        return False
    from explorer.training.device import pick_device  # torch, seconds to import, and not needed to look at runs

    return pick_device().type == "cpu"


def in_words() -> str:
    """Say who trains, and how many trainings at a time.

    Raises:
        ConfigError: the device that is set is not on this machine.
    """
    if address := settings().scheduler:
        return f"Trainings are sent to the scheduler at `{address}`, whose workers take one each."
    if gpus := _gpus():
        return f"Trainings run on this machine, one at a time on each of its GPUs: {', '.join(gpus)}."
    count, threads = settings().worker_count, settings().threads_per_worker
    workers = f"{count} workers" if count > 1 else "1 worker"
    each = f"{threads} thread{'s' if threads > 1 else ''}{' each' if count > 1 else ''}"
    chosen = "as many as its cores and its memory allow" if settings().workers is None else "as `EXPLORER_WORKERS` says"
    return f"Trainings run on this machine, on {workers} with {each}, {chosen}; more than that wait for their turn."


def _gpus() -> list[str]:
    """Return the names of the GPUs that trainings run on; torch, seconds to import, is asked only where one can be.

    Raises:
        ConfigError: the device that is set is not on this machine.
    """
    wanted = settings().device
    if wanted == "cpu" or (wanted == "auto" and not _has_driver()):
        return []
    import torch

    from explorer.training.device import pick_device

    count = torch.cuda.device_count() if pick_device().type == "cuda" else 0
    return [torch.cuda.get_device_name(number) for number in range(count)]


def _has_driver() -> bool:
    """Whether this machine has the driver of a GPU on which torch could train: NVIDIA's, or AMD's."""
    if Path("/dev/kfd").exists():
        return True
    try:
        ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    return True
