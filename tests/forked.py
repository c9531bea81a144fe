"""Processes that have loaded the libraries, which takes seconds, and nothing of the explorer."""

import multiprocessing
import sys
import types

LIBRARIES = ["numpy", "pandas", "pydantic", "safetensors.torch", "torch", "tensorboard"]


def forked(monkeypatch, target, *arguments):
    """Start a process that calls a function of a module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    process = context.Process(target=target, args=arguments)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))  # a page shown before may stand there
        process.start()
    return process
