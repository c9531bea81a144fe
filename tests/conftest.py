"""What every test shares: settings of its own, one thread, the processes it runs in."""

import os
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch loads: `set_num_threads` does not reach the threads of pages
os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the explorer has it, where it is loaded before torch
import torch

from explorer.data.catalogue import CATALOGUE
from explorer.settings import settings
from tests.short_measures import shorten_ais

MOST_PROCESSES = 8  # each takes a gigabyte


def pytest_runtest_setup(item):
    if item.get_closest_marker("full_mnist") and not CATALOGUE["mnist"].available:
        pytest.skip("the 60,000 MNIST digits are not on this machine; EXPLORER_DATA can name their folder")


def pytest_addoption(parser):
    parser.addoption("--cases", type=int, help="how many cases tests by chance draw, instead of a few")


def pytest_xdist_auto_num_workers(config):
    """Use a process for each core and one more, as some wait for browsers and servers.

    There is none where only files or single tests are named: starting takes longer.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    named = all(Path(argument.partition("::")[0]).is_file() for argument in config.args)
    return 0 if named else min(cores + 1, MOST_PROCESSES)


def pytest_collection_modifyitems(items):
    """Begin with the files that need a browser: one process has them all, and no other starts one and servers anew."""
    files = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in files)


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk():
    """Let no file of this process wait until it would survive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def quick_ais(monkeypatch):
    shorten_ais(monkeypatch)


@pytest.fixture
def clean_settings(monkeypatch, tmp_path):
    """Settings from a bare environment, with the store in `tmp_path`; call it to set more, as in f(device="cpu")."""
    for name in [name for name in os.environ if name.startswith("EXPLORER_") and name != "EXPLORER_DATA"]:
        monkeypatch.delenv(name)

    def change(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"EXPLORER_{name.upper()}", str(value))
        settings.cache_clear()

    change(store=tmp_path / "runs")
    yield change
    settings.cache_clear()
