"""Experiments with the Gaussian–Bernoulli RBM."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import Shipped

_LONG = {"dataset": "mnist", "epochs": 30}
PRESETS: tuple[Preset, ...] = ()
SHIPPED: tuple[Shipped, ...] = ()
