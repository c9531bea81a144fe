"""Trainings that stand still in the middle of an epoch, in any process, for as long as their gate is a file."""

import os
import time

from explorer.engine.job import train_on_worker
from explorer.engine.progress import Progress


def hold(id_, epoch, gate):
    """Keep a run that has this epoch from ending the next one. It looks for stops as often as in any epoch."""
    watch = Progress.watch

    def held(self, share):
        while share > 0 and self._paths.folder.name == id_ and self.status.epoch >= epoch and gate.exists():
            if watch(self, share):
                return True
        return watch(self, share)

    Progress.watch = held


def meet(folder):
    """Wait, as others do, until somebody says go."""
    (folder / f"ready-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)


def work(environment, store, trained, held, epoch, gate, *meeting):
    """Train a run as a worker does, of which one run is held, and which may meet others first."""
    os.environ.update(environment)
    hold(held, epoch, gate)
    for folder in meeting:
        meet(folder)
    train_on_worker(str(store), trained)
