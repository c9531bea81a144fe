"""The lab's experiments as named settings: plain values, read without loading torch."""
