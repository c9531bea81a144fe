"""The page of the convolutional variational autoencoder."""

from explorer.ui.model_page import model_page
from explorer.ui.views.vae.views import VIEWS

if __name__ == "__main__":
    model_page("conv-vae", VIEWS)
