"""Views of the autoencoder family."""
