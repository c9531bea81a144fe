"""The views of every variational autoencoder's page, in the order of its tabs."""

from explorer.ui.views.code_map.view import code_map
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.vae.adapters import LATENTS, PASSAGE
from explorer.ui.views.vae.likelihood import likelihood
from explorer.ui.views.vae.samples import generate
from explorer.ui.views.vae.usage import usage
from explorer.ui.views.vae.walk import walk

VIEWS = {
    "Reconstructions": reconstructions(PASSAGE),
    "Latent usage": usage,
    "Latent map": code_map(LATENTS),
    "Walk": walk,
    "Generate": generate,
    "Likelihood": likelihood,
    "Training": training,
}
