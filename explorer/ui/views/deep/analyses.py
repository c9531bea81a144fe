"""Analyses of deep autoencoders that views share."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from explorer.models.autoencoder import Autoencoder
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, key_of, model_of
from explorer.ui.state.subject import Subject
from explorer.ui.views.autoencoder.analyses import CODES, PASSAGE, grey, pca_codes, shown_of, through_model
from explorer.ui.views.code_map import Rival
from explorer.ui.views.reconstructions import Passed


def layers_of(subject: Subject) -> PretrainingConfig:
    """Return the config of the layers that a subject, a stack of them or what was made of one, consists of."""
    config = subject.config
    return config if isinstance(config, PretrainingConfig) else cast(DeepAutoencoderConfig, config).layers


def start_of(subject: Subject) -> Key | None:
    """Return the snapshot of what fine-tuning started from: the layers as they were trained, or its own epoch 0.

    None where neither is kept, or where the subject is no more than layers.
    """
    config = subject.config
    if not isinstance(config, DeepAutoencoderConfig):
        return None
    layers = library().kept(config.layers) if config.start == "pre-trained" else None
    if layers:
        return key_of(layers, config.layers.epochs)
    return key_of(subject.run, 0) if 0 in subject.epochs else None


def _through_start(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], _draw: int) -> Passed:
    key = start_of(subject)
    if key is None:
        raise RuntimeError("asked for a start that is not there")
    return through_model(cast(Autoencoder, model_of(key)), grey(pixels))


LAYERS_PASSAGE = replace(PASSAGE, name="Layers")
DEEP_PASSAGE = replace(PASSAGE, name="Fine-tuned")
START_PASSAGE = replace(
    PASSAGE, through=_through_start, name="Before", moves=False, is_there=lambda subject: start_of(subject) is not None
)
PCA_MAP = Rival(
    "The first two principal components",
    lambda subject: pca_codes(shown_of(subject), 2),
    ("component 1", "component 2"),
)
DEEP_CODES = replace(CODES, beside=PCA_MAP)
