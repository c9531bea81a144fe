"""Configs: the only place where a hyperparameter is described.

Sliders, command-line flags, URL parameters, validation and documentation are all derived from what stands in a config
class. A class declares its fields (`declare`, `fields`) on top of what every kind has (`base`); `describe` reads the
declarations, `read` takes settings from outside, and `values` knows which values there are.
"""

from explorer.models.config import fields
from explorer.models.config.base import ModelConfig
from explorer.models.config.declare import LayerSizes, field_error, hyperparameter, is_added, layer_sizes, parent
from explorer.models.config.describe import Hyperparameter, default_values, hyperparameters, parent_fields
from explorer.models.config.read import flat, nested, read_value
from explorer.models.config.values import ANEW, Origin, origin_in, text_of

__all__ = [
    "ANEW",
    "Hyperparameter",
    "LayerSizes",
    "ModelConfig",
    "Origin",
    "default_values",
    "field_error",
    "fields",
    "flat",
    "hyperparameter",
    "hyperparameters",
    "is_added",
    "layer_sizes",
    "nested",
    "origin_in",
    "parent",
    "parent_fields",
    "read_value",
    "text_of",
]
