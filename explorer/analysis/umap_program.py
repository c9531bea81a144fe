"""UMAP as a program of its own: points (N, Z) come in by standard input, positions (N, 2) go out, both as .npy.

python -m explorer.analysis.umap_program <seed>
"""

from __future__ import annotations

import contextlib
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

    _keep_what_is_compiled()
    layout = UMAP(n_neighbors=NEIGHBORS, min_dist=DISTANCE, random_state=seed)
    return np.asarray(layout.fit_transform(points), np.float32)


def _keep_what_is_compiled() -> None:
    """Let numba keep on disk what it compiles for UMAP: that is done in half a minute, and the rest in one second."""
    from umap import umap_, utils

    for function in (utils.fast_knn_indices, umap_.smooth_knn_dist, umap_.compute_membership_strengths):
        with contextlib.suppress(RuntimeError):  # no folder that can be written: it is compiled each time
            function.enable_caching()


if __name__ == "__main__":
    main()
