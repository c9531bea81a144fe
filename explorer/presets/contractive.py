"""Experiments with the contractive autoencoder: what the penalty keeps still, and how it is deceived."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_TIED = {"dataset": "mnist", "epochs": 30}
_PLAIN = _TIED | {"contraction": 0.0}
_UNTIED = _TIED | {"tied": False}

PRESETS = (
    Preset(
        "With and without contraction",
        "Pinned is the same network with λ = 0, a plain autoencoder. Compare the singular values: which directions "
        "does the contraction still let through, and what do they look like as images?",
        settings=_TIED,
        pinned=_PLAIN,
        view="Jacobian",
    ),
    Preset(
        "Copying well against standing still",
        "The same two, with and without contraction. In the chart each is a path over the epochs: at the same error, "
        "which one has the smaller ‖J‖?",
        settings=_TIED,
        pinned=_PLAIN,
        view="Training",
    ),
    Preset(
        "Tiles with and without contraction",
        "Weights to pixels that tell nothing still cost, for all of a unit's weights count. Pinned is the plain "
        "autoencoder: is its noise gone from the tiles on the right?",
        settings=_TIED,
        pinned=_PLAIN,
        view="Weights",
    ),
    Preset(
        "The trap: weights that are not tied",
        "On the right the decoder has weights of its own. ‖J‖ is smaller than with tied weights, but look at the norms "
        "over the epochs: the encoder's shrinks, and the decoder's makes up for it. Has it learned to ignore anything?",
        settings=_UNTIED,
        pinned=_TIED,
        view="Jacobian",
    ),
)

SHIPPED = (
    Shipped(_TIED, snapshots=(1, 30), previews=True),
    Shipped(_PLAIN, snapshots=(30,)),
    Shipped(_UNTIED, snapshots=(30,)),
    Shipped(BUILT_IN, snapshots=(30,)),
)
