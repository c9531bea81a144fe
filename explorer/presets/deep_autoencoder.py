"""Experiments with the deep autoencoder: where it starts, and how far below PCA it comes."""

from explorer.presets.preset import Preset

PRESETS: tuple[Preset, ...] = ()
