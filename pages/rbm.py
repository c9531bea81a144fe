"""The page of the restricted Boltzmann machine."""

from explorer.ui.model_page import model_page
from explorer.ui.views.activation import activation
from explorer.ui.views.build_up import build_up_view
from explorer.ui.views.generate import generate
from explorer.ui.views.reconstructions import reconstructions
from explorer.ui.views.training import training
from explorer.ui.views.weights import weights

VIEWS = {
    "Weights": weights,
    "Reconstructions": reconstructions,
    "Activation": activation,
    "Build-up": build_up_view,
    "Generate": generate,
    "Training": training,
}

if __name__ == "__main__":
    model_page("rbm", VIEWS)
