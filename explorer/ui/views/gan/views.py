"""The views of a generative adversarial network's page, in the order of its tabs."""

from explorer.ui.views.gan.discriminator import discriminator
from explorer.ui.views.gan.layers import layers
from explorer.ui.views.gan.quality import quality
from explorer.ui.views.gan.samples import samples
from explorer.ui.views.gan.walk import walk
from explorer.ui.views.training import training

VIEWS = {
    "Samples": samples,
    "Walk": walk,
    "Discriminator": discriminator,
    "Layers": layers,
    "Quality": quality,
    "Training": training,
}
