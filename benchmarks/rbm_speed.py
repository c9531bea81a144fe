"""How long an RBM epoch takes: the lab's template, scikit-learn, ours, and the matrix products alone, in one run.

    python -m benchmarks.rbm_speed            # full MNIST, 1 and 2 threads, about two minutes

784×100 units, CD-1, batches of 100, 60,000 images. Everything runs interleaved, `--rounds` times, and the median
counts, so that a machine that slows down meanwhile slows down everything.
"""

from __future__ import annotations

from functools import partial

from benchmarks.side_by_side import (
    OURS,
    PRODUCTS,
    TEMPLATE,
    Epoch,
    Ratio,
    compare,
    explorer_epoch,
    mnist_template_batches,
)

SKLEARN = "scikit-learn's BernoulliRBM"
VISIBLE, HIDDEN, BATCH, IMAGES, RATE = 784, 100, 100, 60_000, 0.1


def template_epoch() -> Epoch:
    """Return the epoch of the lab's template."""
    import torch

    batches = mnist_template_batches(BATCH)
    W, a, b = torch.randn(VISIBLE, HIDDEN) * 0.1, torch.zeros(VISIBLE), torch.zeros(HIDDEN)

    def epoch() -> None:
        for images, _ in batches():
            v0 = torch.bernoulli(images.view(-1, VISIBLE))
            p0 = torch.sigmoid(v0 @ W + b)
            v1 = torch.bernoulli(torch.sigmoid(torch.bernoulli(p0) @ W.T + a))
            p1 = torch.sigmoid(v1 @ W + b)
            W.add_(RATE * (v0.T @ p0 - v1.T @ p1) / len(v0))
            a.add_(RATE * (v0 - v1).mean(dim=0))
            b.add_(RATE * (p0 - p1).mean(dim=0))

    return epoch


def sklearn_epoch(precision: str = "float64") -> Epoch:
    """Return one iteration of scikit-learn's BernoulliRBM (persistent CD) on binarized images.

    It computes in double precision unless its input is float32.
    """
    import numpy as np
    from sklearn.neural_network import BernoulliRBM

    from explorer.data.catalogue import load

    images = (load("mnist").train > np.random.default_rng(0).integers(0, 255, VISIBLE)).astype(precision)
    model = BernoulliRBM(n_components=HIDDEN, learning_rate=RATE, batch_size=BATCH, n_iter=1, random_state=0)
    return lambda: model.fit(images)


def ours() -> Epoch:
    """Return the explorer's epoch."""
    from explorer import RBMConfig

    return explorer_epoch(RBMConfig(dataset="mnist", hidden_units=HIDDEN, batch_size=BATCH, learning_rate=RATE))


def floor_epoch() -> Epoch:
    """Return the matrix products that an epoch cannot do without: three passes and the statistics."""
    import torch

    W = torch.randn(VISIBLE, HIDDEN)
    v, h = torch.rand(BATCH, VISIBLE), torch.rand(BATCH, HIDDEN)
    both_v, both_h = torch.rand(2 * BATCH, VISIBLE), torch.rand(2 * BATCH, HIDDEN)
    up, down, statistics = v @ W, h @ W.T, both_v.T @ both_h

    def epoch() -> None:
        for _ in range(IMAGES // BATCH):
            torch.mm(v, W, out=up)
            torch.mm(h, W.T, out=down)
            torch.mm(v, W, out=up)
            torch.mm(both_v.T, both_h, out=statistics)

    return epoch


if __name__ == "__main__":
    compare(
        "rbm_speed",
        __doc__ or "",
        "RBM",
        f"An epoch of 60,000 images, {VISIBLE}-{HIDDEN}, CD-1, batches of {BATCH}.",
        {
            TEMPLATE: template_epoch,
            SKLEARN: sklearn_epoch,
            f"{SKLEARN}, fed float32": partial(sklearn_epoch, "float32"),
            PRODUCTS: floor_epoch,
            OURS: ours,
        },
        {
            "faster than the template": Ratio(TEMPLATE, OURS, "≥ 6×"),
            "faster than scikit-learn": Ratio(SKLEARN, OURS, "≥ 3×"),
            "slower than the products alone": Ratio(OURS, PRODUCTS, "≤ 3×"),
        },
    )
