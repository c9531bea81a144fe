"""Views of the generative adversarial networks."""
