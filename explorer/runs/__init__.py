"""Runs on disk: ids, paths, the store, and reading a run back. Nothing here imports torch."""
