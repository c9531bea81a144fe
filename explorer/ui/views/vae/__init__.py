"""Views of the variational autoencoders."""
