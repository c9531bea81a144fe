"""Measurements, run by hand: `python -m benchmarks.<name>`. None of them is a test."""
