"""Experiments with the sparse autoencoder: its two variants, growing sparsity, and more units than pixels."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_MNIST = {"dataset": "mnist", "epochs": 30}
_DENSER = _MNIST | {"target": 0.2}

PRESETS = (
    Preset(
        "400 units, few of them on",
        "The KL penalty asks each unit for a mean activation of 0.05, and nearly every unit ends above it: the copy "
        "pulls the other way. Is that mean made of a few images with the unit fully on, or of many with the unit a "
        "little on? Look at both ends of the columns.",
        settings=_MNIST,
        view="Sparsity",
    ),
    Preset(
        "Two variants: bias correction and KL penalty",
        "The bias correction moves nothing but biases, after each step; the KL penalty is part of the loss and moves "
        "the weights, too. The correction comes a little closer to the target and pays for it: its error is a quarter "
        "larger, and some images have no unit on at all. Which ones?",
        settings=_MNIST | {"variant": "bias correction"},
        pinned=_MNIST,
        view="Sparsity",
    ),
    Preset(
        "Growing sparsity: from 0.2 to 0.05",
        "Pinned, units are asked for a mean of 0.2, on the right of 0.05. One would expect tiles to grow from strokes "
        "to digits when each image has fewer units to use. They do not: they grow stronger, above all in blue. What "
        "does a unit gain by saying where no stroke may be?",
        settings=_MNIST,
        pinned=_DENSER,
        view="Weights",
    ),
    Preset(
        "Growing sparsity: how many units are on",
        "The same two targets, 0.2 and 0.05. On average 69 and 21 units are on, but ρ is a mean: with 0.05 one image "
        "in twenty has more than 35 on, and one in twenty less than 11. Which digits are these?",
        settings=_MNIST,
        pinned=_DENSER,
        view="Sparsity",
    ),
    Preset(
        "Over-complete: 1000 units for 784 pixels",
        "More units than pixels on the right, 400 pinned. Without the KL penalty plain copying would do. The error "
        "halves, though hardly more units are on for an image. But nearly a tenth of the 1000 are dead, and most are "
        "on for less than 3 % of the images. Are there some that stand for a single pixel?",
        settings=_MNIST | {"code_size": 1000},
        pinned=_MNIST,
        view="Weights",
    ),
)

SHIPPED = (
    Shipped(_MNIST, snapshots=(1, 30), previews=True),
    Shipped(_MNIST | {"variant": "bias correction"}, snapshots=(30,), lacking=(1, 3, 10)),
    Shipped(_DENSER, snapshots=(30,)),
    Shipped(_MNIST | {"code_size": 1000}, snapshots=(30,)),
    Shipped(BUILT_IN, snapshots=(30,)),
)
