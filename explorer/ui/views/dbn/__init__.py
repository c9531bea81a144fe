"""Views of the deep belief network, plain and fine-tuned."""
