"""The training loop: a generator of one record per epoch. It neither prints nor writes."""
