"""What is measured of a classifier while it trains."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.analysis.findings.autoencoder import classifier_findings
from explorer.analysis.findings.finding import Figures, Finding
from explorer.analysis.measures import Contrast, Measures, Metric, TestBed
from explorer.data.catalogue import load
from explorer.models.deep_classifier import DeepClassifier, DeepClassifierConfig
from explorer.plots.tiles import Picture, quantize, tile_picture

AT_ONCE = 2_000  # images
PICTURED = 20


class ClassifierMeasures(Measures):
    """Errors on the test images."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("error", "Error (test)", "share", "Test images that are taken for another class than theirs."),
        Metric(
            "error_train",
            "Error (training)",
            "share",
            "The same of the labelled images, mean over the epoch, while weights change.",
            beside="error",
        ),
        Metric("loss", "Loss (test)", "nats per image", "−log p(class | image) of test images."),
        Metric(
            "loss_train",
            "Loss (training)",
            "nats per image",
            "The same of the labelled images, mean over the epoch: what is minimised.",
            beside="loss",
        ),
    )
    headline: ClassVar[tuple[str, ...]] = ("error", "loss")
    contrast: ClassVar[Contrast | None] = None

    def _found(self, config: DeepClassifierConfig, figures: Figures) -> list[Finding]:
        return classifier_findings(config, figures)

    @torch.no_grad()
    def _each_epoch(self, model: DeepClassifier, bed: TestBed) -> dict[str, float]:
        """Return error and loss on all test images."""
        labels = _labels_of(bed.test, bed)
        logits = torch.cat([model.logits(part / 255) for part in torch.split(bed.test, AT_ONCE)])
        loss = cross_entropy(logits, labels)
        return {"error": float(logits.argmax(dim=1).ne(labels).float().mean()), "loss": float(loss)}

    @torch.no_grad()
    def histograms(self, model: DeepClassifier, bed: TestBed) -> dict[str, Tensor]:
        """Return all weights and biases, and the probability of the class that is chosen."""
        return model.state() | {"confidence": model.classify(bed.test[:AT_ONCE] / 255).amax(dim=1)}

    @torch.no_grad()
    def pictures(self, model: DeepClassifier, bed: TestBed) -> dict[str, Picture]:
        """Return the test images whose class is thought least likely."""
        x = bed.test[:AT_ONCE] / 255
        right = model.classify(x).gather(1, _labels_of(x, bed)[:, None])[:, 0]
        hardest = x[right.argsort()[:PICTURED]].view(-1, *bed.shape).cpu().numpy()
        return {"hardest": Picture(tile_picture(quantize(hardest, 0, 1), PICTURED // 2), "pixels")}


def _labels_of(first: Tensor, bed: TestBed) -> Tensor:
    """Return the labels (N,) of the first test images (N, V)."""
    return torch.tensor(load(bed.config.dataset).labels("test")[: len(first)], device=first.device).long()


MEASURES = ClassifierMeasures()
