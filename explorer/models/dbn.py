"""The deep belief network (DBN): directed layers below, a restricted Boltzmann machine (RBM) on top, trained greedily.

p(v, h₁, …, h_L) = p(v | h₁) ⋯ p(h_{L−2} | h_{L−1}) p_top(h_{L−1}, h_L). Layer after layer is trained as an RBM on
states sampled from the one below, which then stays as it is.
Source: Hinton, Osindero & Teh, "A fast learning algorithm for deep belief nets", 2006.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

import torch
from pydantic import model_validator
from torch import Tensor

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import (
    ANEW,
    LayerSizes,
    ModelConfig,
    field_error,
    fields,
    hyperparameter,
    layer_sizes,
    parent,
    text_of,
)
from explorer.models.interface import Model, copy_tensors
from explorer.models.observation import Binarized, Observation
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.sampling import Binarize, bernoulli


class DBNConfig(ModelConfig):
    """Hyperparameters of a DBN: those of the RBM it starts with, and of the layers stacked on it.

    With several layers above the first RBM, each stack of fewer layers is a run of its own; see `parents`.
    """

    kind: ClassVar[str] = "dbn"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.greedy_layer:GreedyLayer"
    only_at_start: ClassVar[tuple[str, ...]] = ("tied_start", "lower_epochs", "initial_std")

    first: RBMConfig = parent(RBMConfig, "RBM", "The lowest layer: an RBM, trained first.")
    hidden_units: LayerSizes = layer_sizes(
        (100,),
        "Layers above",
        "Hidden units of the layers above the RBM, the lowest first. Each learns from what the one below makes of the "
        "images.",
        stops=((25,), (100,), (256,), (500,), (784,), (100, 100), (500, 500)),
        ge=4,
        le=1000,
        most=3,
    )
    cd_k: int = fields.cd_steps(
        2,
        "Gibbs steps in the top RBM before the negative statistics are taken.",
    )
    persistent: bool = hyperparameter(
        False,
        "Persistent chains (PCD)",
        "The top RBM's Gibbs chains go on where the last update left them, instead of starting at the data.",
    )
    learning_rate: float = hyperparameter(
        0.1,
        "Learning rate",
        "Size of one update of the top RBM.",
        stops=(0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.3, 0.5, 1.0),
        gt=0,
        le=10,
    )
    tied_start: bool = hyperparameter(
        False,
        "Tied start",
        "The top weights start as the layer below turned upside down, so that the DBN starts as exactly the model it "
        "is built on. Needs a top layer as large as the layer two below it (784 units above one RBM).",
    )
    lower_epochs: int = hyperparameter(
        100,
        "Epochs of layers between",
        "How long each layer between the RBM and the top one is trained. With one layer above the RBM there are none.",
        stops=(1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500),
        advanced=True,
        ge=1,
        le=10_000,
    )
    momentum: float = fields.momentum()
    weight_decay: float = fields.weight_decay()
    centred: bool = fields.centred("the top RBM")
    initial_std: float = fields.initial_std(
        "Spread of the normal distribution from which the first top weights are drawn; without effect on a tied start."
    )

    @model_validator(mode="after")
    def _check_tied_start(self) -> Self:
        sizes = self.sizes_on(CATALOGUE[self.dataset].shape)
        if self.tied_start and sizes[-1] != sizes[-3]:
            needed = text_of((*self.hidden_units[:-1], sizes[-3]))
            like = "as many as pixels" if len(sizes) == 3 else "the last as many as the layer two below has"
            raise field_error(
                "hidden_units", self.hidden_units, f"{needed}, {like}, for a tied start; or switch tied_start off"
            )
        return self

    @property
    def binarize(self) -> Binarize:
        """How grey pixels are made binary: as for the RBM."""
        return self.first.binarize

    def parents(self) -> dict[str, ModelConfig]:
        """Return the model below the top layer: the RBM, or the DBN of one layer less, trained for `lower_epochs`.

        That DBN is this config without the last layer; it starts tied only if its own layers allow it.
        """
        lower = self.hidden_units[:-1]
        if not lower:
            return {"below": self.first}
        sizes = self.sizes_on(CATALOGUE[self.dataset].shape)
        changes = {
            "hidden_units": lower,
            "epochs": self.lower_epochs,
            "tied_start": self.tied_start and sizes[-2] == sizes[-4],
            "start": ANEW,
        }
        return {"below": self.model_copy(update=changes)}

    def trajectory(self) -> Self:
        """Return the config with the defaults of what a tied start, or the want of layers between, leaves unused."""
        unused = ["initial_std"] * self.tied_start + ["lower_epochs"] * (len(self.hidden_units) == 1)
        return super().trajectory().without(*unused)

    def top_rbm(self) -> RBMConfig:
        """Return the config of the top RBM alone, as its learning rule needs it."""
        return RBMConfig(
            dataset=self.dataset,
            batch_size=self.batch_size,
            seed=self.seed,
            hidden_units=self.hidden_units[-1],
            cd_k=self.cd_k,
            persistent=self.persistent,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            centred=self.centred,
            initial_std=self.initial_std,
        )

    def new_model(self, shape: tuple[int, int], device: torch.device | str = "cpu") -> DBN:
        """Return a DBN with all weights 0."""
        return DBN(self.sizes_on(shape), device=device, sees=Binarized(self.first.binarize))

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: once up, and in the top RBM 2k + 1 passes and the statistics."""
        *levels, top = (below * above for below, above in pairwise(self.sizes_on(shape)))
        return float(sum(levels) + top * (2 * self.cd_k + 3))

    def sizes_on(self, shape: tuple[int, int]) -> tuple[int, ...]:
        """Return the units of all layers, from the pixels of images of (rows, columns) to the top."""
        return (math.prod(shape), self.first.hidden_units, *self.hidden_units)


