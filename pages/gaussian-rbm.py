"""The page of the Gaussian–Bernoulli restricted Boltzmann machine: the RBM's views, of real-valued pixels."""

from explorer.ui.model_page import model_page
from explorer.ui.views.generate import generation
from explorer.ui.views.rbm.activation import activation
from explorer.ui.views.rbm.adapters import GAUSSIAN_PASSAGE, GAUSSIAN_SAMPLER
from explorer.ui.views.rbm.build_up import build_up_view
from explorer.ui.views.rbm.weights import WEIGHTS_SOURCE
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Weights": weights(WEIGHTS_SOURCE),
    "Reconstructions": reconstructions(GAUSSIAN_PASSAGE),
    "Activation": activation,
    "Build-up": build_up_view,
    "Generate": generation(GAUSSIAN_SAMPLER),
    "Training": training,
}

if __name__ == "__main__":
    model_page("gaussian-rbm", VIEWS)
