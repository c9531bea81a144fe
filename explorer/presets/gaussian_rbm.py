"""Experiments with the Gaussian–Bernoulli RBM."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_LONG = {"dataset": "mnist", "epochs": 10}
_SMALL = _LONG | {"hidden_units": 16}
_KEPT = (0, 1, 2, 3, 5, 10)

PRESETS = (
    Preset(
        "Grey values as they are: 100 units",
        "The pictures show the means; a sample also has the same noise in every pixel, 0.15 of the way from black to "
        "white, though four of five pixels of MNIST are exactly black. Count the chains that show a digit.",
        settings=_LONG,
        view="Generate",
    ),
    Preset(
        "Fixed or learned variance: 16 units, counted exactly",
        "Orange, the variance of a pixel is fixed at that of all pixels; blue, it is learned, and falls: the copies "
        "are alike, and yet the log-density is 45 nats higher. From epoch 1 to 5 it falls by half while the "
        "copies get better: CD-1 does not climb the likelihood. One normal distribution with 16 principal components "
        "has 264 nats.",
        settings=_SMALL,
        pinned=_SMALL | {"learned_variance": False},
        view="Training",
    ),
)

SHIPPED = (
    Shipped(_LONG, snapshots=_KEPT, resume=True, previews=True),
    Shipped(_SMALL, snapshots=_KEPT, resume=True),
    Shipped(_SMALL | {"learned_variance": False}, snapshots=_KEPT, resume=True),
    Shipped(BUILT_IN, snapshots=(0, 1, 10)),
)
