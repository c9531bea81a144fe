"""The deep autoencoder: layers pre-trained one by one, unfolded, and fine-tuned together by backpropagation.

Encoder and decoder start with the same weights and part then.
Source: Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, ClassVar, Self

import torch
from torch import Tensor

from explorer.models.autoencoder import Autoencoder, Loss, reconstruction_loss
from explorer.models.autoencoder_learner import AutoencoderLearner
from explorer.models.config import ModelConfig, fields, hyperparameter, parent
from explorer.models.config.values import Starts
from explorer.models.interface import Model
from explorer.models.pretraining import PretrainingConfig, unfold_on

SMALL_STD = 0.01


class DeepAutoencoderConfig(ModelConfig):
    """The hyperparameters of fine-tuning, and of the layers it starts with."""

    kind: ClassVar[str] = "deep-autoencoder"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.deep_autoencoder:DeepAutoencoderLearner"

    epochs: int = fields.training_epochs(30)
    layers: PretrainingConfig = parent(
        PretrainingConfig,
        "Layers",
        "The layers from pixels to code, and how each is trained before all of them are.",
        in_sight=True,
    )
    start: Annotated[str, Starts(("pre-trained", "random", "small random"))] = hyperparameter(
        "pre-trained",
        "Start",
        "pre-trained: with the layers as they were trained one by one; random: with weights whose spread fits the "
        f"sizes of their layers; small random: with weights of standard deviation {SMALL_STD}, the same in all layers; "
        + fields.START_WITH_A_RUN,
    )
    loss: Loss = reconstruction_loss("cross-entropy")
    learning_rate: float = fields.adam_rate(1e-3)
    decay_epochs: int = fields.decay_over()

    @property
    def code_size(self) -> int:
        """C, the number of code units."""
        return self.layers.code_size

    def parents(self) -> dict[str, ModelConfig]:
        """Return the layers, if training starts with them as they were trained."""
        return {"layers": self.layers} if self.start == "pre-trained" else {}

    def trajectory(self) -> Self:
        """Return the config in which layers that are not trained one by one have no settings but their sizes."""
        if self.start == "pre-trained" or self.origin:
            return super().trajectory()
        return self.model_copy(update={"layers": self.layers.only_sizes()})

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> Autoencoder:
        """Return an autoencoder with all parameters 0."""
        sizes = self.layers.sizes_on(shape)
        return Autoencoder(sizes, "sigmoid", self.loss, linear_code=self.layers.linear_code, device=device)

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: each weight of encoder and decoder thrice."""
        return 6.0 * sum(below * above for below, above in pairwise(self.layers.sizes_on(shape)))


class DeepAutoencoderLearner(AutoencoderLearner):
    """Minimises the loss of all layers together by Adam."""

    config: DeepAutoencoderConfig

    def __init__(self, config: DeepAutoencoderConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        super().__init__(config, shape, generator)
        if config.start == "small random":
            with torch.no_grad():
                for name, x in self.model.state().items():
                    if name.endswith(".W"):
                        x.normal_(0, SMALL_STD, generator=generator)

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Unfold the layers, if training starts with them: each weight goes into encoder and decoder.

        Raises:
            ValueError: the layers are others than the config says.
        """
        if parents:
            unfold_on(self.model, parents["layers"])
