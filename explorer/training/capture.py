"""One training step, replayed as a CUDA graph where there is a GPU.

At these sizes a step is some twenty tiny kernels, and launching them one by one takes longer than running them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from explorer.models.interface import Learner
from explorer.training.memory import is_out_of_memory

Step = Callable[[Tensor], dict[str, Tensor]]
WARM_UP_STEPS = 3  # a capture must not be the first use of a kernel


def capture_step(learner: Learner, data: Tensor, batch_size: int, generator: torch.Generator) -> Step:
    """Return a function from batch indices (B,) to the step's metrics.

    On a CUDA device it replays a captured graph for full batches, with the generator registered so that each replay
    draws new numbers; elsewhere, and for a smaller last batch, it calls `learner.train_batch`. Capturing leaves the
    learner's tensors and the generator as they were. A step that cannot be captured runs as it is, with a warning.

    Raises:
        RuntimeError: the device has no memory for it.
    """

    def plain(indices: Tensor) -> dict[str, Tensor]:
        return learner.train_batch(data.index_select(0, indices))

    if data.device.type != "cuda" or len(data) < batch_size:
        return plain
    # A graph replays kernels on the addresses that it was recorded with: indices go in, and metrics come out, by
    # tensors that stay; whatever Python decides within a step is decided once, here.
    static_indices = torch.arange(batch_size, device=data.device)
    before = {name: tensor.clone() for name, tensor in learner.state().items()}
    generator_state = generator.clone_state()  # a capture that fails leaves the registered one in the midst of it
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(generator)
    here, side = torch.cuda.current_stream(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
    try:
        # Libraries choose algorithms and take workspaces at their first calls, which a capture forbids; so some steps
        # run before, on a stream of their own, and what they changed is put back afterwards.
        side.wait_stream(here)
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_STEPS):
                plain(static_indices)
        here.wait_stream(side)
        # A worker's other thread may ask for the GPU's memory meanwhile, which by default would spoil the capture.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            static_metrics = plain(static_indices)
    except RuntimeError as error:
        torch.cuda.set_stream(here)  # a capture that fails leaves its own in place
        here.wait_stream(side)  # a warm-up that fails may still be writing
        if is_out_of_memory(error):
            raise
        warnings.warn(f"the training step runs without a CUDA graph: {error}", stacklevel=2)
        learner.load_state(before)
        generator.graphsafe_set_state(generator_state)
        return plain
    learner.load_state(before)
    generator.set_state(generator_state.get_state())  # the first replay then draws what the first plain step would

    def replay(indices: Tensor) -> dict[str, Tensor]:
        if len(indices) != batch_size:
            return plain(indices)
        static_indices.copy_(indices)
        graph.replay()
        return static_metrics

    return replay
