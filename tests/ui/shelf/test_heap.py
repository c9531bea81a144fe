"""A server's memory: what it frees goes back, and libraries that only some computations need stay out of it."""

import platform
import subprocess
import sys
import threading

import pytest

from explorer.ui.shelf import heap, services

with_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other systems give memory back by themselves"
)

FREED = """
import psutil
from explorer.ui.shelf.heap import give_back
blocks = [b"x" * 60_000 for _ in range(2_000)]
last = blocks.pop()
del blocks[1:]
held = psutil.Process().memory_info().rss
give_back()
print((held - psutil.Process().memory_info().rss) // 2**20)
"""

ARENAS = """
import ctypes, sys, threading
from explorer.ui.shelf.heap import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
together = threading.Barrier(6)
def take():
    together.wait()
    block = b"x" * 60_000
    together.wait()
threads = [threading.Thread(target=take) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""

LIBRARIES = """
import io, sys, torch, numpy as np
from types import SimpleNamespace
from explorer.analysis import latent, projection, sample_quality
from explorer.analysis.generation import frechet_distance, kernel_distance
from explorer.analysis.projection import umap
from explorer.data.catalogue import default_name, load
from explorer.ui.views import code_map
x = torch.randn(20, 3)
frechet_distance(x, x), kernel_distance(x, x), load(default_name())
def answered(command, **given):  # by a program of its own, which needs half a minute to compile
    np.save(out := io.BytesIO(), np.load(io.BytesIO(given["input"]))[:, :2])
    return SimpleNamespace(returncode=0, stdout=out.getvalue(), stderr=b"")
projection.subprocess.run = answered
assert umap(x.numpy()).shape == (20, 2)
print(*sorted({"torchvision", "torchmetrics", "umap", "numba", "triton"} & set(sys.modules)))
"""


def printed(code, *given):
    return subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, check=True).stdout


@with_glibc
def test_freed_memory_goes_back():
    assert int(printed(FREED)) > 80  # of 114 MB


@with_glibc
def test_threads_share_two_arenas():
    assert printed(ARENAS, "shared").count("<heap nr=") <= 2 < printed(ARENAS, "own").count("<heap nr=")


def test_libraries_of_single_computations_stay_out_of_the_server():
    assert printed(LIBRARIES).split() == []


def test_a_server_gives_back_after_each_pause_in_which_pages_were_drawn(monkeypatch):
    """Here a page is drawn in the first and the third; the fourth would wait for one, which ends it."""
    given, drawn = [], [True, False, True]

    class Drawn:
        def wait(self):
            while drawn and not drawn.pop(0):
                given.append("not")
            if not drawn and len(given) == 3:
                raise InterruptedError

        def clear(self):
            given.append("given back")

    monkeypatch.setattr(heap, "DRAWN", Drawn())
    monkeypatch.setattr(heap, "give_back", lambda: None)
    monkeypatch.setattr(heap.time, "sleep", lambda seconds: given.append(seconds) if seconds != heap.PAUSE else None)
    with pytest.raises(InterruptedError):
        heap.keep_giving_back()
    assert given == ["given back", "not", "given back"]


def test_a_page_that_is_drawn_has_what_is_free_given_back(monkeypatch):
    monkeypatch.setattr(services, "_WARMING", threading.Event())
    services._WARMING.set()
    heap.DRAWN.clear()
    services.warm_up()
    assert heap.DRAWN.is_set()
