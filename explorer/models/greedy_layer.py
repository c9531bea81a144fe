"""Greedy learning of a deep belief network: its top RBM learns from what the layers below make of the images.

Source: Hinton, Osindero & Teh, "A fast learning algorithm for deep belief nets", 2006, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.dbn import DBN, DBNConfig
from explorer.models.interface import Learner, Model
from explorer.models.rbm import RBM
from explorer.models.sampling import Coins


class GreedyLayer(Learner):
    """Contrastive divergence in the top RBM on states sampled from the layers below, which stay as they are.

    Pixels and states on the way up are drawn afresh for each batch, into buffers that are allocated once.
    """

    model: DBN

    def __init__(self, config: DBNConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        device, batch = generator.device, config.batch_size
        sizes = config.sizes_on(shape)
        self.config = config
        self.model = config.new_model(shape, device)
        # The weights below may have been drawn from the same seed: the top ones take numbers that come after those.
        torch.empty(sum(math.prod(x.W.shape) for x in self.model.levels), device=device).normal_(generator=generator)
        top = config.top_rbm()
        self.model.top.draw_weights(top.initial_std, generator)
        self._rule = ContrastiveDivergence(self.model.top, top, generator)
        self._observe = self.model.sees.observer((batch, sizes[0]), device)
        self._states = [torch.empty(batch, n, device=device) for n in sizes[:-1]]
        self._coins = Coins(batch * max(sizes[1:-1]), device)
        self._generator = generator

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self._rule.current_learning_rate

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Stack the top RBM on the trained model below, as its mirror where the config asks for it.

        Raises:
            ValueError: the model below has other layers than the config says.
        """
        below = parents["below"]
        if not isinstance(below, RBM | DBN):
            raise TypeError(f"a DBN is stacked on an RBM or a DBN, not on a {type(below).__name__}")
        self.model.stack_on(below)
        if self.config.tied_start:
            self.model.mirror_below()

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's learning rate and source of random numbers."""
        self._rule.begin_epoch(epoch, generator)
        self._generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return the DBN's tensors, and where they exist the top RBM's velocities and persistent chains."""
        return self.model.state() | {f"top.{name}": x for name, x in self._rule.state().items()}

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update the top RBM in place on a batch of bytes (B, V); nothing is measured here."""
        v, *above = (x[: len(pixels)] for x in self._states)
        self._observe(pixels, self._generator, v)
        for level, h in zip(self.model.levels, above, strict=True):
            v = self._coins(level.mean_hidden(v, out=h), self._generator, out=h)
        self._rule.update(v)
        return {}
