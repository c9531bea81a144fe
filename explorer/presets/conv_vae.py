"""Experiments with the convolutional VAE, after the lab."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_LAB = {"dataset": "mnist", "epochs": 10}
_FLAT = _LAB | {"latent_size": 2}

PRESETS = (
    Preset(
        "The lab's convolutional VAE: 8 latents",
        "Drag through the epochs: samples of the same latents, from grey mist to digits by epoch 3. Which of them "
        "never become any?",
        settings=_LAB,
        view="Generate",
    ),
    Preset(
        "2 latents: the map",
        "Point anywhere: the picture under the pointer is what the decoder makes of that place. The points lie to one "
        "side of 0: point at the other half of the circle, which holds 95 % of the prior, where no image is.",
        settings=_FLAT,
        view="Latent map",
    ),
)

_ALL = (0, 1, 2, 3, 5, 8, 10)

SHIPPED = (
    Shipped(_LAB, snapshots=_ALL, previews=True),
    Shipped(_FLAT, snapshots=_ALL, resume=True),
    Shipped(BUILT_IN, snapshots=(0, 1, 10)),
)
