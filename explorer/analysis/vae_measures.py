"""What is measured of a variational autoencoder while it trains."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from explorer.analysis.bounds import importance_bound, quadrature
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.findings.variational import variational_findings
from explorer.analysis.latent import ACTIVE_ABOVE
from explorer.analysis.measures import Contrast, Heavy, Measures, Metric, Pulse, TestBed
from explorer.models.variational import VariationalConfig, VariationalModel, bound_terms, draw_latents, kl_to_prior
from explorer.plots.tiles import Picture, quantize, tile_picture

AT_ONCE = 2_000  # images
BOUND_SAMPLES = 50
BOUND_IMAGES, CONV_IMAGES = 500, 100  # all figures of a snapshot are of the same images
PIXELS = "dataset", "binarize", "decoder"  # densities of grey values and probabilities of sampled ones are two things
PICTURED = 100  # samples of the preview


class VariationalMeasures(Measures):
    """ELBO and its terms on the test set each epoch; the tighter L₅₀, and with few latents log p(x), are heavy."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "elbo",
            "ELBO (test)",
            "nats per image",
            "Lower bound of log p(x), with pixels as in training: reconstruction minus KL. Mean over all test images.",
            depends=PIXELS,
        ),
        Metric("elbo_train", "ELBO (training)", "nats per image", "Mean over the epoch.", beside="elbo"),
        Metric(
            "bound_train",
            "Bound Lₖ (training)",
            "nats per image",
            "What is maximised with k importance samples; mean over the epoch. A bound of log p(x) only if β is 1.",
            beside="elbo",
        ),
        Metric(
            "reconstruction",
            "Reconstruction term (test)",
            "nats per image",
            "E_q[log p(x|z)]: how probable the image is, decoded from its own latent.",
            depends=PIXELS,
        ),
        Metric(
            "reconstruction_train",
            "Reconstruction term (training)",
            "nats per image",
            "Mean over the epoch.",
            beside="reconstruction",
        ),
        Metric(
            "kl",
            "KL term (test)",
            "nats per image",
            "KL(q(z|x) ‖ p(z)): how much the latent tells about its image.",
        ),
        Metric("kl_train", "KL term (training)", "nats per image", "Mean over the epoch.", beside="kl"),
        Metric(
            "active_latents",
            "Active latents",
            "latents",
            f"Latents whose mean μ varies over the test images, by a variance above {ACTIVE_ABOVE}.",
        ),
        Metric(
            "bound_50",
            "Bound L₅₀ (test)",
            "nats per image",
            f"Importance-weighted, 50 samples, on {BOUND_IMAGES} test images ({CONV_IMAGES} if convolutional).",
            error="bound_50_error",
            depends=PIXELS,
        ),
        Metric("bound_50_error", "Standard error of L₅₀", "nats", "Of the mean over these images."),
        Metric("bound_1", "ELBO of the same images", "nats per image", "The bound with 1 sample.", beside="bound_50"),
        Metric(
            "log_likelihood",
            "Log-likelihood of the same images",
            "nats per image",
            "log p(x) itself, by a fine grid over 1 or 2 latents: above every bound.",
            beside="bound_50",
        ),
    )
    headline = ("elbo", "active_latents")
    contrast = Contrast(
        "Copying against compressing",
        "kl",
        "reconstruction",
        "One point for each epoch. Up is a better copy, right a latent that says more. The ELBO is their difference.",
    )

    def __init__(self, images: int) -> None:
        self._images = images  # of the heavy figures

    @torch.no_grad()
    def _each_epoch(self, model: VariationalModel, bed: TestBed) -> dict[str, float]:
        """Return ELBO, its terms and the number of active latents, on all test images."""
        sums, means = torch.zeros(2, device=bed.test.device), []
        for pixels in torch.split(bed.test, AT_ONCE):
            x = model.observe(pixels, bed.generator)
            mean, log_variance = model.encode(x)
            z = draw_latents(mean, log_variance, 1, bed.generator)
            sums += torch.stack([model.log_prob(x, z).sum(), kl_to_prior(mean, log_variance).sum()])
            means.append(mean)
        reconstruction, kl = (sums / len(bed.test)).tolist()
        active = torch.cat(means).var(dim=0, correction=0) > ACTIVE_ABOVE
        return {
            "elbo": reconstruction - kl,
            "reconstruction": reconstruction,
            "kl": kl,
            "active_latents": float(active.sum()),
        }

    def heavy(self, config: VariationalConfig) -> tuple[Heavy, ...]:
        """Return L₅₀, and log p(x) where a grid over the latents is fine enough."""
        bounds = Heavy("bounds", ("bound_1", "bound_50", "bound_50_error"), self._bounds)
        if config.latent_size > 2:
            return (bounds,)
        return bounds, Heavy("quadrature", ("log_likelihood",), self._quadrature, long=True)

    def _found(self, config: VariationalConfig, figures: Figures) -> list[Finding]:
        return variational_findings(config, figures)

    @torch.no_grad()
    def _bounds(self, model: VariationalModel, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        x = model.observe(bed.test[: self._images], bed.generator)
        reconstruction, kl = bound_terms(model, x, bed.generator)
        bound = importance_bound(model, x, BOUND_SAMPLES, bed.generator, pulse)
        return {
            "bound_1": float((reconstruction - kl).mean()),
            "bound_50": float(bound.mean()),
            "bound_50_error": float(bound.std() / len(x) ** 0.5),
        }

    @torch.no_grad()
    def _quadrature(self, model: VariationalModel, bed: TestBed, pulse: Pulse) -> dict[str, float]:
        x = model.observe(bed.test[: self._images], bed.generator)  # the same pixels as the bounds are of
        return {"log_likelihood": float(quadrature(model, x, pulse=pulse).mean())}

    @torch.no_grad()
    def histograms(self, model: VariationalModel, bed: TestBed) -> dict[str, Tensor]:
        """Return all parameters, and μ, σ² and both terms of the bound over test images."""
        x = model.observe(bed.test[:AT_ONCE], bed.generator)
        mean, log_variance = model.encode(x)
        z = draw_latents(mean, log_variance, 1, bed.generator)
        return model.state() | {
            "posterior_mean": mean,
            "posterior_variance": log_variance.exp(),
            "cross_entropy": -model.log_prob(x, z),
            "kl": kl_to_prior(mean, log_variance).sum(dim=-1),
        }

    @torch.no_grad()
    def pictures(self, model: VariationalModel, bed: TestBed) -> dict[str, Picture]:
        """Return 100 samples from the prior, of the same latents at each epoch."""
        z = torch.randn(PICTURED, model.latent_size, generator=torch.Generator().manual_seed(0))
        images = model.decode(z.to(bed.test.device)).cpu().numpy().reshape(-1, *bed.shape)
        return {"samples": Picture(tile_picture(quantize(images, 0, 1)), "pixels")}


MEASURES = VariationalMeasures(BOUND_IMAGES)
CONV_MEASURES = VariationalMeasures(CONV_IMAGES)  # decoding takes thirty times as long
