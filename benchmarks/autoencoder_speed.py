"""How long an epoch of each single-layer autoencoder takes: as the lab's templates do it, ours, and products alone.

    python -m benchmarks.autoencoder_speed      # full MNIST, 1 and 2 threads, about fifteen minutes

The classic one has 784-30 units, the others tied weights. Adam, batches of 100, 60,000 images. All in one run.

A step of the wide ones is matrix products for the most part, the same on both sides: the widest cannot be 3 times as
fast as the template, whose other half is what can be saved. So those of each width are measured alone, too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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

PIXELS, BATCH, IMAGES = 784, 100, 60_000
CLASSIC, DENOISING, CONTRACTIVE, WIDE = "classic, 30 units", "denoising, 500", "contractive, 200", "contractive, 500"
CORRECTED, PENALISED = "sparse, 400, bias correction", "sparse, 400, KL penalty"
UNITS = {CLASSIC: 30, DENOISING: 500, CONTRACTIVE: 200, WIDE: 500, CORRECTED: 400, PENALISED: 400}
WIDTHS = (200, 400, 500)  # of the networks that are mostly matrix products
NOISE, STRENGTH = 0.3, 0.1  # share of masked pixels; weight of the contractive penalty
TARGET, WEIGHT, MEMORY, CORRECTION = 0.05, 3.0, 0.9, 0.1  # of the sparse one


def template_epoch(name: str) -> Epoch:
    """Return the epoch of a program like the lab's templates: a DataLoader, autograd, torch's Adam as it comes."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    batches = mnist_template_batches(BATCH)
    units = UNITS[name]
    encoder = nn.Linear(PIXELS, units)
    visible_bias = nn.Parameter(torch.zeros(PIXELS))
    tied = name != CLASSIC
    decoder = None if tied else nn.Linear(units, PIXELS)
    parameters = [*encoder.parameters(), *(decoder.parameters() if decoder else [visible_bias])]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    running_mean = torch.full((units,), TARGET)

    def loss_of(x: Any, h: Any) -> Any:
        output = decoder(h) if decoder else F.linear(h, encoder.weight.t(), visible_bias)
        if name == CLASSIC:
            return F.mse_loss(output, x, reduction="sum") / len(x)
        loss = F.binary_cross_entropy_with_logits(output, x, reduction="sum") / len(x)
        if name in (CONTRACTIVE, WIDE):
            slopes = (h * (1 - h)) ** 2
            loss = loss + STRENGTH * (slopes @ (encoder.weight**2).sum(dim=1)).mean()
        if name == PENALISED:
            mean = h.mean(dim=0)
            divergence = TARGET * torch.log(TARGET / mean) + (1 - TARGET) * torch.log((1 - TARGET) / (1 - mean))
            loss = loss + WEIGHT * divergence.sum()
        return loss

    def epoch() -> None:
        for images, _ in batches():
            x = images.view(-1, PIXELS)
            seen = x * (torch.rand_like(x) > NOISE) if name == DENOISING else x
            h = torch.sigmoid(encoder(seen))
            loss = loss_of(x, h)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if name == CORRECTED:
                with torch.no_grad():
                    running_mean.mul_(MEMORY).add_(h.mean(dim=0), alpha=1 - MEMORY)
                    encoder.bias -= CORRECTION * (running_mean - TARGET)

    return epoch


def ours(name: str) -> Epoch:
    """Return the explorer's epoch of the same network."""
    from explorer.models.autoencoder import AutoencoderConfig
    from explorer.models.contractive import ContractiveConfig
    from explorer.models.denoising import DenoisingConfig
    from explorer.models.sparse import SparseConfig

    configs: dict[str, Callable[..., Any]] = {
        CLASSIC: AutoencoderConfig,
        DENOISING: DenoisingConfig,
        CONTRACTIVE: ContractiveConfig,
        WIDE: ContractiveConfig,
        CORRECTED: partial(SparseConfig, variant="bias correction"),
        PENALISED: partial(SparseConfig, variant="KL penalty"),
    }
    return explorer_epoch(configs[name](dataset="mnist", code_size=UNITS[name], batch_size=BATCH))


def floor_epoch(units: int) -> Epoch:
    """Return the products of an encoder of so many units and of its transpose; pixels get no gradient."""
    import torch

    def factors() -> list[tuple[Any, Any]]:
        W, x, h = torch.randn(PIXELS, units), torch.rand(BATCH, PIXELS), torch.rand(BATCH, units)
        return [*layer_products(x, W, h, first=True), *layer_products(h, W.T, x)]

    return products_epoch(factors, IMAGES // BATCH)


if __name__ == "__main__":
    programs = {TEMPLATE: template_epoch, OURS: ours}
    subjects = {f"{name}: {who}": partial(program, name) for name in UNITS for who, program in programs.items()}
    ratios = {f"{name}: faster": Ratio(f"{name}: {TEMPLATE}", f"{name}: {OURS}", "≥ 3×") for name in UNITS}
    compare(
        "autoencoder_speed",
        __doc__ or "",
        "Autoencoders with one hidden layer",
        f"An epoch of 60,000 images, batches of {BATCH}.",
        subjects | {f"{units} units: {PRODUCTS}": partial(floor_epoch, units) for units in WIDTHS},
        ratios
        | {
            f"{name}: slower than its products": Ratio(f"{name}: {OURS}", f"{units} units: {PRODUCTS}", "≤ 1.3×")
            for name, units in UNITS.items()
            if units in WIDTHS
        },
        notes="What the wide networks miss of the first goal are matrix products, which are torch's on both sides.",
        rounds=2,
    )
