"""Runs in any state, and what the models of runs hold."""

import json
import shutil
import time

import numpy as np

from explorer.runs.files import write_atomically
from explorer.runs.status import State, Status, write_status


def begun(store, config, state, epoch=0, **changes):
    """Leave a run in a state in the store."""
    run = store.request(config)
    status = Status(state=state, epoch=epoch, target=config.epochs, **changes)
    if state is State.QUEUED:
        return run
    if state is State.INTERRUPTED:
        old = status.model_copy(update={"state": State.RUNNING, "heartbeat": time.time() - 86_400})
        write_atomically(run.paths.status, old.model_dump_json().encode())
        run.paths.request.unlink()
    else:
        if state is not State.RUNNING:
            run.paths.request.unlink()
        write_status(run.paths, status)
    return run


def as_of_earlier_versions(run):
    """Keep all figures of a run where earlier versions did: in the rows of its metrics."""
    rows = run.metric_rows()
    write_atomically(run.paths.metrics, "".join(json.dumps(row) + "\n" for row in rows).encode())
    shutil.rmtree(run.paths.figures)
    return rows


def model_of(library, config, epoch=None):
    return library.find(config).model(config.epochs if epoch is None else epoch)


def arrays_of(library, config, epoch=None):
    return {name: tensor.numpy() for name, tensor in model_of(library, config, epoch).state().items()}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
