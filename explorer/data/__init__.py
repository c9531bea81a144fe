"""Data sets as uint8 arrays, and where each comes from."""
