"""Experiments with few labels: what an encoder that has seen images without labels is worth."""

from explorer.presets.preset import Preset

PRESETS: tuple[Preset, ...] = ()
