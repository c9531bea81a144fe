"""The page of the denoising autoencoder."""

from explorer.ui.model_page import model_page
from explorer.ui.views.autoencoder.adapters import CODES, PASSAGE
from explorer.ui.views.autoencoder.chain import sampling_chain
from explorer.ui.views.autoencoder.denoise import denoise_view
from explorer.ui.views.autoencoder.field import correction
from explorer.ui.views.autoencoder.weights import WEIGHTS_SOURCE
from explorer.ui.views.code_map.view import code_map
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Weights": weights(WEIGHTS_SOURCE),
    "Reconstructions": reconstructions(PASSAGE),
    "Denoise": denoise_view,
    "Correction field": correction,
    "Sampling chain": sampling_chain,
    "Code space": code_map(CODES),
    "Training": training,
}

if __name__ == "__main__":
    model_page("denoising", VIEWS)
