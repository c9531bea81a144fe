"""Settings from the environment (`EXPLORER_*`), in one place."""

import contextlib
import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

import psutil
from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from explorer.errors import ConfigError, Problem

CONTROL_GROUP = Path("/sys/fs/cgroup")
WORKER_BYTES = 3 * 10**9  # of memory for each worker, most of it left to the data and to others
MOST_WORKERS = 4  # where nobody has said how many

_PACKAGE = Path(__file__).resolve().parent
# The folder of Home.py, pages and trained: in a clone the project's own; an installed package has them inside.
APP_FOLDER = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent


class Settings(BaseSettings):
    """What can be set from outside; each field is read from the variable `EXPLORER_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="EXPLORER_", frozen=True, extra="ignore")

    store: Path = Field(
        default_factory=lambda: user_data_path("explorer", appauthor=False) / "runs",
        description="folder of the user's own runs",
    )
    trained: Path = Field(default=APP_FOLDER / "trained", description="folder of the shipped runs, only read")
    data: Path | None = Field(default=None, description="folder of the data sets, in torchvision's layout")
    scheduler: str | None = Field(default=None, description="address of a running Dask scheduler, tcp://host:port")
    workers: int | None = Field(
        default=None, ge=1, le=64, description="workers of the embedded cluster on a CPU machine"
    )
    threads: int | None = Field(default=None, ge=1, le=256, description="CPU threads of one training")
    worker_mb: int | None = Field(
        default=None, ge=1_000, description="memory that one worker may take on this machine, in MB"
    )
    store_mb: int = Field(
        default=20_000,
        ge=1,
        description="room for the user's own runs, in MB; beyond it, those that began by themselves go, oldest first, "
        "and where that is not enough nothing more is trained or imported",
    )
    import_mb: int = Field(default=500, ge=1, description="size of a run that is imported, in MB, packed or unpacked")
    parameters: int = Field(default=50_000_000, ge=1, description="parameters of a model that is trained")
    epochs: int = Field(default=10_000, ge=1, description="epochs of one run")
    queue: int = Field(
        default=100, ge=1, description="trainings that wait for a worker, of one session of the app or one command"
    )
    cache_mb: int = Field(default=256, ge=1, description="memory of a server for what pages have computed, in MB")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field(default="auto", description="where training runs")

    @property
    def data_folders(self) -> list[Path]:
        """The folders in which data sets are looked for; the first that holds a set wins."""
        cache = user_cache_path("explorer", appauthor=False) / "data"
        return [self.data, cache] if self.data else [cache]

    @property
    def download_folder(self) -> Path:
        """The folder that receives downloaded data sets."""
        return self.data_folders[0]

    @property
    def threads_per_worker(self) -> int:
        """How many CPU threads one worker computes with: as set, or an equal share of the cores."""
        return self.threads_of(self.worker_count)

    @property
    def worker_count(self) -> int:
        """How many workers a CPU machine has: as set, or one for each core, as far as memory goes.

        Several with a thread each rather than one with all: a second thread gains an RBM 12 %, a second worker 80 %.
        """
        return self.workers or max(1, min(cores(), int(memory() / WORKER_BYTES), MOST_WORKERS))

    def threads_of(self, workers: int) -> int:
        """Return the same where there are so many workers, as there are with several GPUs."""
        return self.threads or max(1, cores() // workers)

    def worker_bytes_of(self, workers: int) -> int:
        """Return how much memory each of so many workers may take: as set, or an equal share, if that is enough."""
        return self.worker_mb * 10**6 if self.worker_mb else max(WORKER_BYTES, memory() // workers)


def cores() -> int:
    """Return how many cores this process may use, which `taskset`, a batch system or a container can limit."""
    # not on macOS and Windows
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _limit_of_container("cpu.max").partition(" ")
    return min(allowed, max(1, int(quota) // int(period))) if quota.isdigit() else allowed


def memory() -> int:
    """Return how many bytes of memory this machine has, or this container may use."""
    limit = _limit_of_container("memory.max")
    total = psutil.virtual_memory().total
    return min(total, int(limit)) if limit.isdigit() else int(total)


def _limit_of_container(name: str) -> str:
    """Return a limit of this process's control group (Linux, version 2), or nothing."""
    with contextlib.suppress(OSError):
        return (CONTROL_GROUP / name).read_text().strip()
    return ""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises:
        ConfigError: a variable has a value that is not valid.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(
            [Problem(f"EXPLORER_{p['loc'][0]}".upper(), p["input"], p["msg"].lower()) for p in error.errors()]
        ) from None
