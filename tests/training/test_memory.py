import os
import subprocess
import sys
from functools import partial

import pytest
import torch

from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.training.memory import is_out_of_memory, keep_freed_memory

PROGRAM = """
import resource, threading, torch
from explorer.training.memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def step():  # a few arrays of 4 MB at once, all freed at its end
    return [torch.ones(1 << 20) for _ in range(4)]

def measure():
    for _ in range(10):
        step()
    before = faults()
    for _ in range(20):
        step()
    print((faults() - before) / 20)

def measure_in_a_thread():  # as in a worker
    thread = threading.Thread(target=measure)
    thread.start()
    thread.join()

measure_in_a_thread()
assert keep_freed_memory()
measure_in_a_thread()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's")
def test_freed_memory_is_used_again():
    """Pages that a step takes from the system, in a process as Dask starts its workers, before and after."""
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
    output = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True).stdout
    before, after = map(float, output.split())
    assert after < before / 10


def test_a_training_prepares_its_process_wherever_it_runs(tmp_path, monkeypatch):
    asked = []
    for name in ("keep_freed_memory", "make_reproducible"):
        monkeypatch.setattr(f"explorer.engine.job.{name}", partial(asked.append, name))
    library = Library(Store(tmp_path / "own"), Store(tmp_path / "shipped", shipped=True))
    InlineEngine(library).submit(RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=1))
    assert asked == ["keep_freed_memory", "make_reproducible"]


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), True),
        (torch.AcceleratorError("CUDA error: out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False),
        (ValueError("CUDA error: out of memory"), False),
    ],
)
def test_a_gpu_says_in_several_ways_that_it_is_full(error, full):
    assert is_out_of_memory(error) == full
