"""A deep autoencoder's encoder turned into a classifier: a soft-max layer on the code, all layers trained with labels.

How far few labels reach depends on where the encoder starts: at random, or with what it learned without labels.
Source: Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006 (supporting material).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self, get_args

import numpy as np
import torch
from pydantic import model_validator
from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.arrays import Bytes
from explorer.data.catalogue import CATALOGUE
from explorer.data.images import ImageSet
from explorer.models.adam import Adam
from explorer.models.autoencoder import Autoencoder
from explorer.models.config import ModelConfig, field_error, fields, hyperparameter, parent
from explorer.models.config.values import Starts
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.interface import Learner, Model
from explorer.models.pretraining import unfold_on

EncoderStart = Literal["autoencoder", "layers", "random"]
LEAST_UPDATES = 20  # in an epoch
FASTER_ALONE = 10  # times the learning rate, while the soft-max layer learns alone


class DeepClassifierConfig(ModelConfig):
    """The hyperparameters of training with labels, and of the autoencoder whose encoder it starts with."""

    kind: ClassVar[str] = "deep-classifier"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.deep_classifier:ClassifierLearner"
    keeps_between: ClassVar[bool] = False  # a curve of label efficiency takes dozens of runs

    epochs: int = fields.training_epochs(20)
    base: DeepAutoencoderConfig = parent(
        DeepAutoencoderConfig, "Autoencoder", "The deep autoencoder that lends its encoder."
    )
    start: Annotated[str, Starts(get_args(EncoderStart))] = hyperparameter(
        "autoencoder",
        "Encoder starts with",
        "autoencoder: the encoder of the fine-tuned autoencoder; layers: the layers as trained one by one; random: "
        "weights that have seen no image; " + fields.START_WITH_A_RUN,
    )
    labels: int = hyperparameter(
        100,
        "Labels",
        "How many labelled training images there are, of each class as many as possible; which ones, the seed decides.",
        unit="images",
        stops=(10, 30, 100, 300, 1000, 3000, 10_000, 60_000),
        ge=10,
        le=60_000,
    )
    output_epochs: int = hyperparameter(
        5,
        "Soft-max layer alone",
        "For so many epochs at the start only the soft-max layer learns, at ten times the learning rate: its first "
        "gradients would undo what the encoder knows.",
        unit="epochs",
        stops=(0, 1, 2, 5, 10),
        advanced=True,
        ge=0,
        le=10_000,
    )
    learning_rate: float = fields.adam_rate(1e-3)

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        most = CATALOGUE[self.dataset].n_train
        if self.labels > most:
            raise field_error(
                "labels", self.labels, f"at most {most}, the number of training images; or another dataset"
            )
        return self

    def parents(self) -> dict[str, ModelConfig]:
        """Return what the encoder is taken from, if it does not start at random."""
        if self.start == "random" or self.origin:
            return {}
        return {"base": self.base if self.start == "autoencoder" else self.base.layers}

    def trajectory(self) -> Self:
        """Return the config in which the autoencoder has no settings but those that the start depends on."""
        layers = self.base.layers.trajectory()
        if self.start == "autoencoder" or self.origin:
            return super().trajectory()
        if self.start == "random":
            layers = layers.only_sizes()
        return self.model_copy(update={"base": DeepAutoencoderConfig(dataset=self.dataset, layers=layers)})

    def training_rows(self, images: ImageSet) -> Bytes:
        """Return the pixels and label of each labelled image, (N, V + 1), as often as it is seen in an epoch.

        Few are repeated until they make `LEAST_UPDATES` batches.

        Raises:
            DataMissing: the images have no labels.
        """
        labels = images.labels("training")
        images.labels("test")  # without which its errors could not be told
        chosen = labelled(labels, self.labels, self.seed)
        rows = np.concatenate([images.train[chosen], labels[chosen, None]], axis=1)
        return np.tile(rows, (self._times(len(chosen)), 1))

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> DeepClassifier:
        """Return a classifier with all parameters 0."""
        encoder = self.base.layers.new_model(shape, device)
        return DeepClassifier(encoder.sizes, len(CATALOGUE[self.dataset].classes), self.base.layers.linear_code, device)

    @property
    def images_per_epoch(self) -> int:
        """How many images an epoch trains on; one that is seen twice counts twice."""
        return self.labels * self._times(self.labels)

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: each weight thrice."""
        return 3.0 * sum(below * above for below, above in pairwise(self.base.layers.sizes_on(shape)))

    def _times(self, images: int) -> int:
        """Return how often each labelled image is seen in an epoch."""
        return math.ceil(LEAST_UPDATES * self.batch_size / images)


