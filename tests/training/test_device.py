import os
import subprocess
import sys

import pytest
import torch

from explorer.errors import ConfigError
from explorer.training.device import describe, make_reproducible, pick_device


@pytest.fixture
def machine(monkeypatch):
    """Pretend that the machine has these devices beside the CPU."""

    def has(*devices):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in devices)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in devices)

    return has


@pytest.mark.parametrize(("devices", "best"), [((), "cpu"), (("mps",), "mps"), (("mps", "cuda"), "cuda")])
def test_the_best_device_is_picked(clean_settings, machine, devices, best):
    machine(*devices)
    assert pick_device() == torch.device(best)


def test_the_environment_overrides(clean_settings, machine):
    machine("cuda")
    clean_settings(device="cpu")
    assert pick_device() == torch.device("cpu")


def test_a_device_that_is_not_there_is_refused_with_those_that_are(clean_settings, machine):
    machine("mps")
    clean_settings(device="cuda")
    with pytest.raises(ConfigError, match="EXPLORER_DEVICE = 'cuda' is not valid: this machine has mps, cpu"):
        pick_device()


def test_an_unknown_device_is_refused(clean_settings):
    clean_settings(device="abacus")
    with pytest.raises(ConfigError, match=r"EXPLORER_DEVICE = 'abacus' is not valid: .*'cpu'"):
        pick_device()


@pytest.mark.parametrize(("threads", "words"), [(1, "CPU, 1 thread"), (2, "CPU, 2 threads")])
def test_devices_are_described_in_words(monkeypatch, threads, words):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert describe(torch.device("cpu")) == words


def test_convolutions_on_a_gpu_give_the_same_bits_each_time(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    make_reproducible()
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark


@pytest.mark.parametrize("first", ["torch", "explorer"])
def test_threads_that_would_spin_are_not_used(first):
    script = f"""
import {first}
import torch
from explorer.training.device import threads
before = torch.get_num_threads()
with threads(None):
    print(before, torch.get_num_threads())
with threads(3):
    assert torch.get_num_threads() == 3
assert torch.get_num_threads() == before
"""
    unset = {name: x for name, x in os.environ.items() if name not in ("OMP_NUM_THREADS", "GOMP_SPINCOUNT")}
    printed = subprocess.run([sys.executable, "-c", script], env=unset, capture_output=True, text=True, check=True)
    before, meanwhile = map(int, printed.stdout.split())
    assert meanwhile == (1 if first == "torch" else before)
