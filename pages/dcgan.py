"""The page of the deep convolutional GAN."""

from explorer.ui.model_page import model_page
from explorer.ui.views.gan.views import VIEWS

if __name__ == "__main__":
    model_page("dcgan", VIEWS)
