"""The contractive autoencoder: its code moves as little as possible when the image does.

To the loss comes λ ‖J‖²_F, J = ∂f/∂x (C, V) the Jacobian of the encoder, averaged over images.
Source: Rifai, Vincent, Muller, Glorot & Bengio, "Contractive auto-encoders", 2011.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Self

from pydantic import model_validator
from torch import Tensor

from explorer.models.autoencoder import (
    SLOPES,
    Autoencoder,
    AutoencodingConfig,
    Loss,
    code_units,
    reconstruction_loss,
    tied_weights,
)
from explorer.models.autoencoder_learner import AutoencoderLearner
from explorer.models.config import field_error, fields, hyperparameter
from explorer.models.functions import squared_norms


class ContractiveConfig(AutoencodingConfig):
    """The hyperparameters of a contractive autoencoder."""

    kind: ClassVar[str] = "contractive"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.contractive:ContractiveLearner"

    contraction: float = hyperparameter(
        0.1,
        "Contraction λ",
        "Weight of the penalty ‖∂f/∂x‖², which asks for codes that ignore small changes of the image. 0: none.",
        stops=(0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
        ge=0,
        le=100,
    )
    code_size: int = code_units(200, 1000, (30, 50, 100, 200, 500, 1000))
    tied: bool = tied_weights(True)
    loss: Loss = reconstruction_loss("cross-entropy")
    learning_rate: float = fields.adam_rate(3e-3)

    @model_validator(mode="after")
    def _check_slopes(self) -> Self:
        if self.hidden_layers:
            return self
        if self.activation not in {"sigmoid", "tanh"}:
            raise field_error(
                "activation",
                self.activation,
                "sigmoid or tanh, where the code is the only hidden layer: the penalty of one linear or ReLU layer is "
                "a weight decay; or add hidden_layers",
            )
        if self.linear_code:
            raise field_error(
                "linear_code",
                self.linear_code,
                "off, where the code is the only hidden layer: its penalty is a weight decay; or add hidden_layers",
            )
        return self

    def cost(self, shape: tuple[int, int]) -> float:
        """Return the multiply-adds of one image: the autoencoder's, and the product of each Jacobian thrice."""
        if not self.hidden_layers:
            return super().cost(shape)
        chain = sum(below * above for below, above in pairwise(self.hidden_layers)) + self.hidden_layers[0] ** 2
        return super().cost(shape) + 3.0 * self.code_size * chain


def squared_jacobian(model: Autoencoder, layers: list[Tensor]) -> Tensor:
    """Return ‖∂f/∂x‖²_F of each image, from what the encoder's layers make of it, (B, H₁), …, (B, C) → (B,).

    One layer: Σⱼ φ'(aⱼ)² Σᵢ Wᵢⱼ² (Rifai et al. 2011, eq. 4). More: Jᵀ = W₁ M with M = D₁ W₂ ⋯ D_{L−1} W_L D_L for each
    image, D the slopes; ‖J‖² = Σ M ⊙ (W₁ᵀW₁ M) takes no array as large as J.
    """
    first, *weights = model.encoder_weights()
    slopes = [SLOPES[model.activation](h) for h in layers[:-1]]
    slope = SLOPES[model.code_activation](layers[-1])
    if not weights:
        return slope.square() @ squared_norms(first)
    # Weights are multiplied as they are, never transposed: torch's fused Adam takes gradients in the order of memory.
    product = weights.pop() * slope.unsqueeze(-2)  # (B, H below, C)
    product = product * slopes.pop().unsqueeze(-1)
    while weights:
        product = (weights.pop() @ product) * slopes.pop().unsqueeze(-1)
    return (product * ((first.T @ first) @ product)).sum(dim=(1, 2))


class ContractiveLearner(AutoencoderLearner):
    """Adds the contractive penalty to the loss."""

    config: ContractiveConfig

    def penalty(self, x: Tensor, code: Tensor) -> Tensor:
        """Return λ ‖∂f/∂x‖²_F, averaged over images (B, V) with codes (B, C)."""
        layers = [code] if len(self.model.sizes) == 2 else self.model.layers(x)
        return self.config.contraction * squared_jacobian(self.model, layers).mean()
