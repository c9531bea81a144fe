"""How long an epoch of a deep belief network and of its fine-tuning takes, against the RBM's, in one run.

    python -m benchmarks.dbn_speed            # full MNIST, 1 and 2 threads, about two minutes

784-100 units for the RBM, 784-100-100 for the DBN; k = 2, batches of 100, 60,000 images. Everything runs interleaved,
`--rounds` times, and the median counts. Learners start untrained: their time does not depend on the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.side_by_side import Epoch, Ratio, compare, explorer_epoch

if TYPE_CHECKING:
    from explorer.models.dbn import DBNConfig

HIDDEN, STEPS = 100, 2
FIRST, ABOVE, FINE_TUNING = f"RBM 784-{HIDDEN}", f"DBN 784-{HIDDEN}-{HIDDEN}", "its fine-tuning"


def rbm() -> Epoch:
    """Return the RBM's epoch."""
    from explorer.models.rbm import RBMConfig

    return explorer_epoch(RBMConfig(dataset="mnist", hidden_units=HIDDEN, cd_k=STEPS))


def dbn() -> Epoch:
    """Return the epoch of the layer above the RBM."""
    return explorer_epoch(_dbn_config())


def fine_tuned() -> Epoch:
    """Return the up-down algorithm's epoch."""
    from explorer.models.fine_tuned_dbn import FineTunedDBNConfig

    return explorer_epoch(FineTunedDBNConfig(base=_dbn_config(), cd_k=STEPS))


def _dbn_config() -> DBNConfig:
    from explorer.models.dbn import DBNConfig
    from explorer.models.rbm import RBMConfig

    first = RBMConfig(dataset="mnist", hidden_units=HIDDEN, cd_k=STEPS)
    return DBNConfig(first=first, hidden_units=(HIDDEN,), cd_k=STEPS)


if __name__ == "__main__":
    compare(
        "dbn_speed",
        __doc__ or "",
        "DBN and fine-tuning",
        f"An epoch of 60,000 images, k = {STEPS}, batches of 100.",
        {FIRST: rbm, ABOVE: dbn, FINE_TUNING: fine_tuned},
        {
            "DBN against RBM": Ratio(ABOVE, FIRST, "≤ 1.5×"),
            "fine-tuning against RBM": Ratio(FINE_TUNING, FIRST, "≤ 3×"),
        },
    )
