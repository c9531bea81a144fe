"""UMAP as a program of its own: points (N, Z) come in by standard input, positions (N, 2) go out, both as .npy.

python -m explorer.analysis.umap_program <seed>
"""

from __future__ import annotations

import io
import sys
import warnings

import numpy as np

from explorer.arrays import Floats

NEIGHBORS, DISTANCE = 15, 0.1  # the method's own defaults


def main() -> None:
    """Read, lay out, write."""
    points, out = np.load(io.BytesIO(sys.stdin.buffer.read())), sys.stdout.buffer
    sys.stdout = sys.stderr  # should a library say something, it is not among the positions
    np.save(out, lay_out(points, int(sys.argv[1])))


def lay_out(points: Floats, seed: int) -> Floats:
    """Return positions (N, 2) of points (N, Z)."""
    warnings.simplefilter("ignore")  # of numba and of the seed, which costs threads
    from umap import UMAP

    layout = UMAP(n_neighbors=NEIGHBORS, min_dist=DISTANCE, random_state=seed)
    return np.asarray(layout.fit_transform(points), np.float32)


if __name__ == "__main__":
    main()
