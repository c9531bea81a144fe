"""Where this server's trainings run, as far as its settings and its devices tell."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import streamlit as st

from explorer.settings import settings
from explorer.ui.shelf.services import engine
from explorer.ui.wording import in_bytes, plain

_CHOSEN, _ANY = "GPU to train on", "the first that is free"


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


def choose_gpu() -> None:
    """Draw the GPUs of this machine with their free memory, and the choice of one for this session's trainings."""
    gpus = engine().gpus() if not settings().scheduler and _gpus() else []
    if not gpus:
        return
    rooms = {gpu.resource: f"{gpu.name}, {in_bytes(gpu.free)} of {in_bytes(gpu.total)} free" for gpu in gpus}
    if len(gpus) == 1:
        st.caption(plain(f"{next(iter(rooms.values()))}."))
        return
    told = {_ANY: _ANY} | {resource: f"{resource}: {room}" for resource, room in rooms.items()}
    st.radio("Train on", told, format_func=told.__getitem__, key=_CHOSEN, persist_state="session")


def chosen_gpu() -> str | None:
    """Return the GPU that this session's trainings are for, or None if any will do."""
    chosen = st.session_state.get(_CHOSEN, _ANY)
    return None if chosen == _ANY else str(chosen)


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
