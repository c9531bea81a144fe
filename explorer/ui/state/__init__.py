"""What a page shows: its state in the session and in the address, the runs it is of, and what views are given."""
