"""Adam (Kingma & Ba 2015, algorithm 1) over named tensors, its moments in the open from the start."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class Adam:
    """torch's fused Adam; `state()` is complete before the first step, so that it can be loaded and captured."""

    def __init__(self, parameters: Mapping[str, Tensor], learning_rate: float, eps: float = 1e-8) -> None:
        self._parameters = {name: tensor.requires_grad_() for name, tensor in parameters.items()}
        tensors = list(self._parameters.values())
        # a captured step keeps its own count on the device
        capturable = tensors[0].device.type == "cuda"
        self._optimizer = torch.optim.Adam(tensors, lr=learning_rate, eps=eps, fused=True, capturable=capturable)
        for tensor in tensors:
            self._optimizer.state[tensor] = {
                "step": torch.zeros((), device=tensor.device),
                "exp_avg": torch.zeros_like(tensor, requires_grad=False),
                "exp_avg_sq": torch.zeros_like(tensor, requires_grad=False),
            }

    def minimize(self, loss: Tensor) -> None:
        """Take one step down the gradient of a 0-d loss."""
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def state(self) -> dict[str, Tensor]:
        """Return the count of steps and both moments of each tensor; not copies."""
        return {
            f"adam.{part}.{name}": value
            for name, tensor in self._parameters.items()
            for part, value in self._optimizer.state[tensor].items()
        }
