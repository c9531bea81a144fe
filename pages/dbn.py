"""The page of the deep belief network."""

from explorer.ui.model_page import model_page
from explorer.ui.views.dbn.adapters import PASSAGE, RBM_PASSAGE, RBM_SAMPLER, SAMPLER
from explorer.ui.views.dbn.learning import learning
from explorer.ui.views.dbn.steps import dbn_steps
from explorer.ui.views.dbn.weights import WEIGHTS_SOURCE
from explorer.ui.views.generate import generation
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Weights": weights(WEIGHTS_SOURCE),
    "Reconstructions": reconstructions(PASSAGE, RBM_PASSAGE),
    "Generate": generation(SAMPLER, RBM_SAMPLER),
    "How it learns": learning(dbn_steps),
    "Training": training,
}

if __name__ == "__main__":
    model_page("dbn", VIEWS)
