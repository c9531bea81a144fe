"""Generative models made visible: train them, keep every run, look inside.

>>> from explorer import RBMConfig, train, open_run
>>> run = train(RBMConfig(hidden_units=25, epochs=3))
>>> run.metrics()

The config of every kind in the registry is a public name. Type checkers read `__init__.pyi`, which
`scripts/public_names.py` writes.
"""

from importlib import import_module
from typing import Any

import explorer.openmp  # noqa: F401  (first)
from explorer.models.registry import KINDS

__version__ = "0.1.0"  # the only place; what raises it is said in CHANGELOG.md

_HOME = {kind.config_name: kind.config_module for kind in KINDS.values()} | {
    "Run": "explorer.runs.run",
    "open_run": "explorer.api",
    "train": "explorer.api",
}

__all__ = sorted(_HOME)  # noqa: PLE0605  (of names that are known when the registry is read)


def __getattr__(name: str) -> Any:  # loads torch only when something that needs it is asked for
    if name not in _HOME:
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
