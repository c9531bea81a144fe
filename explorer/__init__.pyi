# Written by scripts/public_names.py.

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
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.models.rbm import RBMConfig
from explorer.models.sparse import SparseConfig
from explorer.models.vae import VAEConfig
from explorer.runs.run import Run

__version__: str

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
    "GaussianRBMConfig",
    "PretrainingConfig",
    "RBMConfig",
    "Run",
    "SparseConfig",
    "VAEConfig",
    "open_run",
    "train",
]
