"""Experiments with the DCGAN, after the lab."""

from explorer.presets.preset import Preset

PRESETS: tuple[Preset, ...] = ()
