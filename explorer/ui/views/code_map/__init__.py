"""The codes of the test images as a map: what is laid out, in which plane, and what is picked on it."""
