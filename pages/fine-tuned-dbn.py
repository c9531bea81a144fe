"""The page of the deep belief network after its fine-tuning by the up-down algorithm."""

from explorer.ui.model_page import model_page
from explorer.ui.views.dbn.adapters import (
    BASE_PASSAGE,
    BASE_SAMPLER,
    FINE_TUNED_PASSAGE,
    FINE_TUNED_SAMPLER,
    RBM_PASSAGE,
    RBM_SAMPLER,
)
from explorer.ui.views.dbn.learning import learning
from explorer.ui.views.dbn.steps import fine_tuning_steps
from explorer.ui.views.dbn.up_down import UP_DOWN_SOURCE
from explorer.ui.views.generate import generation
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Up and down weights": weights(UP_DOWN_SOURCE),
    "Reconstructions": reconstructions(FINE_TUNED_PASSAGE, RBM_PASSAGE, BASE_PASSAGE),
    "Generate": generation(FINE_TUNED_SAMPLER, RBM_SAMPLER, BASE_SAMPLER),
    "How it learns": learning(fine_tuning_steps, 0),
    "Training": training,
}

if __name__ == "__main__":
    model_page("fine-tuned-dbn", VIEWS)