def labelled(labels: Bytes, count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the indices (count,) of images chosen by the seed, as many of each class as possible.

    labels: (N,). With a larger count the images of a smaller one, of the same seed, are among those chosen.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    counts = np.unique(labels, return_counts=True)[1]
    rank = np.concatenate([np.arange(n) for n in counts])  # within its class
    return np.sort(by_class[np.argsort(rank, kind="stable")[:count]])


class DeepClassifier(Model):
    """An encoder of sigmoid layers, W (below, above) and b (above,) each, and a soft-max layer on its code."""

    def __init__(
        self, sizes: Sequence[int], classes: int, linear_code: bool = True, device: torch.device | str = "cpu"
    ) -> None:
        """Make a classifier of an encoder of sizes (V, …, C) with all tensors 0."""
        self.encoder = Autoencoder(sizes, linear_code=linear_code, tied=True, device=device)
        self.W = torch.zeros(sizes[-1], classes, device=device)
        self.b = torch.zeros(classes, device=device)

    def state(self) -> dict[str, Tensor]:
        """Return "encoder.0.W", "encoder.0.b" …, and "output.W" (C, K) and "output.b" (K,)."""
        encoder = {name: x for name, x in self.encoder.state().items() if name.startswith("encoder.")}
        return encoder | {"output.W": self.W, "output.b": self.b}

    def in_words(self) -> str:
        """Return the encoder and the soft-max layer in words."""
        encoder = self.encoder.in_words().partition("\nBack")[0].replace("An autoencoder", "A classifier")
        return encoder + "\nThe probabilities of the classes: softmax(h @ output.W + output.b)."

    def logits(self, x: Tensor) -> Tensor:
        """Return the log-probabilities of the classes but for a constant, (B, V) → (B, K)."""
        return self.logits_of(self.encoder.encode(x))

    def logits_of(self, code: Tensor) -> Tensor:
        """Return the same from codes, (B, C) → (B, K)."""
        return torch.addmm(self.b, code, self.W)

    def classify(self, x: Tensor) -> Tensor:
        """Return p(class | image), (B, V) → (B, K)."""
        return self.logits(x).softmax(dim=1)


class ClassifierLearner(Learner):
    """Minimises −log p(class | image) by Adam: first in the soft-max layer alone, then in all layers."""

    model: DeepClassifier

    def __init__(self, config: DeepClassifierConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        self.config = config
        self.model = config.new_model(shape, generator.device)
        self.model.encoder.initialize(generator)
        output = {name: x for name, x in self.model.state().items() if name.startswith("output.")}
        self._alone = Adam(output, config.learning_rate * FASTER_ALONE)
        self._together = Adam(self.model.state(), config.learning_rate)
        self._epoch = 0

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self.config.learning_rate * (FASTER_ALONE if self._epoch <= self.config.output_epochs else 1)

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Take over the encoder, if there is one to start with.

        Raises:
            ValueError: it has other layers than the config says.
        """
        if parents:
            unfold_on(self.model.encoder, parents["base"])

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:  # noqa: ARG002
        """Take note of the epoch; nothing is random but the order of images."""
        self._epoch = epoch

    def state(self) -> dict[str, Tensor]:
        """Return the model's parameters, and Adam's moments of the soft-max layer alone and of all together."""
        alone = {f"alone.{name}": x for name, x in self._alone.state().items()}
        return self.model.state() | alone | self._together.state()

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update on a batch of bytes (B, V + 1), the label last; return the loss in nats and the share of errors."""
        x, labels = pixels[:, :-1] / 255, pixels[:, -1].long()
        alone = self._epoch <= self.config.output_epochs
        with torch.set_grad_enabled(not alone):
            code = self.model.encoder.encode(x)
        logits = self.model.logits_of(code)
        loss = cross_entropy(logits, labels)
        (self._alone if alone else self._together).minimize(loss)
        wrong = logits.detach().argmax(dim=1).ne(labels).float().mean()
        return {"loss_train": loss.detach(), "error_train": wrong}
