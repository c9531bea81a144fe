"""The only list of the kinds of model; everything else finds a kind's parts here.

Parts are named, not imported: the list can be read without loading torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Literal

from explorer.errors import ConfigError, Problem

if TYPE_CHECKING:
    from explorer.models.config import ModelConfig

Family = Literal["Boltzmann machines", "Autoencoders", "Variational", "Adversarial"]


@dataclass(frozen=True)
class Kind:
    """One kind of model. `pages/<name>.py` and `explorer/texts/<language>/<name>.md` belong to it.

    A kind whose runs are shown on the page of another has neither.
    """

    name: str
    title: str
    short: str  # the name where there is no room for the title
    family: Family
    summary: str
    config: str  # "module:class" of the ModelConfig
    measures: str  # "module:instance" of the Measures of this kind
    presets: str = ""  # "module:tuple" of the Presets of this kind
    shipped: str = ""  # "module:tuple" of the runs of this kind that come along
    page: str = ""  # the kind on whose page its runs are shown, where it has none of its own

    def load(self, part: Literal["config", "measures", "presets", "shipped"]) -> Any:
        """Import a part and return it, an empty tuple if there is none; "config" and "measures" import torch."""
        if not getattr(self, part):
            return ()
        return resolve_name(getattr(self, part))

    @property
    def config_module(self) -> str:
        """The module of the kind's config class."""
        return self.config.partition(":")[0]

    @property
    def config_name(self) -> str:
        """The name of the kind's config class, which `explorer` offers under it."""
        return self.config.partition(":")[2]

    def config_class(self) -> type[ModelConfig]:
        """Return the kind's config class (imports torch)."""
        return self.load("config")  # type: ignore[no-any-return]


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="rbm",
            title="Restricted Boltzmann machine",
            short="RBM",
            family="Boltzmann machines",
            summary="Two layers of binary units that learn strokes from digits, and dream digits from strokes.",
            config="explorer.models.rbm:RBMConfig",
            measures="explorer.analysis.rbm_measures:MEASURES",
            presets="explorer.presets.rbm:PRESETS",
            shipped="explorer.presets.rbm:SHIPPED",
        ),
        Kind(
            name="gaussian-rbm",
            title="Gaussian–Bernoulli RBM",
            short="Gaussian RBM",
            family="Boltzmann machines",
            summary="An RBM of grey values instead of black and white: what fits well, and why it draws so badly.",
            config="explorer.models.gaussian_rbm:GaussianRBMConfig",
            measures="explorer.analysis.gaussian_rbm_measures:MEASURES",
            presets="explorer.presets.gaussian_rbm:PRESETS",
            shipped="explorer.presets.gaussian_rbm:SHIPPED",
        ),
        Kind(
            name="dbn",
            title="Deep belief network",
            short="DBN",
            family="Boltzmann machines",
            summary="RBMs stacked one upon the other: each learns from the hidden states of the one below.",
            config="explorer.models.dbn:DBNConfig",
            measures="explorer.analysis.dbn_measures:MEASURES",
            presets="explorer.presets.dbn:PRESETS",
            shipped="explorer.presets.dbn:SHIPPED",
        ),
        Kind(
            name="fine-tuned-dbn",
            title="Fine-tuned deep belief network",
            short="Fine-tuned DBN",
            family="Boltzmann machines",
            summary="A DBN whose ways up and down part: awake it learns to generate, asleep to recognise its dreams.",
            config="explorer.models.fine_tuned_dbn:FineTunedDBNConfig",
            measures="explorer.analysis.dbn_measures:FINE_TUNED_MEASURES",
            presets="explorer.presets.fine_tuned_dbn:PRESETS",
            shipped="explorer.presets.fine_tuned_dbn:SHIPPED",
        ),
        Kind(
            name="autoencoder",
            title="Autoencoder",
            short="Autoencoder",
            family="Autoencoders",
            summary="A narrow code between an image and its copy: what a few numbers can hold, beside PCA.",
            config="explorer.models.autoencoder:AutoencoderConfig",
            measures="explorer.analysis.autoencoder_measures:AUTOENCODER",
            presets="explorer.presets.autoencoder:PRESETS",
            shipped="explorer.presets.autoencoder:SHIPPED",
        ),
        Kind(
            name="denoising",
            title="Denoising autoencoder",
            short="Denoising AE",
            family="Autoencoders",
            summary="It learns to undo noise, and so where images are.",
            config="explorer.models.denoising:DenoisingConfig",
            measures="explorer.analysis.autoencoder_measures:DENOISING",
            presets="explorer.presets.denoising:PRESETS",
            shipped="explorer.presets.denoising:SHIPPED",
        ),
        Kind(
            name="contractive",
            title="Contractive autoencoder",
            short="Contractive AE",
            family="Autoencoders",
            summary="A code that answers only to what makes one digit another.",
            config="explorer.models.contractive:ContractiveConfig",
            measures="explorer.analysis.autoencoder_measures:CONTRACTIVE",
            presets="explorer.presets.contractive:PRESETS",
            shipped="explorer.presets.contractive:SHIPPED",
        ),
        Kind(
            name="sparse",
            title="Sparse autoencoder",
            short="Sparse AE",
            family="Autoencoders",
            summary="Many units, of which few are on for an image: each can stand for something.",
            config="explorer.models.sparse:SparseConfig",
            measures="explorer.analysis.autoencoder_measures:SPARSE",
            presets="explorer.presets.sparse:PRESETS",
            shipped="explorer.presets.sparse:SHIPPED",
        ),
        Kind(
            name="pretraining",
            title="Layer-wise pre-training",
            short="Layers",
            family="Autoencoders",
            summary="Layers that each learn to describe what the one below sees: a deep autoencoder's start.",
            config="explorer.models.pretraining:PretrainingConfig",
            measures="explorer.analysis.autoencoder_measures:LAYERS",
            presets="explorer.presets.pretraining:PRESETS",
            shipped="explorer.presets.pretraining:SHIPPED",
        ),
        Kind(
            name="deep-autoencoder",
            title="Deep autoencoder",
            short="Deep AE",
            family="Autoencoders",
            summary="Layers down to 30 numbers and back up, fine-tuned together: far below what PCA can do.",
            config="explorer.models.deep_autoencoder:DeepAutoencoderConfig",
            measures="explorer.analysis.autoencoder_measures:DEEP",
            presets="explorer.presets.deep_autoencoder:PRESETS",
            shipped="explorer.presets.deep_autoencoder:SHIPPED",
        ),
        Kind(
            name="deep-classifier",
            title="Classifier from a deep autoencoder",
            short="Classifier",
            family="Autoencoders",
            summary="What an encoder learned without labels, put to the test with few of them.",
            config="explorer.models.deep_classifier:DeepClassifierConfig",
            measures="explorer.analysis.classifier_measures:MEASURES",
            shipped="explorer.presets.deep_classifier:SHIPPED",
            page="deep-autoencoder",
        ),
        Kind(
            name="vae",
            title="Variational autoencoder",
            short="VAE",
            family="Variational",
            summary="Two networks that agree on a few numbers for each digit, in a space that can be walked through.",
            config="explorer.models.vae:VAEConfig",
            measures="explorer.analysis.vae_measures:MEASURES",
            presets="explorer.presets.vae:PRESETS",
            shipped="explorer.presets.vae:SHIPPED",
        ),
        Kind(
            name="conv-vae",
            title="Convolutional variational autoencoder",
            short="Conv VAE",
            family="Variational",
            summary="The same with convolutions: fewer weights that know what an image is.",
            config="explorer.models.conv_vae:ConvVAEConfig",
            measures="explorer.analysis.vae_measures:CONV_MEASURES",
            presets="explorer.presets.conv_vae:PRESETS",
            shipped="explorer.presets.conv_vae:SHIPPED",
        ),
        Kind(
            name="dcgan",
            title="Deep convolutional GAN",
            short="DCGAN",
            family="Adversarial",
            summary="A forger and a detective who learn from each other: forged digits get hard to tell from real.",
            config="explorer.models.dcgan:DCGANConfig",
            measures="explorer.analysis.gan_measures:MEASURES",
            presets="explorer.presets.dcgan:PRESETS",
            shipped="explorer.presets.dcgan:SHIPPED",
        ),
    )
}


PAGES = {name: kind for name, kind in KINDS.items() if not kind.page}  # those with a page of their own


def kind_of(name: str) -> Kind:
    """Return the kind of this name.

    Raises:
        ConfigError: there is no such kind.
    """
    if name not in KINDS:
        raise ConfigError([Problem("kind", name, f"one of {', '.join(KINDS)}")])
    return KINDS[name]
