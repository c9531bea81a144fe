"""What is said of a run that comes along with the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BUDGETS_MB = {  # of the shipped runs of each family together
    "Boltzmann machines": 30,
    "Autoencoders": 25,
    "Variational": 15,
    "Adversarial": 25,
}


@dataclass(frozen=True)
class Shipped:
    """A run in `trained/`: its settings, where they are not the kind's defaults, and what is kept of it.

    `snapshots` are epochs, their weights at half precision; without any, only the figures are kept. With `resume` the
    run can be trained on, from its whole state at full precision; without, it begins again from the start. `previews`
    are the small pictures by which Home shows a kind.
    """

    settings: Mapping[str, object]
    snapshots: tuple[int, ...] = ()
    resume: bool = False
    previews: bool = False
