import pytest
import torch

from explorer.models.contractive import ContractiveConfig
from explorer.models.dbn import DBNConfig
from explorer.models.dcgan import DCGANConfig
from explorer.models.denoising import DenoisingConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.interface import Learner
from explorer.models.rbm import RBMConfig
from explorer.models.vae import VAEConfig
from explorer.training.capture import capture_step
from explorer.training.device import make_reproducible
from explorer.training.randomness import Stream, generator, reseed

N, SHAPE, BATCH = 30, (4, 5), 8  # three full batches and one of six
SMALL = {"dataset": "mnist-5k", "batch_size": BATCH}
FIRST = RBMConfig(**SMALL, hidden_units=12)
DEEP = DBNConfig(first=FIRST, hidden_units=(8, 6), batch_size=BATCH)
VARIANTS = {
    "CD-1": FIRST,
    "CD-3 with momentum": RBMConfig(**SMALL, hidden_units=12, cd_k=3, momentum=0.5, weight_decay=0.01),
    "PCD": RBMConfig(**SMALL, hidden_units=12, persistent=True, learning_rate=0.5),
    "grey values": RBMConfig(**SMALL, hidden_units=12, binarize="none"),
    "DBN": DEEP,
    "up-down": FineTunedDBNConfig(base=DEEP, batch_size=BATCH),
    "denoising": DenoisingConfig(**SMALL, code_size=6),
    "contractive": ContractiveConfig(**SMALL, code_size=6),
    "VAE": VAEConfig(**SMALL, hidden_units=12, latent_size=2),
    "DCGAN": DCGANConfig(**SMALL, width=8, latent_size=5),
    "DCGAN, unlike": DCGANConfig(**SMALL, width=8, batch_norm=False, discriminator_updates=2, generator_updates=2),
}
variants = pytest.mark.parametrize("config", VARIANTS.values(), ids=VARIANTS)
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="a CUDA graph needs a CUDA device")


class Recorder(Learner):
    """Learns the sum of the pixels it has seen; notes each batch, and counts in `total` so that a step shows."""

    def __init__(self, device="cpu"):
        self.total = torch.zeros((), device=device)
        self.batches = []

    def begin_epoch(self, epoch, generator):
        raise NotImplementedError

    def train_batch(self, pixels):
        self.batches.append(pixels.clone())
        self.total += pixels.float().sum()
        return {"sum": pixels.float().sum(), "size": torch.full_like(self.total, len(pixels))}

    def state(self):
        return {"total": self.total}

    @property
    def current_learning_rate(self):
        return 1.0


class Waiting(Recorder):
    """Draws a random number and reads it back from the device, which no graph can hold."""

    def __init__(self, draws):
        super().__init__("cuda")
        self.draws = draws

    def train_batch(self, pixels):
        self.total += float(torch.rand((), device="cuda", generator=self.draws))
        return super().train_batch(pixels)


def bytes_on(device, config=FIRST):
    pixels = 32 * 32 if config.kind == "dcgan" else 20
    return torch.randint(256, (N, pixels), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)).to(device)


def new_learner(device, config):
    """Return a learner and the generator it draws from, both at the start of a seed's first epoch."""
    draws = generator(3, 0, Stream.TRAINING, device)
    return config.new_learner(SHAPE, draws), draws


def batches(epoch, device):
    order = torch.randperm(N, generator=torch.Generator().manual_seed(epoch))
    return [indices.to(device) for indices in order.split(BATCH)]


def train_plainly(device, config, epochs):
    """Train on rows picked one by one, without `capture_step`."""
    learner, draws = new_learner(device, config)
    data = bytes_on(device, config)
    for epoch in range(1, epochs + 1):
        learner.begin_epoch(epoch, reseed(draws, 3, epoch, Stream.TRAINING))
        for indices in batches(epoch, device):
            learner.train_batch(torch.stack([data[i] for i in indices.tolist()]))
    return learner, draws


def train_by_steps(device, config, epochs):
    """Train as the loop does: with a step made anew at each epoch, the generator reseeded before."""
    learner, draws = new_learner(device, config)
    data = bytes_on(device, config)
    for epoch in range(1, epochs + 1):
        learner.begin_epoch(epoch, reseed(draws, 3, epoch, Stream.TRAINING))
        step = capture_step(learner, data, BATCH, draws)
        for indices in batches(epoch, device):
            step(indices)
    return learner, draws


def assert_same_bits(device, config):
    (plain, plain_draws), (stepped, stepped_draws) = (
        train(device, config, epochs=2) for train in (train_plainly, train_by_steps)
    )
    start, _ = new_learner(device, config)
    assert any(not torch.equal(tensor, start.state()[name]) for name, tensor in plain.state().items())
    for name, tensor in plain.state().items():
        assert torch.equal(stepped.state()[name], tensor), name
    assert torch.equal(stepped_draws.get_state(), plain_draws.get_state())


