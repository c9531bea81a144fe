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
        "Nine of the 20 latents are switched off: their boxes of μ are flat at 0, those of σ² at 1, and no weight "
        "leads on. Were they always? Look at epoch 0, and under Training at how many are active after one epoch.",
        settings=_LAB,
        view="Latent usage",
    ),
    Preset(
        "2 latents: the map (3, 4, 5)",
        "Point anywhere: the picture under the pointer is what the decoder makes of that place. Classes become "
        "regions, though nobody told the model the digits, and shapes change without a break between them.",
        settings=_FLAT,
        view="Latent map",
    ),
    Preset(
        "β = 0.1: copying counts",
        "With a KL term of a tenth the points spread twice as far as the prior (read the axes): four in ten lie "
        "outside the circle of radius 2.4 around 0 that holds 95 % of it, so that samples hardly show what is decoded "
        "there. The copies gain only 4 nats.",
        settings=_SHORT | {"beta": 0.1},
        pinned=_SHORT,
        view="Latent map",
    ),
    Preset(
        "β = 4: compressing counts",
        "With a KL term four times as heavy the points keep their spread, nearly, and fit the prior. What grows is "
        "what the map does not show, the cloud of each point: σ² is five times as large, so that digits that look "
        "alike share a place. See the clouds under Latent usage, and draw from them under Reconstructions.",
        settings=_SHORT | {"beta": 4.0},
        pinned=_SHORT,
        view="Latent map",
    ),
    Preset(
        "IWAE: k = 5 importance samples",
        "The tighter bound L₅ lets the encoder be less exact: the ELBO gets worse, and L₅₀ better. Compare both, and "
        "the number of active latents.",
        settings=_SMALL | {"importance_samples": 5},
        pinned=_SMALL,
        view="Training",
    ),
    Preset(
        "IWAE: k = 50 importance samples",
        "The same with L₅₀. It takes 25 times the work of k = 1. Is the step from k = 1 to 5 the larger one, or that "
        "from 5 to 50?",
        settings=_SMALL | {"importance_samples": 50},
        pinned=_SMALL,
        view="Training",
    ),
    Preset(
        "A deeper encoder",
        "Five encoder layers instead of two. After 50 epochs the deeper one is tens of nats behind, has half the KL or "
        "less, and fewer active latents: depth alone uses no more of them, it takes longer to use any.",
        settings=_SMALL | {"encoder_layers": 5},
        pinned=_SMALL,
        view="Training",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(0, 30, 100), previews=True, lacking=(1, 2, 5, 7, 10, 20)),
    Shipped(_FLAT, snapshots=(0, 1, 5, 30, 100)),
    Shipped(_SHORT | {"beta": 0.1}, snapshots=(0, 30)),
    Shipped(_SHORT | {"beta": 4.0}, snapshots=(0, 30)),
    Shipped(BUILT_IN, snapshots=(10, 100), lacking=(50,)),
)
