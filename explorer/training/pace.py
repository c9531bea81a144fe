"""Not running ahead of a GPU: what a program asks of it waits in a queue, which may hold an epoch."""

from __future__ import annotations

from collections import deque

import torch

EVERY = 16  # steps; marking each would cost small models as much as the step


class Pace:
    """Lets a program be at most about 2 · EVERY steps ahead of the device, so that stops and progress are about now."""

    def __init__(self, device: torch.device) -> None:
        self._waits = device.type == "cuda"
        self._marks: deque[torch.cuda.Event] = deque()

    def keep(self, step: int) -> None:
        """Call this after each step, with its number: it waits where the device is too far behind."""
        if not self._waits or step % EVERY:
            return
        mark = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        mark.record()
        self._marks.append(mark)
        if len(self._marks) > 2:
            self._marks.popleft().synchronize()
