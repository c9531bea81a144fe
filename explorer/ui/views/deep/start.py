"""What a deep autoencoder was made of: its layers, and the weights that fine-tuning started from."""

from __future__ import annotations

from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.ui.shelf.services import library
from explorer.ui.shelf.snapshots import Key, key_of
from explorer.ui.state.subject import Subject


def layers_of(subject: Subject) -> PretrainingConfig:
    """Return the config of the layers that a subject, a stack of them or what was made of one, consists of."""
    config = subject.config
    return config if isinstance(config, PretrainingConfig) else subject.config_as(DeepAutoencoderConfig).layers


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
