"""The page of the classic autoencoder."""

from explorer.ui.model_page import model_page
from explorer.ui.views.autoencoder.adapters import CODES, PASSAGE, PCA_PASSAGE
from explorer.ui.views.autoencoder.beside_pca import beside_pca
from explorer.ui.views.autoencoder.nearest import nearest_view
from explorer.ui.views.autoencoder.weights import WEIGHTS_SOURCE
from explorer.ui.views.code_map.view import code_map
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Weights": weights(WEIGHTS_SOURCE),
    "Reconstructions": reconstructions(PASSAGE, PCA_PASSAGE),
    "Beside PCA": beside_pca,
    "Code space": code_map(CODES),
    "Nearest images": nearest_view,
    "Training": training,
}

if __name__ == "__main__":
    model_page("autoencoder", VIEWS)
