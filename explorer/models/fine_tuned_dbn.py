"""The up-down algorithm: a deep belief network fine-tuned as a whole (contrastive wake-sleep).

Each level's weights are parted into recognition (up: W, b) and generation (down: G, a), both started from what greedy
training left. Awake, states come from the data upwards and the generative weights learn to give them back; asleep, they
come from the top RBM downwards and the recognition weights learn to tell where they came from.
Sources: Hinton, Osindero & Teh, "A fast learning algorithm for deep belief nets", 2006, section 5 and appendix B;
Hinton, Dayan, Frey & Neal, "The wake-sleep algorithm for unsupervised neural networks", 1995.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor

from explorer.models.config import ModelConfig, fields, hyperparameter, parent
from explorer.models.contrastive_divergence import ContrastiveDivergence
from explorer.models.dbn import DBN, DBNConfig
from explorer.models.interface import Learner, Model
from explorer.models.observation import Binarized
from explorer.models.rbm import RBMConfig
from explorer.models.sampling import Binarize, Coins


class FineTunedDBNConfig(ModelConfig):
    """Hyperparameters of the up-down algorithm, and of the DBN it starts from."""

    kind: ClassVar[str] = "fine-tuned-dbn"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.fine_tuned_dbn:UpDown"

    base: DBNConfig = parent(DBNConfig, "DBN", "The deep belief network that is fine-tuned, trained layer by layer.")
    cd_k: int = fields.cd_steps(
        2,
        "Gibbs steps in the top RBM. Where they end, the way down begins (sleep).",
    )
    learning_rate: float = hyperparameter(
        0.01,
        "Learning rate",
        "Size of one update, of all layers. The default is 10 times smaller than that of the layers before.",
        stops=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
        gt=0,
        le=10,
    )

    @property
    def binarize(self) -> Binarize:
        """How grey pixels are made binary: as for the DBN."""
        return self.base.binarize

    def top_rbm(self) -> RBMConfig:
        """Return the config of the top RBM alone, as its learning rule needs it."""
        return RBMConfig(
            dataset=self.dataset,
            batch_size=self.batch_size,
            seed=self.seed,
            hidden_units=self.base.hidden_units[-1],
            cd_k=self.cd_k,
            learning_rate=self.learning_rate,
            initial_std=0,  # the weights come from the DBN
        )

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> DBN:
        """Return a DBN with weights of their own for each direction, all 0."""
        return DBN(self.sizes_on(shape), tied=False, device=device, sees=Binarized(self.base.first.binarize))

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image.

        For each level up, down, a prediction and an update in both directions; for the top RBM 2k + 1 passes and the
        statistics.
        """
        *levels, top = (below * above for below, above in pairwise(self.sizes_on(shape)))
        return float(6 * sum(levels) + top * (2 * self.cd_k + 3))

    def sizes_on(self, shape: tuple[int, int]) -> tuple[int, ...]:
        """Return the units of all layers, from the pixels of images of (rows, columns) to the top."""
        return self.base.sizes_on(shape)


class UpDown(Learner):
    """The up-down algorithm (Hinton, Osindero & Teh 2006, appendix B), each update averaged over the batch.

    Wake: h₁ ~ σ(vW + b); ΔG = η⟨(v − p(v | h₁)) h₁ᵀ⟩, Δa = η⟨v − p(v | h₁)⟩. Top: CD-k from the states of layer L − 1.
    Sleep: from the chain's end, v ~ σ(h₁Gᵀ + a); ΔW = η⟨v (h₁ − q(h₁ | v))ᵀ⟩, Δb = η⟨h₁ − q(h₁ | v)⟩. Likewise in each
    level above. All updates of a batch follow from the weights before it.

    All states are sampled, also the dreamt pixels (appendix B has their probabilities, the lab samples them); with
    `binarize="none"` they are probabilities, as the chain's are in the RBM.
    """

    model: DBN

    def __init__(self, config: FineTunedDBNConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        device, batch = generator.device, config.batch_size
        sizes = config.sizes_on(shape)
        self.config = config
        self.model = config.new_model(shape, device)
        self._rule = ContrastiveDivergence(self.model.top, config.top_rbm(), generator)
        self._observe = self.model.sees.observer((batch, sizes[0]), device)
        self._awake, self._dreamt, self._errors = (
            [torch.empty(batch, n, device=device) for n in sizes[:-1]] for _ in range(3)
        )
        self._coins = Coins(batch * max(sizes[:-1]), device)
        self._generator = generator

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the epoch being trained."""
        return self.config.learning_rate

    def prepare(self, data: Tensor, parents: Mapping[str, Model]) -> None:  # noqa: ARG002
        """Copy the trained DBN, whose weights start both directions.

        Raises:
            ValueError: the DBN has other layers than the config says.
        """
        base = parents["base"]
        if not isinstance(base, DBN):
            raise TypeError(f"only a DBN can be fine-tuned, not a {type(base).__name__}")
        for own, trained in zip(self.model.levels, base.levels, strict=True):
            own.copy_from(trained)
        self.model.top.load_state(base.top.state())

    def begin_epoch(self, epoch: int, generator: torch.Generator) -> None:
        """Set the epoch's source of random numbers."""
        self._rule.begin_epoch(epoch, generator)
        self._generator = generator

    def state(self) -> dict[str, Tensor]:
        """Return the DBN's tensors, all that continuing needs."""
        return self.model.state()

    def train_batch(self, pixels: Tensor) -> dict[str, Tensor]:
        """Update all layers in place on a batch of bytes (B, V); nothing is measured here."""
        size = len(pixels)
        awake, dreamt, errors = ([x[:size] for x in buffer] for buffer in (self._awake, self._dreamt, self._errors))
        self._observe(pixels, self._generator, awake[0])
        self._pass_up(awake)
        dreamt[-1] = self._rule.update(awake[-1])  # changes the top RBM only, which neither pass uses
        self._pass_down(dreamt)
        self._learn_awake(awake, errors)
        self._learn_asleep(dreamt, errors)
        return {}

    def _pass_up(self, states: Sequence[Tensor]) -> None:
        for level, (below, above) in zip(self.model.levels, pairwise(states), strict=True):
            self._sample(level.mean_hidden(below, out=above))

    def _pass_down(self, states: Sequence[Tensor]) -> None:
        for level, (above, below) in zip(reversed(self.model.levels), pairwise(reversed(states)), strict=True):
            p = level.mean_visible(above, out=below)
            if below is not states[0] or self.config.binarize != "none":
                self._sample(p)

    def _learn_awake(self, states: Sequence[Tensor], errors: Sequence[Tensor]) -> None:
        rate = self.config.learning_rate / len(states[0])
        for level, (below, above), error in zip(self.model.levels, pairwise(states), errors[:-1], strict=True):
            torch.sub(below, level.mean_visible(above, out=error), out=error)  # v − p(v | h)
            level.G.addmm_(error.T, above, alpha=rate)
            level.a.add_(error.sum(dim=0), alpha=rate)

    def _learn_asleep(self, states: Sequence[Tensor], errors: Sequence[Tensor]) -> None:
        rate = self.config.learning_rate / len(states[0])
        for level, (below, above), error in zip(self.model.levels, pairwise(states), errors[1:], strict=True):
            torch.sub(above, level.mean_hidden(below, out=error), out=error)  # h − q(h | v)
            level.W.addmm_(below.T, error, alpha=rate)
            level.b.add_(error.sum(dim=0), alpha=rate)

    def _sample(self, p: Tensor) -> None:
        self._coins(p, self._generator, out=p)
