"""One digit through a run of every kind at once, and samples of each kind that generates."""
