"""How long a DCGAN epoch takes: the lab's template and ours, in one run.

    python -m benchmarks.dcgan_speed            # full MNIST, 1 and 2 threads, about ten minutes
    python -m benchmarks.dcgan_speed --rounds 1 # about five

Images of 32×32, a quarter of the lab's width, batches of 100, 60,000 images. Both run on the GPU where there is one;
EXPLORER_DEVICE=cpu keeps them from it.
"""

from __future__ import annotations

from benchmarks.side_by_side import OURS, TEMPLATE, Epoch, Ratio, compare, explorer_epoch, mnist_template_batches

SIDE, WIDTH, LATENTS, BATCH = 32, 16, 100, 100
RATE, BETAS = 2e-4, (0.3, 0.999)
NOTES = """\
The template's DataLoader resizes each image, and its loop looks at each loss. On a GPU, and on a CPU with instructions
for bfloat16, the explorer's convolutions multiply in 16 bits and add up in 32."""


def template_epoch() -> Epoch:
    """Return the epoch of the lab's template: modules, a DataLoader that resizes each image, a look at each loss."""
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy
    from torchvision.transforms import Compose, Normalize, Resize, ToTensor

    from explorer.training.device import pick_device

    device = pick_device()
    batches = mnist_template_batches(BATCH, Compose([Resize(SIDE), ToTensor(), Normalize(0.5, 0.5)]))

    def up(below: int, above: int, stride: int = 2, padding: int = 1) -> list[nn.Module]:
        convolution = nn.ConvTranspose2d(below, above, 4, stride, padding, bias=False)
        return [convolution, nn.BatchNorm2d(above), nn.LeakyReLU(0.2)]

    generator = nn.Sequential(
        *up(LATENTS, 8 * WIDTH, 1, 0),
        *up(8 * WIDTH, 4 * WIDTH),
        *up(4 * WIDTH, 2 * WIDTH),
        nn.ConvTranspose2d(2 * WIDTH, 1, 4, 2, 1),
        nn.Tanh(),
    ).to(device)
    discriminator = nn.Sequential(
        nn.Conv2d(1, WIDTH, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(WIDTH, 2 * WIDTH, 4, 2, 1, bias=False),
        nn.BatchNorm2d(2 * WIDTH),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * WIDTH, 1, SIDE // 4),
        nn.Sigmoid(),
        nn.Flatten(0),
    ).to(device)
    of_generator = torch.optim.Adam(generator.parameters(), RATE, BETAS)
    of_discriminator = torch.optim.Adam(discriminator.parameters(), RATE, BETAS)

    def epoch() -> None:
        for batch, _ in batches():
            images = batch.to(device)
            ones, zeros = torch.ones(len(images), device=device), torch.zeros(len(images), device=device)
            generated = generator(torch.randn(len(images), LATENTS, 1, 1, device=device))
            real_loss = binary_cross_entropy(discriminator(images), ones)
            fake_loss = binary_cross_entropy(discriminator(generated.detach()), zeros)
            of_discriminator.zero_grad()
            (real_loss + fake_loss).backward()
            of_discriminator.step()
            loss = binary_cross_entropy(discriminator(generated), ones)
            of_generator.zero_grad()
            loss.backward()
            of_generator.step()
            _ = real_loss.item(), fake_loss.item(), loss.item()

    return epoch


def ours() -> Epoch:
    """Return the explorer's epoch."""
    from explorer.models.dcgan import DCGANConfig
    from explorer.training.device import pick_device

    config = DCGANConfig(dataset="mnist", image_size=str(SIDE), width=WIDTH, batch_size=BATCH)
    return explorer_epoch(config, pick_device())


if __name__ == "__main__":
    from explorer.training.device import pick_device

    compare(
        "dcgan_speed",
        __doc__ or "",
        "DCGAN",
        f"An epoch of 60,000 images, {SIDE}×{SIDE}, width {WIDTH}, batches of {BATCH}, device: {pick_device()}.",
        {TEMPLATE: template_epoch, OURS: ours},
        {"faster than the template": Ratio(TEMPLATE, OURS, "≥ 2×; on a GPU ≥ 4×")},
        notes=NOTES,
        rounds=2,
    )
