"""Experiments with the VAE, after the exercises of the lab (numbers in brackets)."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_LAB = {"dataset": "mnist", "epochs": 100}
_FLAT = {"dataset": "mnist", "latent_size": 2, "epochs": 100}
_SHORT = {"dataset": "mnist", "latent_size": 2, "epochs": 30}
_SMALL = {"dataset": "mnist-5k", "epochs": 50}

PRESETS = (
    Preset(
        "The lab's VAE: 20 latents",
        "Some of the 20 latents are switched off: their boxes of μ are flat at 0, those of σ² at 1, and no weight "
        "leads on.",
        settings=_LAB,
        view="Latent usage",
    ),
    Preset(
        "2 latents: the map (3, 4, 5)",
        "Point anywhere: the picture under the pointer is what the decoder makes of that place. Classes become "
        "regions, and shapes change without a break between them.",
        settings=_FLAT,
        view="Latent map",
    ),
    Preset(
        "β = 0.1: copying counts",
        "With a KL term of a tenth the points spread far beyond the prior, so the prior fits only their middle.",
        settings=_SHORT | {"beta": 0.1},
        pinned=_SHORT,
        view="Latent map",
    ),
    Preset(
        "β = 4: compressing counts",
        "With a KL term four times as heavy the points crowd around 0 and digits that look alike share a place.",
        settings=_SHORT | {"beta": 4.0},
        pinned=_SHORT,
        view="Latent map",
    ),
    Preset(
        "IWAE: k = 5 importance samples",
        "The tighter bound L₅ lets the encoder be less exact. Compare the number of active latents and the bound L₅₀.",
        settings=_SMALL | {"importance_samples": 5},
        pinned=_SMALL,
        view="Latent usage",
    ),
    Preset(
        "IWAE: k = 50 importance samples",
        "The same with L₅₀. It takes many times the work of k = 1, and about as many epochs.",
        settings=_SMALL | {"importance_samples": 50},
        pinned=_SMALL,
        view="Latent usage",
    ),
    Preset(
        "A deeper encoder",
        "Five encoder layers instead of two. Count the active latents: depth alone does not use more of them.",
        settings=_SMALL | {"encoder_layers": 5},
        pinned=_SMALL,
        view="Latent usage",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(0, 30, 100), previews=True),
    Shipped(_FLAT, snapshots=(0, 1, 5, 30, 100)),
    Shipped(_SHORT | {"beta": 0.1}, snapshots=(0, 30)),
    Shipped(_SHORT | {"beta": 4.0}, snapshots=(0, 30)),
    Shipped(BUILT_IN, snapshots=(10, 100)),
)
