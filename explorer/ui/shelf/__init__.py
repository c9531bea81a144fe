"""What all sessions of a server share: runs, models of snapshots, images, and what was computed of them."""
