"""Numbers computed from a trained model."""
