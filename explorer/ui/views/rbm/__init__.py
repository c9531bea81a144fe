"""Views of the restricted Boltzmann machine."""
