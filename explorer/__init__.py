"""Generative models made visible: train them, keep every run, look inside.

>>> from explorer import RBMConfig, train, open_run
>>> run = train(RBMConfig(hidden_units=25, epochs=3))
>>> run.metrics()
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.api import open_run, train
    from explorer.models.autoencoder import AutoencoderConfig
    from explorer.models.contractive import ContractiveConfig
    from explorer.models.conv_vae import ConvVAEConfig
    from explorer.models.dbn import DBNConfig
    from explorer.models.dcgan import DCGANConfig
    from explorer.models.deep_autoencoder import DeepAutoencoderConfig
    from explorer.models.deep_classifier import DeepClassifierConfig
    from explorer.models.denoising import DenoisingConfig
    from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
    from explorer.models.pretraining import PretrainingConfig
    from explorer.models.rbm import RBMConfig
    from explorer.models.sparse import SparseConfig
    from explorer.models.vae import VAEConfig
    from explorer.runs.run import Run

__version__ = "0.1.0"  # the only place; what raises it is said in CHANGELOG.md

# Set before torch loads GNU OpenMP, whose threads otherwise spin for milliseconds while they wait. Beside one other
# busy process (a second worker, the server) an epoch of 0.6 s took 3 to 50 s; with this 1.2 s, and alone still 0.6 s.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__all__ = [
    "AutoencoderConfig",
    "ContractiveConfig",
    "ConvVAEConfig",
    "DBNConfig",
    "DCGANConfig",
    "DeepAutoencoderConfig",
    "DeepClassifierConfig",
    "DenoisingConfig",
    "FineTunedDBNConfig",
    "PretrainingConfig",
    "RBMConfig",
    "Run",
    "SparseConfig",
    "VAEConfig",
    "open_run",
    "train",
]

_HOME = {
    "AutoencoderConfig": "explorer.models.autoencoder",
    "ContractiveConfig": "explorer.models.contractive",
    "ConvVAEConfig": "explorer.models.conv_vae",
    "DBNConfig": "explorer.models.dbn",
    "DCGANConfig": "explorer.models.dcgan",
    "DeepAutoencoderConfig": "explorer.models.deep_autoencoder",
    "DeepClassifierConfig": "explorer.models.deep_classifier",
    "DenoisingConfig": "explorer.models.denoising",
    "FineTunedDBNConfig": "explorer.models.fine_tuned_dbn",
    "PretrainingConfig": "explorer.models.pretraining",
    "RBMConfig": "explorer.models.rbm",
    "Run": "explorer.runs.run",
    "SparseConfig": "explorer.models.sparse",
    "VAEConfig": "explorer.models.vae",
    "open_run": "explorer.api",
    "train": "explorer.api",
}


def __getattr__(name: str) -> Any:  # loads torch only when something that needs it is asked for
    if name not in _HOME:
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
