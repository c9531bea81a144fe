"""Views of the deep autoencoder, of the layers it starts with and of the classifier made of it."""
