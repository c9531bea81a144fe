"""The page of the deep autoencoder."""

from explorer.ui.model_page import model_page
from explorer.ui.views.autoencoder.adapters import PCA_PASSAGE
from explorer.ui.views.autoencoder.nearest import nearest_view
from explorer.ui.views.autoencoder.weights import WEIGHTS_SOURCE
from explorer.ui.views.code_map.view import code_map
from explorer.ui.views.deep.adapters import DEEP_CODES, DEEP_PASSAGE, START_PASSAGE
from explorer.ui.views.deep.few_labels import few_labels
from explorer.ui.views.deep.stages import stages_view
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Reconstructions": reconstructions(DEEP_PASSAGE, PCA_PASSAGE, START_PASSAGE),
    "Stages": stages_view,
    "Code space": code_map(DEEP_CODES),
    "Nearest images": nearest_view,
    "Few labels": few_labels,
    "Weights": weights(WEIGHTS_SOURCE),
    "Training": training,
}

if __name__ == "__main__":
    model_page("deep-autoencoder", VIEWS)
