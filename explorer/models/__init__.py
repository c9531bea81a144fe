"""The models: one file each, with its config, its distribution or network, and its learning rule."""
