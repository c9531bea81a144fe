"""Where a training step multiplies numbers of 16 bits: on GPUs, and on CPUs with instructions for it.

bfloat16 has the range of float32 and 8 bits of precision. Only products and convolutions work on it, and add up in 32
bits; weights, moments and losses stay in 32 (Kalamkar et al., "A study of bfloat16 for deep learning training", 2019).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache

import torch


def mixed_precision(device: torch.device, *, training: bool) -> AbstractContextManager[None]:
    """Return a context in which products have 16 bits, if a step of training gains by it on this device."""
    fast = training and (device.type == "cuda" or (device.type == "cpu" and cpu_multiplies_bfloat16()))
    # Weights change in place between two uses: a kept copy of 16 bits would be an old one.
    context: AbstractContextManager[None] = torch.autocast(
        device.type, torch.bfloat16, enabled=fast, cache_enabled=False
    )
    return context


@lru_cache(maxsize=1)
def cpu_multiplies_bfloat16() -> bool:
    """Whether this CPU has instructions for it (AVX-512 BF16 or AMX); without them it takes longer, not shorter."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
