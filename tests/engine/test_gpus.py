"""Which GPU a training runs on, as far as a machine without one can tell."""

import os
from types import SimpleNamespace

import pytest
import torch

from explorer.engine import worker
from explorer.engine.dask import DaskEngine, cluster
from explorer.engine.dask.cluster import Gpu
from explorer.models.rbm import RBMConfig
from explorer.runs.status import State

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)
TOLD = {"name": "NVIDIA H200", "free": 10**11, "total": 14 * 10**10}


@pytest.mark.workers
def test_a_training_runs_on_the_gpu_that_it_is_for(library, wait_until, monkeypatch):
    """Each GPU has a worker of its own, which sees no other."""
    monkeypatch.setattr(cluster, "environments_of_workers", lambda: [{"CUDA_VISIBLE_DEVICES": n} for n in "35"])
    engine = DaskEngine(library)
    try:
        engine.start()
        client = engine._connected()
        sees = client.run(lambda: (os.environ["CUDA_VISIBLE_DEVICES"], os.getpid()))
        pids = dict(sees.values())
        assert pids.keys() == {"3", "5"}
        for number in ("5", "3", "5"):
            run = engine.submit(TINY.model_copy(update={"seed": len(list(library))}), gpu=f"GPU {number}")
            wait_until(lambda run=run: run.status.state is State.DONE)
            assert run.status.worker.endswith(f":{pids[number]}")
        assert engine.gpus() == []  # a CPU has told of none
    finally:
        engine.close()


def test_gpus_are_those_that_workers_have_told_of(monkeypatch):
    told = [
        {"resources": {"GPU 1": 1, "measures": 1}, "metrics": {"gpu": TOLD | {"free": 1}}},
        {"resources": {"GPU 0": 1}, "metrics": {"gpu": TOLD}},
        {"resources": {"GPU 2": 1}, "metrics": {}},  # has not told yet
        {"resources": {}, "metrics": {"gpu": TOLD}},  # of another machine
    ]
    monkeypatch.setattr(cluster, "_workers", lambda _: told)
    assert cluster.gpus(None) == [Gpu("GPU 0", **TOLD), Gpu("GPU 1", **TOLD | {"free": 1})]


@pytest.mark.parametrize(("device", "tells"), [("cuda", {"gpu": TOLD}), ("cpu", {})])
def test_a_worker_on_a_gpu_tells_its_name_and_memory(device, tells, monkeypatch):
    monkeypatch.setattr(worker, "pick_device", lambda: torch.device(device))
    monkeypatch.setattr("os.nice", lambda _: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: TOLD["name"])
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (TOLD["free"], TOLD["total"]))
    itself = SimpleNamespace(metrics={})
    worker.dask_setup(itself)
    assert {name: metric(itself) for name, metric in itself.metrics.items()} == tells
