"""A restricted Boltzmann machine that learns from images by contrastive divergence."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.interface import Learner, Model
from explorer.models.rbm import RBM, RBMConfig


class RBMLearner(Learner):
    """CD-k or PCD-k on what the RBM sees of images, written straight into the rule's buffer."""

    model: RBM

    def __init__(
        self, config: RBMConfig | GaussianRBMConfig, shape: tuple[int, int], generator: torch.Generator
    ) -> None:
        self.config = config
        self.model = config.new_model(shape, generator.device)
        self.model.draw_weights(config.initial_std, generator)
        self._rule = ContrastiveDivergence(self.model, config, generator, mean_chain=config.mean_chain)
        self._observe = self.model.sees.observer((config.batch_size, self.model.n_visible), generator.device)
        self._generator = generator

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self._rule.current_learning_rate

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Take from the data what the model sees by, and what the config asks for: visible biases, offsets."""
        visible, sees = self.model.visible, self.model.sees
        sees.fit(data)
        mean = sees.mean(data)
        if self.config.initial_visible_bias == "data":
            self.model.a.copy_(visible.input_for(mean))
        if self.config.centred:
            self._rule.offsets["a"].copy_(visible.statistic(mean))

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate and source of random numbers."""
        self._rule.begin_epoch(epoch, generator)
        self._generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return the RBM's tensors, and where they exist velocities, offsets and persistent chains."""
        return self._rule.state()

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update in place on a batch of bytes (B, V); nothing is measured here."""
        self._observe(pixels, self._generator, self._rule.visible(len(pixels)))
        self._rule.step(len(pixels))
        return {}
