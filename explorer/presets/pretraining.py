"""Experiments with layer-wise pre-training: what layers learn one by one."""

from explorer.presets.preset import Preset

PRESETS: tuple[Preset, ...] = ()
