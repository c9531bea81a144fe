"""Where training runs, with how many threads, and by which kernels."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from explorer.errors import ConfigError, Problem
from explorer.openmp import SPINNING
from explorer.settings import settings


def pick_device() -> torch.device:
    """Return the device of `EXPLORER_DEVICE`, or the best one here: cuda, then mps, then cpu.

    Raises:
        ConfigError: the named device is not on this machine.
    """
    wanted = settings().device
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, available in there.items() if available))
    if not there[wanted]:
        available = ", ".join(name for name, is_there in there.items() if is_there)
        raise ConfigError([Problem("EXPLORER_DEVICE", wanted, f"this machine has {available}")])
    return torch.device(wanted)


def make_reproducible() -> None:
    """Let this process take only such kernels on a GPU as give the same bits each time they are run.

    cuDNN's quickest gradients of convolutions add up in any order.
    """
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False  # which measures, and may choose another kernel each time


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Let this process compute with so many CPU threads meanwhile; None leaves it as it is, or if they spin, with one.

    Threads that spin gain a fifth alone, and take many times as long beside another busy process.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count or (1 if SPINNING else before))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def memory_of_gpu() -> dict[str, str | int]:
    """Return the name of this process's first GPU, and its free and whole memory in bytes."""
    free, total = torch.cuda.mem_get_info()
    return {"name": torch.cuda.get_device_name(), "free": free, "total": total}


def describe(device: torch.device) -> str:
    """Return a device in words, such as "NVIDIA H200" or "CPU, 2 threads"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{device.type.upper()}, {threads} thread{'s' if threads > 1 else ''}"
