"""How long a VAE epoch takes: the lab's template, ours, and our matrix products alone, in one run.

    python -m benchmarks.vae_speed            # full MNIST, 1 and 2 threads, about four minutes

784-200-200-20 and back, softplus, Adam, batches of 100, 60,000 images.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from benchmarks.side_by_side import (
    OURS,
    PRODUCTS,
    TEMPLATE,
    Epoch,
    Ratio,
    compare,
    explorer_epoch,
    layer_products,
    mnist_template_batches,
    products_epoch,
)

PIXELS, HIDDEN, LATENTS, BATCH, IMAGES = 784, 200, 20, 100, 60_000
ENCODER, DECODER = (PIXELS, HIDDEN, HIDDEN, 2 * LATENTS), (LATENTS, HIDDEN, HIDDEN, PIXELS)


def template_epoch() -> Epoch:
    """Return the epoch of the lab's template: modules, a DataLoader, torch's Adam as it comes."""
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits

    batches = mnist_template_batches(BATCH)
    encoder = nn.Sequential(
        nn.Linear(PIXELS, HIDDEN),
        nn.Softplus(),
        nn.Linear(HIDDEN, HIDDEN),
        nn.Softplus(),
        nn.Linear(HIDDEN, 2 * LATENTS),
    )
    decoder = nn.Sequential(
        nn.Linear(LATENTS, HIDDEN), nn.Softplus(), nn.Linear(HIDDEN, HIDDEN), nn.Softplus(), nn.Linear(HIDDEN, PIXELS)
    )
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)

    def epoch() -> None:
        for images, _ in batches():
            x = torch.bernoulli(images.view(-1, PIXELS))
            mean, log_variance = encoder(x).chunk(2, dim=1)
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            cross_entropy = binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            optimizer.zero_grad()
            ((cross_entropy + kl) / len(x)).backward()
            optimizer.step()

    return epoch


def ours() -> Epoch:
    """Return the explorer's epoch."""
    from explorer import VAEConfig

    return explorer_epoch(VAEConfig(dataset="mnist", hidden_units=HIDDEN, latent_size=LATENTS, batch_size=BATCH))


def floor_epoch() -> Epoch:
    """Return the products of every layer, forward and backward; pixels get no gradient."""
    import torch

    def factors() -> list[tuple[Any, Any]]:
        layers = [
            (sizes is ENCODER and place == 0, *pair)
            for sizes in (ENCODER, DECODER)
            for place, pair in enumerate(pairwise(sizes))
        ]
        return [
            pair
            for first, n, m in layers
            for pair in layer_products(torch.rand(BATCH, n), torch.randn(n, m), torch.rand(BATCH, m), first=first)
        ]

    return products_epoch(factors, IMAGES // BATCH)


if __name__ == "__main__":
    compare(
        "vae_speed",
        __doc__ or "",
        "VAE",
        f"An epoch of 60,000 images, {PIXELS}-{HIDDEN}-{HIDDEN}-{LATENTS}, batches of {BATCH}.",
        {TEMPLATE: template_epoch, PRODUCTS: floor_epoch, OURS: ours},
        {
            "faster than the template": Ratio(TEMPLATE, OURS, "≥ 3×"),
            "slower than the products alone": Ratio(OURS, PRODUCTS, "≤ 1.3×"),
        },
    )
