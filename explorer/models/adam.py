"""Adam (Kingma & Ba 2015, algorithm 1) over named tensors, its moments in the open from the start."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim.adam import adam


class Adam:
    """torch's fused Adam; `state()` is complete before the first step, so that it can be loaded and captured.

    The function behind `torch.optim.Adam` is called directly: for a dozen small tensors the optimizer's own
    bookkeeping takes longer than the step.
    """

    BETA_2 = 0.999

    def __init__(
        self, parameters: Mapping[str, Tensor], learning_rate: float, eps: float = 1e-8, *, beta1: float = 0.9
    ) -> None:
        self._names = list(parameters)
        self._tensors = [tensor.requires_grad_() for tensor in parameters.values()]
        self._means = [torch.zeros_like(tensor, requires_grad=False) for tensor in self._tensors]
        self._squares = [torch.zeros_like(tensor, requires_grad=False) for tensor in self._tensors]
        self._steps = [torch.zeros((), device=tensor.device) for tensor in self._tensors]
        self._rate, self._eps, self._beta1 = learning_rate, eps, beta1

    def set_rate(self, learning_rate: float) -> None:
        """Set the learning rate of the steps to come; within an epoch it stays, as a captured step holds it."""
        self._rate = learning_rate

    def minimize(self, loss: Tensor) -> None:
        """Take one step down the gradient of a 0-d loss."""
        # The fused step reads a gradient's memory in order, whatever its strides: a transposed one would go astray.
        gradients = [gradient.contiguous() for gradient in torch.autograd.grad(loss, self._tensors)]
        with torch.no_grad():
            adam(
                self._tensors,
                gradients,
                self._means,
                self._squares,
                [],
                self._steps,
                fused=True,
                # a captured step keeps its own count on the device
                capturable=self._tensors[0].device.type == "cuda",
                amsgrad=False,
                beta1=self._beta1,
                beta2=self.BETA_2,
                lr=self._rate,
                weight_decay=0.0,
                eps=self._eps,
                maximize=False,
            )

    def state(self) -> dict[str, Tensor]:
        """Return the count of steps and both moments of each tensor; not copies."""
        parts = {"step": self._steps, "exp_avg": self._means, "exp_avg_sq": self._squares}
        return {
            f"adam.{part}.{name}": tensor
            for part, tensors in parts.items()
            for name, tensor in zip(self._names, tensors, strict=True)
        }