@dataclass(frozen=True, eq=False)
class Level:
    """A directed layer between V units below and H above.

    Up (recognition): W (V, H) and b (H,). Down (generation): G (V, H) and a (V,). In a DBN as trained layer by layer
    G is W, the same tensor; fine-tuning parts them.
    """

    W: Tensor
    b: Tensor
    G: Tensor
    a: Tensor

    def state(self) -> dict[str, Tensor]:
        """Return W, b, a, and G if it is not W."""
        return {"W": self.W, "b": self.b, "a": self.a} | ({} if self.G is self.W else {"G": self.G})

    def copy_from(self, other: Level) -> None:
        """Copy another level's tensors, as deep as its own are; G from the other's W if that has no G of its own.

        Raises:
            ValueError: the other has another shape.
        """
        copy_tensors({name: getattr(other, name) for name in self.state()}, self.state())

    def mean_hidden(self, v: Tensor, out: Tensor | None = None) -> Tensor:
        """Return q(h = 1 | v) = σ(vW + b), (B, V) → (B, H), written into `out` if that is given."""
        return torch.addmm(self.b, v, self.W, out=out).sigmoid_()

    def sample_hidden(self, v: Tensor, generator: torch.Generator) -> Tensor:
        """Return h ~ q(h | v) as 0s and 1s, (B, V) → (B, H)."""
        return bernoulli(self.mean_hidden(v), generator)

    def mean_visible(self, h: Tensor, out: Tensor | None = None) -> Tensor:
        """Return p(v = 1 | h) = σ(hGᵀ + a), (B, H) → (B, V), written into `out` if that is given."""
        return torch.addmm(self.a, h, self.G.T, out=out).sigmoid_()

    def sample_visible(self, h: Tensor, generator: torch.Generator) -> Tensor:
        """Return v ~ p(v | h) as 0s and 1s, (B, H) → (B, V)."""
        return bernoulli(self.mean_visible(h), generator)


class DBN(Model):
    """A DBN of layers V, H₁, …, H_L: directed levels, the lowest first, and an RBM between H_{L−1} and H_L.

    Downwards, the bias of layer l is the `a` of what stands on it: of level l + 1, or of the top RBM.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        tied: bool = True,
        device: torch.device | str = "cpu",
        sees: Observation | None = None,
    ) -> None:
        """Make a DBN of the given sizes (V, H₁, …, H_L) with all tensors 0.

        tied: each level has one weight matrix for both directions. sees: what the DBN is given of an image, by default
        sampled pixels.

        Raises:
            ValueError: there are fewer than three layers.
        """
        if len(sizes) < 3:
            raise ValueError(f"a DBN has at least three layers (pixels and two hidden ones), not {tuple(sizes)}")

        def level(below: int, above: int) -> Level:
            W = torch.zeros(below, above, device=device)
            G = W if tied else torch.zeros(below, above, device=device)
            return Level(W, torch.zeros(above, device=device), G, torch.zeros(below, device=device))

        self.levels = tuple(level(below, above) for below, above in pairwise(sizes[:-1]))
        self.top = RBM(sizes[-2], sizes[-1], device)
        self.sees = sees or Binarized()

    @property
    def n_visible(self) -> int:
        """V, the number of pixels."""
        return self.levels[0].W.shape[0]

    def state(self) -> dict[str, Tensor]:
        """Return the tensors of level 1 as "1.W" and so on, and those of the top RBM as "top.W", "top.a", "top.b"."""
        levels = {f"{n}.{name}": x for n, level in enumerate(self.levels, 1) for name, x in level.state().items()}
        return levels | {f"top.{name}": x for name, x in self.top.state().items()}

    def in_words(self) -> str:
        """Return the way up, the top RBM and the way down in words."""
        names = range(1, len(self.levels) + 1)
        tied = self.levels[0].G is self.levels[0].W
        up = "\n".join(f"  level {n}: sigmoid(states of the layer below @ {n}.W + {n}.b)" for n in names)
        down = "\n".join(f"  level {n}: sigmoid(h @ {n}.{'W' if tied else 'G'}.T + {n}.a)" for n in reversed(names))
        return f"""A DBN: directed levels, the lowest first, and a binary RBM (top.W, top.a, top.b) on the last of them.
