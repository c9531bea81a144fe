"""Experiments with the convolutional VAE, after the lab."""

from explorer.presets.preset import Preset

PRESETS = (
    Preset(
        "The lab's convolutional VAE: 8 latents",
        "Drag through the epochs: samples of the same latents, from noise to digits within a few epochs.",
        settings={"dataset": "mnist", "epochs": 10},
        view="Generate",
    ),
    Preset(
        "2 latents: the map",
        "Point anywhere: the picture under the pointer is what the decoder makes of that place.",
        settings={"dataset": "mnist", "latent_size": 2, "epochs": 10},
        view="Latent map",
    ),
)