# without a GPU


@variants
def test_on_a_cpu_a_step_is_a_plain_update_on_the_rows_picked(config):
    assert_same_bits("cpu", config)


def test_a_step_trains_on_the_rows_in_the_order_asked_for():
    learner, data = Recorder(), bytes_on("cpu")
    step = capture_step(learner, data, 4, torch.Generator())
    for indices in ([3, 0, 29, 7], [5, 5, 5, 1], [28, 2]):  # the last batch of an epoch is smaller
        learner.batches.clear()
        step(torch.tensor(indices))
        assert [batch.tolist() for batch in learner.batches] == [[data[i].tolist() for i in indices]]


def test_a_step_returns_what_the_learner_measured():
    learner, data = Recorder(), bytes_on("cpu")
    step = capture_step(learner, data, 4, torch.Generator())
    for indices in ([1, 2, 3, 4], [9]):
        metrics = step(torch.tensor(indices))
        expected = {"sum": sum(sum(data[i].tolist()) for i in indices), "size": len(indices)}
        assert {name: float(value) for name, value in metrics.items()} == expected


def test_a_batch_may_be_larger_than_the_data():
    learner, data = Recorder(), bytes_on("cpu")
    capture_step(learner, data, 1000, torch.Generator())(torch.arange(N))
    assert torch.equal(learner.batches[0], data)


def test_making_a_step_trains_nothing_and_draws_nothing():
    learner, draws = new_learner("cpu", RBMConfig(**SMALL, hidden_units=12, persistent=True, momentum=0.5))
    before = {name: tensor.clone() for name, tensor in learner.state().items()}
    drawn = draws.get_state()
    capture_step(learner, bytes_on("cpu"), BATCH, draws)
    assert all(torch.equal(tensor, before[name]) for name, tensor in learner.state().items())
    assert torch.equal(draws.get_state(), drawn)


# with a GPU


@needs_cuda
@variants
def test_a_captured_step_gives_the_bits_of_a_plain_one(config):
    make_reproducible()
    assert_same_bits("cuda", config)  # a step that was not captured would warn, which pytest takes for an error


@needs_cuda
def test_replays_draw_new_numbers_each_time():
    """The same rows from the same state twice: with the numbers of the capture both updates would be one."""
    learner, draws = new_learner("cuda", FIRST)
    start = {name: tensor.clone() for name, tensor in learner.state().items()}
    step = capture_step(learner, bytes_on("cuda"), BATCH, draws)
    results = []
    for _ in range(2):
        learner.load_state(start)
        step(torch.arange(BATCH, device="cuda"))
        results.append(learner.state()["W"].clone())
    assert not torch.equal(*results)


@needs_cuda
def test_capturing_leaves_learner_and_generator_as_they_were():
    learner, draws = new_learner("cuda", RBMConfig(**SMALL, hidden_units=12, persistent=True, momentum=0.5))
    before = {name: tensor.clone() for name, tensor in learner.state().items()}
    drawn = draws.get_state()
    capture_step(learner, bytes_on("cuda"), BATCH, draws)
    assert all(torch.equal(tensor, before[name]) for name, tensor in learner.state().items())
    assert torch.equal(draws.get_state(), drawn)


@needs_cuda
def test_a_full_batch_is_replayed_and_a_smaller_one_is_not():
    learner, data = Recorder("cuda"), bytes_on("cuda")
    step = capture_step(learner, data, 4, torch.Generator("cuda"))
    learner.batches.clear()
    for indices, calls in (([3, 0, 29, 7], 0), ([5, 5, 5, 1], 0), ([28, 2], 1), ([6, 8, 9, 11], 1)):
        before = float(learner.total)
        metrics = step(torch.tensor(indices, device="cuda"))
        expected = sum(sum(data[i].tolist()) for i in indices)
        assert {name: float(value) for name, value in metrics.items()} == {"sum": expected, "size": len(indices)}
        assert float(learner.total) - before == expected
        assert len(learner.batches) == calls  # the learner's Python code runs for what is not replayed


@needs_cuda
def test_a_step_that_cannot_be_captured_runs_plainly_and_says_so():
    """And with the same random numbers: the capture that failed must not keep the generator for itself."""
    plain, stepped = (Waiting(torch.Generator("cuda").manual_seed(1)) for _ in range(2))
    data, indices = bytes_on("cuda"), torch.tensor([3, 0, 29, 7], device="cuda")
    with pytest.warns(UserWarning, match="without a CUDA graph"):
        step = capture_step(stepped, data, 4, stepped.draws)
    assert float(stepped.total) == 0
    assert torch.cuda.current_stream() == torch.cuda.default_stream()
    for rows in (indices, indices[:2], indices):
        plain.train_batch(data[rows])
        step(rows)
        assert float(stepped.total) == float(plain.total) > 0