v, what it sees of images: {self.sees.in_words()}.
Up, the probabilities that the units above are 1, of which states 0 or 1 are drawn before the next level:
{up}
The top RBM's visible units are the last level's; p(top = 1) = sigmoid(h @ top.W + top.b), and back
p(h = 1) = sigmoid(top @ top.W.T + top.a). A reconstruction, or a sample, makes Gibbs steps there: draw top, draw h.
Down, the probabilities that the units below are 1; between levels states are drawn, the last ones are the pixels:
{down}"""

    def stack_on(self, below: RBM | DBN) -> None:
        """Copy the trained model below: its layers become the levels, its hidden bias also the top's visible bias.

        Raises:
            ValueError: the model below has other layers than this one has below its top.
        """
        rbm = below if isinstance(below, RBM) else below.top
        levels = () if isinstance(below, RBM) else below.levels
        for own, trained in zip(self.levels, (*levels, Level(rbm.W, rbm.b, rbm.W, rbm.a)), strict=True):
            own.copy_from(trained)
        self.top.a.copy_(rbm.b)

    def mirror_below(self) -> None:
        """Make the top RBM the mirror of the level below, so that the whole DBN is the model it was stacked on.

        With W = W₁ᵀ and b = a₁ the top RBM's marginal over h₁ is that of the RBM below (Hinton, Osindero & Teh 2006).
        """
        self.top.W.copy_(self.levels[-1].W.T)
        self.top.b.copy_(self.levels[-1].a)

    def first_rbm(self) -> RBM:
        """Return the RBM that level 1 was, of the very same tensors.

        Raises:
            ValueError: fine-tuning has parted level 1's weights.
        """
        level = self.levels[0]
        if level.G is not level.W:
            raise ValueError("a fine-tuned DBN has two weight matrices in its lowest level: no RBM is left in it")
        return RBM.of(level.W, level.a, level.b, self.sees)

    def up(self, v: Tensor, generator: torch.Generator) -> list[Tensor]:
        """Return sampled states of the layers H₁ … H_{L−1}, the lowest first, (B, V) → (B, H₁) and so on."""
        states: list[Tensor] = []
        for level in self.levels:
            v = level.sample_hidden(v, generator)
            states.append(v)
        return states

    def mean_top(self, v: Tensor, generator: torch.Generator) -> Tensor:
        """Return p(h_L = 1 | h_{L−1}) for states sampled on the way up, (B, V) → (B, H_L)."""
        return self.top.mean_hidden(self.up(v, generator)[-1])

    def down(self, h: Tensor, generator: torch.Generator) -> Tensor:
        """Return p(v = 1 | h₁) from states of layer L − 1, layers between sampled, (B, H_{L−1}) → (B, V)."""
        for level in reversed(self.levels[1:]):
            h = level.sample_visible(h, generator)
        return self.levels[0].mean_visible(h)

    def reconstruct(self, v: Tensor, generator: torch.Generator, steps: int) -> tuple[Tensor, Tensor]:
        """Go up to the top, make Gibbs steps there (k for CD-k) and come down.

        Returns pixel probabilities (B, V) and the top layer's last states (B, H_L).

        Raises:
            ValueError: steps is below 1.
        """
        h, top = self.top.gibbs(generator, v=self.up(v, generator)[-1], steps=steps)
        return self.down(h, generator), top
