"""What is said of a run that comes along with the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BUILT_IN = {"dataset": "mnist-5k"}  # with a kind's defaults: what its page opens on where the full MNIST is not

BUDGETS_MB = {  # of the shipped runs of each family together
    "Boltzmann machines": 34,
    "Autoencoders": 36,
    "Variational": 18,
    "Adversarial": 26,
}


@dataclass(frozen=True)
class Shipped:
    """A run in `trained/`: its settings, where they are not the kind's defaults, and what is kept of it.

    `snapshots` are epochs, their weights at half precision; without any, only the figures are kept. With `resume` the
    run can be trained on, from its whole state at full precision; without, it begins again from the start. `previews`
    are the small pictures by which Home shows a kind. `lacking` are epochs that a text asks to look at and that are not
    kept yet: they come along when the run is trained anew.
    """

    settings: Mapping[str, object]
    snapshots: tuple[int, ...] = ()
    resume: bool = False
    previews: bool = False
    lacking: tuple[int, ...] = ()
