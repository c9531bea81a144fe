"""Experiments with the sparse autoencoder: its two variants, growing sparsity, and more units than pixels."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_MNIST = {"dataset": "mnist", "epochs": 30}
_DENSER = _MNIST | {"target": 0.2}

PRESETS = (
    Preset(
        "400 units, few of them on",
        "The KL penalty asks each unit for a mean activation of 0.05. Which units are far from it? And is that mean "
        "made of a few images with the unit fully on, or of many with the unit a little on?",
        settings=_MNIST,
        view="Sparsity",
    ),
    Preset(
        "Two variants: bias correction and KL penalty",
        "The bias correction moves nothing but biases, after each step; the KL penalty is part of the loss and moves "
        "the weights, too. Which one meets the target more closely, and at what error?",
        settings=_MNIST | {"variant": "bias correction"},
        pinned=_MNIST,
        view="Sparsity",
    ),
    Preset(
        "Growing sparsity: from 0.2 to 0.05",
        "Pinned, a unit may be on for 0.2 of the images, on the right for 0.05. Do the tiles grow from strokes towards "
        "digits when each image has fewer units to use?",
        settings=_MNIST,
        pinned=_DENSER,
        view="Weights",
    ),
    Preset(
        "Growing sparsity: how many units are on",
        "The same two targets, 0.2 and 0.05. Do all images use about as many units as ρ allows, or do some digits take "
        "far more than others?",
        settings=_MNIST,
        pinned=_DENSER,
        view="Sparsity",
    ),
    Preset(
        "Over-complete: 1000 units for 784 pixels",
        "More units than pixels on the right, 400 pinned. Without the KL penalty plain copying would do. Are there "
        "units alike, dead ones, or ones that stand for a single pixel?",
        settings=_MNIST | {"code_size": 1000},
        pinned=_MNIST,
        view="Weights",
    ),
)

SHIPPED = (
    Shipped(_MNIST, snapshots=(1, 30), previews=True),
    Shipped(_MNIST | {"variant": "bias correction"}, snapshots=(30,)),
    Shipped(_DENSER, snapshots=(30,)),
    Shipped(_MNIST | {"code_size": 1000}, snapshots=(30,)),
    Shipped(BUILT_IN, snapshots=(30,)),
)
