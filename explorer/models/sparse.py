"""The sparse autoencoder: each code unit is to be on for a small share ρ of the images; two ways to get there.

"bias correction": a running mean ρ̂ of each unit's activation is kept, and after each gradient step its bias is moved
against what ρ̂ exceeds ρ by. "KL penalty": β Σⱼ KL(ρ ‖ ρ̂ⱼ) over the code units is added to the loss, ρ̂ the mean over
the batch. Source: Ng, "Sparse autoencoder" (lecture notes of CS294A): the penalty in the edition of 2011, the
correction in an earlier one.

The gradient of the loss works against the correction for good. Where pixels are never negative, weights can grow as
fast as biases fall; tied weights, which also have to draw the image, cannot.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor

from explorer.models.autoencoder import AutoencodingConfig, Loss, code_units, reconstruction_loss, tied_weights
from explorer.models.autoencoder_learner import AutoencoderLearner
from explorer.models.config import field_error, fields, hyperparameter

Variant = Literal["bias correction", "KL penalty"]
LEAST_MEAN = 1e-30  # a unit that is never on has no finite KL divergence; the penalty must not let go of it before


class SparseConfig(AutoencodingConfig):
    """The hyperparameters of a sparse autoencoder."""

    kind: ClassVar[str] = "sparse"
    algorithm: ClassVar[int] = 1
    learner: ClassVar[str] = "explorer.models.sparse:SparseLearner"

    variant: Variant = hyperparameter(
        "KL penalty",
        "Variant",
        "bias correction: after each step, biases are moved against the running mean of their unit; KL penalty: the "
        "distance of the batch's mean from ρ is part of the loss.",
    )
    target: float = hyperparameter(
        0.05,
        "Target activation ρ",
        "The share of the images for which a unit is to be on: its mean activation.",
        stops=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        gt=0,
        le=0.99,
    )
    penalty_weight: float = hyperparameter(
        3.0,
        "Weight β of the penalty",
        "Weight of the KL penalty. Without effect on the bias correction.",
        stops=(0.0, 0.1, 0.3, 1.0, 3.0, 10.0),
        ge=0,
        le=100,
    )
    correction: float = hyperparameter(
        0.1,
        "Size β of the correction",
        "How much of ρ̂ − ρ is taken off the bias after each step. Without effect on the KL penalty.",
        stops=(0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        ge=0,
        le=10,
    )
    memory: float = hyperparameter(
        0.9,  # a long memory lets biases swing: they fall until the mean has followed
        "Memory λ",
        "Share of the running mean ρ̂ that each step keeps. Without effect on the KL penalty.",
        stops=(0.0, 0.5, 0.9, 0.95, 0.99, 0.999),
        advanced=True,
        ge=0,
        le=0.9999,
    )
    code_size: int = code_units(400, 2000, (30, 50, 100, 200, 400, 784, 1000, 2000))
    tied: bool = tied_weights(True)  # untied weights run away from the bias correction
    loss: Loss = reconstruction_loss("cross-entropy")
    learning_rate: float = fields.adam_rate(3e-3)

    @model_validator(mode="after")
    def _check_code(self) -> Self:
        if self.activation != "sigmoid":
            raise field_error(
                "activation", self.activation, "sigmoid: only units between 0 and 1 are on for a share of the images"
            )
        if self.linear_code:
            raise field_error(
                "linear_code", self.linear_code, "off: only units between 0 and 1 are on for a share of the images"
            )
        return self

    def trajectory(self) -> Self:
        """Return the config with the defaults of what belongs to the other variant."""
        unused = ("correction", "memory") if self.variant == "KL penalty" else ("penalty_weight",)
        return super().trajectory().without(*unused)


def kl_divergence(target: float, mean: Tensor) -> Tensor:
    """Return KL(ρ ‖ ρ̂) = ρ log(ρ/ρ̂) + (1−ρ) log((1−ρ)/(1−ρ̂)) in nats of each unit's mean activation, (C,) → (C,)."""
    on, off = mean.clamp(min=LEAST_MEAN), (1 - mean).clamp(min=LEAST_MEAN)
    return target * torch.log(target / on) + (1 - target) * torch.log((1 - target) / off)


class SparseLearner(AutoencoderLearner):
    """Keeps the mean activation of code units near ρ by either variant."""

    config: SparseConfig

    def __init__(self, config: SparseConfig, shape: tuple[int, int], generator: torch.Generator) -> None:
        super().__init__(config, shape, generator)
        # starts where no correction is due
        self._mean = torch.full((config.code_size,), config.target, device=generator.device)
        self._bias = self.model.parameters[f"encoder.{len(config.hidden_layers)}.b"]

    def state(self) -> dict[str, Tensor]:
        """Return the model's parameters, Adam's moments, and the running mean ρ̂ where there is one."""
        return super().state() | ({"mean_activation": self._mean} if self.config.variant == "bias correction" else {})

    def penalty(self, x: Tensor, code: Tensor) -> Tensor | None:  # noqa: ARG002
        """Return β Σ KL(ρ ‖ ρ̂), ρ̂ the mean of the codes (B, C), or None for the other variant."""
        if self.config.variant == "bias correction":
            return None
        return self.config.penalty_weight * kl_divergence(self.config.target, code.mean(dim=0)).sum()

    def after_step(self, code: Tensor) -> None:
        """Update ρ̂ ← λρ̂ + (1 − λ)h with the batch's mean h, then b ← b − β(ρ̂ − ρ); nothing for the other variant."""
        if self.config.variant == "KL penalty":
            return
        with torch.no_grad():
            self._mean.lerp_(code.mean(dim=0), 1 - self.config.memory)
            self._bias.sub_(self._mean - self.config.target, alpha=self.config.correction)
