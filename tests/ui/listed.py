"""Runs on the page of all runs, and what it says of them."""

import os

from explorer.models.rbm import RBMConfig
from explorer.runs.status import State, Status, read_request, write_status
from explorer.ui import run_table
from tests.ui.rbms import SMALL


def selected(test):
    """Return what the page says is selected."""
    return next((caption.value for caption in test.caption if caption.value.startswith("Selected")), "")


def errors(test):
    return " ".join(element.value for element in test.error)


def add_run(library, seed, begun=None, state=State.DONE):
    """Put a run into the user's store as another process would, at a time (seconds since 1970)."""
    run = library.request(RBMConfig(**SMALL | {"seed": seed}))
    request = read_request(run.paths)
    write_status(run.paths, Status(state=state, epoch=1, target=3, settled=request.submitted))
    if begun:
        os.utime(run.paths.config, (begun, begun))
    run_table.forget_table()
    return run
