"""Runs that are trained once for all processes in which tests run."""

import os

from filelock import FileLock

from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store


def trained_once(tmp_path_factory, name, configs, few_images):
    """Return a folder with the runs of the configs; whoever comes first trains them, within `few_images()`."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / f"trained {name}", base / f"trained {name}.done"
    with FileLock(base / f"trained {name}.lock"):
        if not done.exists():
            engine = InlineEngine(Library(Store(folder), Store(base / "none", shipped=True)))
            with few_images():
                for config in configs:
                    engine.measure(engine.submit(config))
            done.touch()
    return folder
