"""The page of the variational autoencoder."""

from explorer.ui.model_page import model_page
from explorer.ui.views.vae.views import VIEWS

if __name__ == "__main__":
    model_page("vae", VIEWS)
