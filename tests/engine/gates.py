"""Trainings and measurements that stand still, in any process, for as long as their gate is a file."""

import os
import signal
import time

from distributed import WorkerPlugin

from explorer.engine import heavy
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


class Gauges(WorkerPlugin):
    """In a folder, what each of a cluster's workers measures, whenever it was started; and files that change that."""

    name = "gauges"

    def __init__(self, folder):
        self.folder = folder

    def setup(self, worker):  # noqa: ARG002
        """Have the worker look for them; Dask calls this by its name."""
        measured = heavy._measured

        def watched(run, missing, pulse):
            with (self.folder / "begun").open("a") as notes:
                notes.write(f"{run.id} {missing.epoch} {missing.name} {os.getpid()}\n")
            if (self.folder / f"deadly-{run.id}").exists():
                os.kill(os.getpid(), signal.SIGKILL)
            while (self.folder / f"held-{run.id}").exists():
                pulse()
                time.sleep(0.01)
            return measured(run, missing, pulse)

        heavy._measured = watched

    def begun(self, *runs):
        """The measurements of some runs that were begun, in their order: id, epoch, name, process."""
        notes = self.folder / "begun"
        lines = [line.split() for line in notes.read_text().splitlines()] if notes.exists() else []
        begun = [(id_, int(epoch), name, int(pid)) for id_, epoch, name, pid in lines]
        return [each for each in begun if each[0] in {run.id for run in runs}]

    def hold(self, run):
        """Let no measurement of a run end; return the file that does."""
        return self._put(f"held-{run.id}")

    def kill(self, run):
        """Kill each worker that measures a run; return the file that does."""
        return self._put(f"deadly-{run.id}")

    def _put(self, name):
        (self.folder / name).touch()
        return self.folder / name


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
