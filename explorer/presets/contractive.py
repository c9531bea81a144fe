"""Experiments with the contractive autoencoder: what the penalty keeps still, and how it is deceived."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_TIED = {"dataset": "mnist", "epochs": 30}
_PLAIN = _TIED | {"contraction": 0.0}
_UNTIED = _TIED | {"tied": False}

PRESETS = (
    Preset(
        "With and without contraction",
        "Pinned is the same network with λ = 0, a plain autoencoder. The penalty makes singular values smaller, the "
        "later ones more. Which directions does it still let through, and what do they look like as images?",
        settings=_TIED,
        pinned=_PLAIN,
        view="Jacobian",
    ),
    Preset(
        "Copying well against standing still",
        "The same two, with and without contraction. In the chart each is a path over the epochs: with contraction ‖J‖ "
        "rises, turns, and falls with the error; without, it rises to the end, and the copy is hardly better for it.",
        settings=_TIED,
        pinned=_PLAIN,
        view="Training",
    ),
    Preset(
        "Tiles with and without contraction",
        "Weights to pixels that tell nothing still cost, for all of a unit's weights count. Pinned is the plain "
        "autoencoder: at the margin its noise is gone from the tiles on the right. Why is some left where digits are?",
        settings=_TIED,
        pinned=_PLAIN,
        view="Weights",
    ),
    Preset(
        "The trap: weights that are not tied",
        "On the right the decoder has weights of its own. ‖J‖ is half of that with tied weights, and the error, too. "
        "But look at the norms in the first line: the encoder's is small because the decoder's makes up for it. The "
        "curve's shape, which a scale hardly changes, tells: it falls later, so it ignores less.",
        settings=_UNTIED,
        pinned=_TIED,
        view="Jacobian",
    ),
)

SHIPPED = (
    Shipped(_TIED, snapshots=(1, 30), previews=True),
    Shipped(_PLAIN, snapshots=(30,)),
    Shipped(_UNTIED, snapshots=(30,), lacking=(0, 1, 2, 5, 10, 20)),
    Shipped(BUILT_IN, snapshots=(30,)),
)
