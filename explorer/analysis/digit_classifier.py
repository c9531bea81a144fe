"""A small classifier of MNIST's digits, trained once and shipped: a judge of generated images.

Its penultimate layer gives the features in which sets of images are compared. `scripts/train_digit_classifier.py`
trains it and says how well it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.errors import BrokenFile
from explorer.models.interface import Model
from explorer.models.resizing import shrink
from explorer.settings import APP_FOLDER

WEIGHTS = APP_FOLDER / "trained" / "digit-classifier.safetensors"
DATASETS = ("mnist", "mnist-5k")  # whose images it was made for
CHANNELS, KERNELS = (1, 24, 48, 64), (5, 3, 3)
FEATURES, CLASSES = 64, 10
LEFT = 4  # side after halving thrice, rounded up
AT_ONCE = 1_000  # images


class DigitClassifier(Model):
    """Three convolutions that halve the image, and two dense layers, with ReLUs between them."""

    def __init__(self) -> None:
        """Make a classifier with all weights 0."""
        self.parameters: dict[str, Tensor] = {}
        for i, (below, above) in enumerate(pairwise(CHANNELS)):
            self.parameters[f"conv{i}.W"] = torch.zeros(above, below, KERNELS[i], KERNELS[i])
            self.parameters[f"conv{i}.b"] = torch.zeros(above)
        for name, below, above in (("features", CHANNELS[-1] * LEFT**2, FEATURES), ("classes", FEATURES, CLASSES)):
            self.parameters[f"{name}.W"] = torch.zeros(above, below)
            self.parameters[f"{name}.b"] = torch.zeros(above)

    def state(self) -> dict[str, Tensor]:
        """Return weights (above, below, …) and biases of each layer."""
        return self.parameters

    def initialize(self, generator: torch.Generator) -> None:
        """Draw weights from N(0, 2 / inputs), which keeps the size of activations through ReLUs."""
        for name, tensor in self.parameters.items():
            if name.endswith(".W"):
                tensor.normal_(0.0, (2 / tensor[0].numel()) ** 0.5, generator=generator)

    def hidden(self, x: Tensor) -> Tensor:
        """Return the features, (B, 28, 28) in [0, 1] → (B, 64), none below 0."""
        p = self.parameters
        y = x.unsqueeze(-1).permute(0, 3, 1, 2)  # (B, 1, 28, 28), channels last in memory
        for i, kernel in enumerate(KERNELS):
            y = F.relu_(F.conv2d(y, p[f"conv{i}.W"], p[f"conv{i}.b"], stride=2, padding=kernel // 2))
        return F.relu(F.linear(y.flatten(1), p["features.W"], p["features.b"]))

    def logits_of(self, features: Tensor) -> Tensor:
        """Return the log-probabilities of the ten digits but for a constant, (B, 64) → (B, 10)."""
        return F.linear(features, self.parameters["classes.W"], self.parameters["classes.b"])

    @torch.no_grad()
    def look(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and class probabilities, (B, S, S) in [0, 1] → (B, 64) and (B, 10).

        S is 28, 32 or 64.
        """
        features = torch.cat([self.hidden(shrink(part)) for part in torch.split(images, AT_ONCE)])
        return features, self.logits_of(features).softmax(dim=1)


def digit_classifier(dataset: str, path: Path = WEIGHTS) -> DigitClassifier | None:
    """Return the shipped classifier, or None for images of another kind or where the file is missing.

    Raises:
        BrokenFile: the file is there and cannot be read.
    """
    return _read(path) if dataset in DATASETS and path.is_file() else None


def digit_classifier_or_none(dataset: str, path: Path = WEIGHTS) -> DigitClassifier | None:
    """Return the same, but None also where the file is damaged: for a training, which goes on without its figures."""
    try:
        return digit_classifier(dataset, path)
    except BrokenFile:  # which the views tell of
        return None


@lru_cache(maxsize=1)
def _read(path: Path) -> DigitClassifier:
    classifier = DigitClassifier()
    try:
        with safe_open(path, framework="pt") as file:
            state: Mapping[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        classifier.load_state(state)
    except (SafetensorError, OSError, ValueError) as error:
        remedy = "Take it from the project's repository again, or run scripts/train_digit_classifier.py."
        raise BrokenFile(path, str(error), remedy) from error
    return classifier
